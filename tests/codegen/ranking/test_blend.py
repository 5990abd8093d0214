"""The default ranker and the confidence of what it hands in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from codegen.clustering import cluster
from codegen.fingerprints import NONE, Fingerprint, Outcome
from codegen.ranking import Candidate, Pool, load_ranker, submit
from codegen.ranking.blend import WITH_TESTS, WITHOUT_TESTS, rank_with, scores
from codegen.ranking.confidence import confidences
from codegen.ranking.features import FEATURES, features


def pool(outputs: list[str], *, keys: str = "", sizes: dict[int, int] | None = None, drawn: int = 0) -> Pool:
    """Sample i gives the letters of `outputs[i]`; "!" is a failed run, "N" is None."""

    def outcome(letter: str) -> Outcome:
        return Outcome(digest={"!": "NONZERO_EXIT", "N": NONE}.get(letter, letter), preview=letter)

    prints = {i: Fingerprint(outcomes=tuple(map(outcome, text))) for i, text in enumerate(outputs)}
    candidates = {
        i: Candidate(index=i, key=keys[i] if keys else str(i), length=(sizes or {}).get(i, 10)) for i in prints
    }
    return Pool(candidates=candidates, clusters=cluster(prints), seed=0, drawn=drawn)


def column(name: str, given: Pool) -> list[float]:
    return [round(float(value), 6) for value in features(given)[:, FEATURES.index(name)]]


def best(given: Pool) -> tuple[int, ...]:
    return max(load_ranker("blend")(given), key=lambda group: group.score).members


def test_every_feature_has_a_weight_in_both_tables() -> None:
    assert set(WITH_TESTS) == set(WITHOUT_TESTS) == set(FEATURES)


def test_signs_say_what_counts_for_and_against() -> None:
    for table in (WITH_TESTS, WITHOUT_TESTS):
        assert all(table[name] > 0 for name in ("size", "overlap", "programs", "length"))
        assert all(table[name] < 0 for name in ("failed", "none", "constant"))


def test_features_by_hand() -> None:
    given = pool(["abc", "abc", "abc", "aaa", "N!!"], keys="xxyzw", sizes={3: 20})
    assert column("size", given) == [round(np.log(n / 5), 6) for n in (3, 1, 1)]
    assert column("programs", given) == [round(np.log(n), 6) for n in (2, 1, 1)]
    assert column("length", given) == [0, round(np.log(2), 6), 0]
    assert column("failed", given) == [0, 0, round(2 / 3, 6)]
    assert column("none", given) == [0, 0, round(1 / 3, 6)]
    assert column("constant", given) == [0, round(2 / 3, 6), round(2 / 3, 6)]


def test_what_passed_all_public_tests_is_no_unfinished_body() -> None:
    given = replace(pool(["abc", "abc", "aaN"], sizes={2: 20}), filtered=True)
    assert all(column(name, given) == [0, 0] for name in ("length", "none", "constant"))
    assert column("size", given) == [round(np.log(2 / 3), 6), round(np.log(1 / 3), 6)]


def test_of_what_passed_all_public_tests_agreement_decides_alone() -> None:
    given = replace(pool(["abc", "abc", "abc", "xyz", "xyz", "xyq"], keys="pppqrs", sizes={0: 1}), filtered=True)
    agreeing = {3: 3.0, 2: 2 + 2 / 3, 1: 1 + 4 / 3}
    expected = [np.log(size / 3) + np.log(value / 3) for size, value in agreeing.items()]
    assert scores(given, WITHOUT_TESTS) == pytest.approx(expected)
    assert best(given) == (0, 1, 2)
    assert best(replace(given, filtered=False)) == (3, 4)


def test_one_test_passed_by_few_does_not_outweigh_a_crowd_behind_public_tests() -> None:
    given = replace(pool(["ab"] * 8 + ["xy"]), filtered=True)
    tested = {i: replace(each, asserts=bytes([i == 8] + [0] * 9)) for i, each in given.candidates.items()}
    assert best(replace(given, candidates=tested)) == tuple(range(8))
    every = {i: replace(each, asserts=bytes([i > 1] * 10)) for i, each in given.candidates.items()}
    assert best(replace(given, candidates=every)) == tuple(range(8))


def test_equal_evidence_but_none_failures_or_one_constant_output_lose() -> None:
    assert best(pool(["abc", "NNN"])) == (0,)
    assert best(pool(["a!!", "abc"])) == (1,)
    assert best(pool(["aaa", "abc"])) == (1,)


def test_a_behaviour_written_in_several_ways_goes_before_one_written_often() -> None:
    assert best(pool(["abc", "abc", "abc", "xyz", "xyz", "xyz"], keys="pppqrs")) == (3, 4, 5)


def test_within_a_behaviour_the_commonest_finer_one_goes_first_and_the_others_behind_all() -> None:
    given = pool(["ab", "ab", "ab", "ab", "cc"])
    finer = {i: replace(each, further="xyyz-"[i]) for i, each in given.candidates.items()}
    groups = rank_with(replace(given, candidates=finer), WITHOUT_TESTS)
    assert [g.members for g in sorted(groups, key=lambda g: -g.score)] == [(1, 2), (4,), (0,), (3,)]


def test_finer_behaviours_that_tie_go_together() -> None:
    given = pool(["ab", "ab"])
    finer = {i: replace(each, further=str(i)) for i, each in given.candidates.items()}
    assert best(replace(given, candidates=finer)) == (0, 1)


def test_nothing_is_ranked_where_there_is_nothing() -> None:
    empty = Pool(candidates={}, clusters=(), seed=0)
    assert rank_with(empty, WITH_TESTS) == []
    assert confidences(empty, []) == ()


def test_blind_pools_are_ranked_too() -> None:
    assert len(submit(pool(["", "", ""]), "blend", limit=5)) == 3


def test_confidence_grows_with_agreement_and_with_public_tests() -> None:
    few, many = pool(["ab", "cd", "ef", "gh"]), pool(["ab", "ab", "ab", "gh"])
    assert confidences(few, [0])[0] < confidences(many, [0])[0]
    tested = replace(many, filtered=True)
    assert confidences(many, [0])[0] < confidences(tested, [0])[0]


def test_a_later_submission_is_less_likely_right() -> None:
    first, second = confidences(pool(["ab", "ab"]), [0, 1])
    assert second < first


def test_confidence_counts_the_samples_that_did_not_survive() -> None:
    alone, left_over = pool(["ab", "ab"], drawn=2), pool(["ab", "ab"], drawn=100)
    assert confidences(left_over, [0])[0] < confidences(alone, [0])[0]


@pytest.mark.parametrize("outputs", [["ab"], ["!!", "!!"], ["", ""], ["NN", "ab", "ab"]])
def test_confidence_is_a_chance(outputs: list[str]) -> None:
    given = pool(outputs)
    assert all(0 < value < 1 for value in confidences(given, sorted(given.candidates)))
