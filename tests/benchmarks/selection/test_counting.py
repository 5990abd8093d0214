"""How n@k is counted, on rankings small enough to do by hand."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.selection.calibration import calibration_error
from benchmarks.selection.counting import any_of_first, first_is_right, tiers
from codegen.clustering import cluster
from codegen.fingerprints import Fingerprint
from codegen.ranking import Candidate, Group, Pool


def group(*members: int, score: float) -> Group:
    return Group(members=members, score=score)


def pool(keys: str) -> Pool:
    candidates = {i: Candidate(index=i, key=key) for i, key in enumerate(keys)}
    return Pool(candidates=candidates, clusters=cluster(dict.fromkeys(candidates, Fingerprint(outcomes=()))), seed=0)


def test_one_submission_is_the_mean_over_the_members_of_all_tied_top_groups() -> None:
    groups = [group(0, 1, score=2.0), group(2, score=2.0), group(3, score=1.0)]
    assert first_is_right(groups, [True, False, True, True]) == pytest.approx(2 / 3)
    assert first_is_right([], [True]) == 0.0


def test_scores_that_differ_by_rounding_are_ties() -> None:
    found = tiers([group(0, score=0.1 + 0.2), group(1, score=0.3), group(2, score=0.2), group(3, score=-np.inf)])
    assert [[each.members for each in tier] for tier in found] == [[(0,), (1,)], [(2,)], [(3,)]]


def test_one_program_a_group_then_round_again_and_equal_programs_once() -> None:
    groups = [group(0, 1, 2, score=3.0), group(3, score=2.0), group(4, score=1.0)]
    given = pool("aabcd")  # 0 and 1 are one program
    only_second_of_the_first = [False, False, True, False, False]
    assert any_of_first(groups, given, [False] * 3 + [True, False], 2, 0) == 1.0
    assert 0 < any_of_first(groups, given, only_second_of_the_first, 3, 0) < 1
    assert any_of_first(groups, given, only_second_of_the_first, 4, 0) == 1.0
    assert any_of_first(groups, given, [False] * 5, 5, 0) == 0.0


def test_calibration_error_of_certain_and_of_wrong_forecasts() -> None:
    right = np.array([1.0] * 10 + [0.0] * 10)
    assert calibration_error(right, right) == 0.0
    assert calibration_error(1 - right, right) == 1.0
    assert calibration_error(np.full(20, 0.5), right) <= 0.5
