"""Grouping by behaviour."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from codegen.clustering import cluster, differing_input
from codegen.fingerprints import Fingerprint, Outcome


def behaving(digests: str) -> Fingerprint:
    return Fingerprint(outcomes=tuple(Outcome(digest=d, preview=f"shown {d}") for d in digests))


POOLS = st.dictionaries(st.integers(0, 50), st.text("ab", min_size=3, max_size=3).map(behaving), max_size=20)


@given(POOLS, st.randoms(use_true_random=False))
def test_the_order_of_samples_does_not_matter(pool: dict[int, Fingerprint], chance: object) -> None:
    items = list(pool.items())
    chance.shuffle(items)  # type: ignore[attr-defined]
    assert cluster(dict(items)) == cluster(pool)


@given(POOLS)
def test_clusters_are_the_classes_of_equal_behaviour_largest_first(pool: dict[int, Fingerprint]) -> None:
    clusters = cluster(pool)
    assert sorted(index for group in clusters for index in group.members) == sorted(pool)
    for group in clusters:
        assert list(group.members) == sorted(group.members)
        assert {pool[index].behaviour for index in group.members} == {group.fingerprint.behaviour}
    assert len({group.fingerprint.behaviour for group in clusters}) == len(clusters)
    assert clusters == tuple(sorted(clusters, key=lambda group: (-group.size, group.members[0])))


def test_previews_do_not_part_what_behaves_the_same() -> None:
    one = Fingerprint(outcomes=(Outcome(digest="a", preview="1 2"),))
    other = Fingerprint(outcomes=(Outcome(digest="a", preview="1\n2"),))
    assert len(cluster({0: one, 1: other})) == 1


def test_nothing_makes_no_cluster() -> None:
    assert cluster({}) == ()


@given(POOLS)
def test_two_clusters_differ_on_the_input_that_is_named(pool: dict[int, Fingerprint]) -> None:
    clusters = cluster(pool)
    for one in clusters:
        assert differing_input(one, one) is None
        for other in clusters:
            found = differing_input(one, other)
            if found is not None:
                place, left, right = found
                assert left.digest != right.digest
                assert one.fingerprint.behaviour[:place] == other.fingerprint.behaviour[:place]
                assert (left, right) == (one.fingerprint.outcomes[place], other.fingerprint.outcomes[place])
            else:
                assert one == other


def test_a_program_that_was_never_observed_differs_from_the_start() -> None:
    one, other = cluster({0: behaving("ab"), 1: Fingerprint(outcomes=())})
    found = differing_input(one, other)
    assert found is not None
    assert (found[0], found[2].preview) == (0, "not run")
