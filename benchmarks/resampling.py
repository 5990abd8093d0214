"""n@k of one problem: k of its samples are drawn again and again, and every ranker selects from the same draws."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from benchmarks.metrics import draws
from codegen.clustering import Cluster
from codegen.ranking import Pool, feedable, submit

SUBMISSIONS = (1, 10)
"""The n of n@k."""
MOST_RESAMPLES = 100
FEWEST_RESAMPLES = 20
ALL_RESAMPLES = 20_000
"""Over all problems: chance in the draws then moves a mean over the problems by less than half a percent."""


def resamples_for(problems: int) -> int:
    """How often k samples are drawn of each of so many problems."""
    return max(FEWEST_RESAMPLES, min(MOST_RESAMPLES, ALL_RESAMPLES // max(1, problems)))


class Draws:
    """Selections from parts of one problem's samples.

    Samples that did not go on when all were there were not observed: a draw of these alone counts as unsolved.

    Args:
        pool: Of all of them; None where none was judged.
        passed: Whether each sample passes the hidden tests, as it is handed in.
        name: Decides, with k, which samples are drawn.
    """

    def __init__(self, pool: Pool | None, passed: Sequence[bool], *, name: str) -> None:
        self._pool = pool
        self._passed = passed
        self._name = name
        self._cluster = {
            index: number for number, group in enumerate(pool.clusters if pool else ()) for index in group.members
        }
        self._hopeless = not any(passed[index] for index in self._cluster)

    def n_at_k(
        self, rankers: Sequence[str], ks: Sequence[int], *, resamples: int = MOST_RESAMPLES
    ) -> dict[str, dict[tuple[int, int], float]]:
        """Ranker -> (n, k) -> share of the draws of k samples in which one of its first n submissions passes.

        Rankers that the pool cannot feed are left out.
        """
        rankers = [ranker for ranker in rankers if self._pool is None or feedable(ranker, [self._pool])]
        points = [(n, k) for k in ks for n in SUBMISSIONS if n <= k]
        solved = {ranker: Counter[tuple[int, int]]() for ranker in rankers}
        counts = dict.fromkeys(ks, 0)
        for k in () if self._hopeless else ks:
            for chosen in draws(len(self._passed), k, seed=self._name, resamples=resamples):
                counts[k] += 1
                for ranker, place in self._first_right(rankers, chosen).items():
                    solved[ranker].update((n, k) for n in SUBMISSIONS if 0 < place <= n <= k)
        return {
            ranker: {(n, k): found[n, k] / max(1, counts[k]) for n, k in points} for ranker, found in solved.items()
        }

    def first_right(self, ranker: str, chosen: Sequence[int]) -> int:
        """Rank of the first submission that passes, had only the chosen samples been drawn; 0 where none does.

        Raises:
            NotFeedableError: The pool has not what the ranker goes by.
        """
        if self._pool is None or not (pool := self.restricted(chosen)).candidates:
            return 0
        return self._place(pool, ranker)

    def _first_right(self, rankers: Sequence[str], chosen: Sequence[int]) -> dict[str, int]:
        """The same by ranker. Most draws need no selection: none of their candidates passes, or all do."""
        right = [self._passed[index] for index in chosen if index in self._cluster]
        if not any(right):
            return dict.fromkeys(rankers, 0)
        if all(right):
            return dict.fromkeys(rankers, 1)
        pool = self.restricted(chosen)
        return {ranker: self._place(pool, ranker) for ranker in rankers}

    def _place(self, pool: Pool, ranker: str) -> int:
        chosen = submit(pool, ranker, limit=max(SUBMISSIONS))
        return next((each.rank for each in chosen if self._passed[each.sample_index]), 0)

    def restricted(self, chosen: Sequence[int]) -> Pool:
        """The pool as it would be had only these samples been drawn: candidates and clusters, in their order."""
        assert self._pool is not None
        kept = [index for index in sorted(chosen) if index in self._cluster]
        members: dict[int, list[int]] = {}
        for index in kept:
            members.setdefault(self._cluster[index], []).append(index)
        clusters = [
            Cluster(members=tuple(group), fingerprint=self._pool.clusters[number].fingerprint)
            for number, group in members.items()
        ]
        return replace(
            self._pool,
            candidates={index: self._pool.candidates[index] for index in kept},
            clusters=sorted(clusters, key=lambda each: (-each.size, each.members[0])),
            drawn=len(chosen),
        )
