"""Order of submission: what all rankers promise, and each one's own rule."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codegen.clustering import cluster
from codegen.errors import UsageError
from codegen.fingerprints import Fingerprint, Outcome
from codegen.ranking import RANKERS, Candidate, Pool, by_preference, load_ranker, submit


def pool_of(programs: str, *, behaviour: dict[str, str] | None = None, seed: int = 0) -> Pool:
    """A pool in which sample i is the program named by the i-th letter; `behaviour` maps letters to digests."""
    behaviour = behaviour or {}
    candidates = {i: Candidate(index=i, key=letter) for i, letter in enumerate(programs)}
    fingerprints = {
        i: Fingerprint(outcomes=(Outcome(digest=behaviour.get(letter, letter), preview=""),))
        for i, letter in enumerate(programs)
    }
    return Pool(candidates=candidates, clusters=cluster(fingerprints), seed=seed)


@st.composite
def pools(draw: st.DrawFn) -> Pool:
    programs = draw(st.text("abcdefghijkl", max_size=30))
    behaviour = {letter: draw(st.sampled_from("XYZ")) for letter in sorted(set(programs))}
    pool = pool_of(programs, behaviour=behaviour, seed=draw(st.integers(0, 5)))
    logprobs = {letter: draw(st.floats(-3, 0)) for letter in sorted(set(programs))}
    asserts = {
        letter: draw(st.binary(min_size=4, max_size=4).map(lambda b: bytes(x % 2 for x in b))) for letter in behaviour
    }
    candidates = {
        i: replace(
            each,
            passed=draw(st.integers(0, 3)),
            length=ord(each.key) % 5,
            logprob=logprobs[each.key],
            review=-1.0,
            asserts=asserts[each.key],
        )
        for i, each in pool.candidates.items()
    }
    return replace(pool, candidates=candidates, votes=_First())


class _First:
    """Prefers what is shown first."""

    def prefer(self, input_place: int, first: str, second: str) -> float:
        return 1.0


def programs_sent(pool: Pool, ranker: str, limit: int = 10) -> str:
    return "".join(pool.candidates[s.sample_index].key for s in submit(pool, ranker, limit=limit))


@pytest.mark.parametrize("ranker", RANKERS)
@given(pools(), st.integers(1, 12))
def test_every_ranker_sends_different_programs_up_to_the_limit(ranker: str, pool: Pool, limit: int) -> None:
    sent = submit(pool, ranker, limit=limit)
    keys = [pool.candidates[s.sample_index].key for s in sent]
    assert len(keys) == len(set(keys)) == min(limit, len({c.key for c in pool.candidates.values()}))
    assert [s.rank for s in sent] == list(range(1, len(sent) + 1))
    for each in sent:
        group = pool.clusters[each.cluster]
        assert each.sample_index in group.members
        assert each.cluster_size == group.size
    assert submit(pool, ranker, limit=limit) == sent


@pytest.mark.parametrize("ranker", RANKERS)
@given(pool=pools())
def test_fewer_submissions_are_the_first_of_more(ranker: str, pool: Pool) -> None:
    assert submit(pool, ranker, limit=3) == submit(pool, ranker, limit=10)[:3]


@given(pools())
def test_alphacode_sends_one_a_cluster_largest_first_then_goes_round_again(pool: Pool) -> None:
    sent = submit(pool, "cluster", limit=100)
    assert len(sent) == len({c.key for c in pool.candidates.values()})
    first = sent[: len(pool.clusters)]
    assert [s.cluster for s in first] == list(range(len(pool.clusters)))
    rounds = [sum(s.cluster == turn.cluster for s in sent[:place]) for place, turn in enumerate(sent)]
    assert rounds == sorted(rounds)


def test_alphacode_on_an_example() -> None:
    pool = pool_of("abacdeffffg", behaviour={"a": "X", "b": "X", "c": "Y", "d": "Y", "e": "Z", "f": "Z", "g": "W"})
    # Z: f (4 times), e. X: a (twice), b. Y: c, d. W: g.
    assert programs_sent(pool, "cluster") == "facgebd"
    assert programs_sent(pool, "cluster", limit=2) == "fa"


def test_programs_that_always_fail_come_last_even_when_they_are_many() -> None:
    behaviour = {"a": "NONZERO_EXIT", "b": "-", "c": "fine", "d": "TIME_LIMIT"}
    assert programs_sent(pool_of("aaaabbbddc", behaviour=behaviour), "cluster") == "cabd"


def test_without_any_observation_nothing_counts_as_failing() -> None:
    pool = pool_of("aab")
    blind = cluster({i: Fingerprint(outcomes=()) for i in pool.candidates})
    assert programs_sent(replace(pool, clusters=blind), "cluster") == "ab"


def test_who_stands_for_a_cluster() -> None:
    """Most frequent, then likeliest, then shortest, then first; an unknown likelihood is the least."""
    known = {
        0: Candidate(index=0, key="rare", logprob=-0.1, length=1),
        1: Candidate(index=1, key="twice-b", logprob=-0.5, length=9),
        2: Candidate(index=2, key="twice-a", logprob=-0.2, length=9),
        3: Candidate(index=3, key="twice-a", logprob=-0.9, length=9),
        4: Candidate(index=4, key="twice-b", logprob=-0.4, length=9),
        5: Candidate(index=5, key="short", length=2),
        6: Candidate(index=6, key="long", length=3),
    }
    assert by_preference(tuple(known), known) == [2, 1, 0, 5, 6]


def test_majority_text_counts_programs_and_not_behaviours() -> None:
    assert programs_sent(pool_of("abcbcdc", behaviour=dict.fromkeys("abd", "X")), "majority-text") == "cbad"


def test_max_pass_goes_by_public_tests() -> None:
    pool = pool_of("abc")
    passed = {i: replace(each, passed=each.index) for i, each in pool.candidates.items()}
    assert programs_sent(replace(pool, candidates=passed), "max-pass") == "cba"


def test_random_depends_on_the_seed_alone() -> None:
    orders = {programs_sent(pool_of("abcdef", seed=seed), "random") for seed in range(20)}
    assert len(orders) > 10


def test_an_unknown_ranker_is_refused_with_the_choices() -> None:
    with pytest.raises(UsageError, match=r"ranker 'best' .*cluster, random, majority-text, max-pass"):
        load_ranker("best")
