"""Each ranker's own rule, on pools small enough to be counted by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from codegen.clustering import cluster
from codegen.errors import NotFeedableError, UsageError
from codegen.fingerprints import Fingerprint, Outcome
from codegen.ranking import RANKERS, Candidate, Group, Pool, check_ranker, feedable, load_ranker
from codegen.ranking.aces import weights

# Sample: outputs on three inputs ("!" a failed run), results of four asserts.
SAMPLES = [
    ("aaa", "1110"),
    ("aaa", "1110"),
    ("aab", "1100"),
    ("ab!", "1000"),
    ("!!!", "0000"),
    ("!!!", "0000"),
    ("!!!", "0000"),
]


def pool(samples: list[tuple[str, str]] = SAMPLES, *, tests: bool = True) -> Pool:
    def outcome(letter: str) -> Outcome:
        return Outcome(digest="NONZERO_EXIT" if letter == "!" else letter, preview=letter)

    prints = {i: Fingerprint(outcomes=tuple(map(outcome, outputs))) for i, (outputs, _) in enumerate(samples)}
    candidates = {
        i: Candidate(index=i, key=str(i), asserts=bytes(map(int, row)) if tests else None)
        for i, (_, row) in enumerate(samples)
    }
    return Pool(candidates=candidates, clusters=cluster(prints), seed=0)


def scores(name: str, given: Pool) -> dict[tuple[int, ...], float]:
    return {group.members: group.score for group in load_ranker(name)(given)}


def test_mbr_exec_counts_agreement_on_each_input_and_failures_agree_with_nobody() -> None:
    found = scores("mbr-exec", pool())
    assert found[0, 1] == pytest.approx((4 + 3 + 2) / 3)
    assert found[(2,)] == pytest.approx((4 + 3 + 1) / 3)
    assert found[(3,)] == pytest.approx((4 + 1 + 0) / 3)
    assert found[4, 5, 6] == 0


def test_codet_is_root_of_samples_times_tests() -> None:
    found = scores("codet", pool())
    assert found[0, 1] == pytest.approx(math.sqrt(2) * 3)
    assert found[(2,)] == pytest.approx(2)
    assert found[4, 5, 6] == 0


def test_srank_spreads_value_over_overlapping_clusters() -> None:
    # Values: 2 x 3/4, 1 x 2/4, 1 x 1/4, 3 x 0.
    found = scores("srank", pool())
    assert found[0, 1] == pytest.approx(1.5 + 2 / 3 * 0.5 + 1 / 3 * 0.25)
    assert found[(2,)] == pytest.approx(0.5 + 2 / 3 * 1.5 + 1 / 3 * 0.25)


def test_b4_is_a_ratio_of_beta_functions() -> None:
    given = pool([("a", "10"), ("b", "01")])
    found = scores("b4", given)
    assert found[(0,)] == pytest.approx(found[(1,)])

    def log_beta(a: float, b: float) -> float:
        return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)

    # One wrong sample: passes the one wrong test, fails the one right test.
    expected = log_beta(2, 1e4) + log_beta(1, 2) + 2 * log_beta(1e3 + 1, 2)
    assert found[(0,)] == pytest.approx(expected)


def test_aces_gives_no_weight_to_tests_that_tell_nothing_or_the_contrary() -> None:
    rows = np.array([[1, 1, 1, 0, 1], [1, 1, 1, 0, 0], [0, 0, 1, 1, 0]], dtype=float)
    found = weights(rows, np.array([1.0, 1.0, 1.0]))
    assert found[0] == pytest.approx((0.75 - 0.5) * (2 / 3) * (1 / 3))
    assert found[2] == 0  # all pass it
    assert found[3] == 0  # only the worst sample passes it


def test_logprob_and_reviewer() -> None:
    candidates = {
        0: Candidate(index=0, key="a", logprob=-0.5, review=-2.0),
        1: Candidate(index=1, key="b", logprob=-1.0, review=-1.0),
    }
    blind = Pool(candidates=candidates, clusters=cluster({i: Fingerprint(outcomes=()) for i in candidates}), seed=0)
    assert scores("logprob", blind) == {(0,): -0.5, (1,): -1.0}
    assert scores("coder-reviewer", blind) == {(0,): -2.5, (1,): -2.0}


def test_distinguish_asks_about_the_first_input_on_which_two_clusters_differ() -> None:
    asked = []

    class Votes:
        def prefer(self, input_place: int, first: str, second: str) -> float:
            asked.append((input_place, first, second))
            return float(first < second)

    given = pool([("ab", ""), ("aa", ""), ("aa", "")])
    voting = Pool(candidates=given.candidates, clusters=given.clusters, seed=0, votes=Votes())
    best: Group = max(load_ranker("distinguish")(voting), key=lambda group: group.score)
    assert best.members == (1, 2)
    assert asked == [(1, "a", "b")]


@pytest.mark.parametrize("name", ["codet", "srank", "b4", "aces", "logprob", "coder-reviewer", "distinguish"])
def test_what_a_pool_cannot_feed_is_said(name: str) -> None:
    given = pool(tests=False)
    assert not feedable(name, [given])
    with pytest.raises(NotFeedableError, match=r"needs|goes by|asks"):
        load_ranker(name)(given)


def test_a_run_refuses_at_once_what_it_could_not_feed_in_the_end() -> None:
    refused = []
    for name in RANKERS:
        try:
            check_ranker(name)
        except UsageError:
            refused.append(name)
    assert refused == ["codet", "srank", "b4", "aces", "coder-reviewer", "distinguish"]


@pytest.mark.parametrize("name", [name for name in RANKERS if feedable(name, [pool()])])
def test_the_order_of_the_samples_does_not_matter(name: str) -> None:
    if name in ("random", "max-pass"):
        return
    given = pool()
    turned = Pool(candidates=dict(reversed(given.candidates.items())), clusters=given.clusters[::-1], seed=0)
    assert scores(name, turned) == pytest.approx(scores(name, given))
