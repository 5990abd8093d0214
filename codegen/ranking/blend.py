"""The default: behaviour clusters by a weighted sum of what tells right ones from wrong ones (docs/selection.md).

Few features, all shares or logarithms of shares; two short tables of weights, one for pools with generated tests and
one for those without, fitted with strong regularisation (`benchmarks.selection.fitting`). Programs that passed all
public tests are mostly sound: of them agreement decides alone, a cluster's size times its value by SRank. Within a
behaviour the commonest of the finer ones (`Candidate.further`) goes first; the others are handed in behind all
behaviours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from codegen.ranking.features import FEATURES, features, log_share
from codegen.ranking.observed import Floats, has_tests
from codegen.ranking.pool import Group, Pool

Weights = Mapping[str, float]

WITH_TESTS: Weights = {
    "size": 0.5,
    "overlap": 0.75,
    "tests": 1.3,
    "programs": 1.05,
    "length": 1.15,
    "failed": -0.35,
    "none": -1.35,
    "constant": -1.85,
}
WITHOUT_TESTS: Weights = {
    "size": 0.5,
    "overlap": 0.85,
    "tests": 0.0,
    "programs": 1.05,
    "length": 1.15,
    "failed": -0.45,
    "none": -1.45,
    "constant": -1.95,
}


def rank(pool: Pool) -> list[Group]:
    return rank_with(pool, weights_for(pool))


def weights_for(pool: Pool) -> Weights:
    """The shipped table that suits the pool."""
    return WITH_TESTS if _tested(pool) else WITHOUT_TESTS


def _tested(pool: Pool) -> bool:
    return has_tests(pool.candidates) and bool(pool.observed.tests.rows.shape[1])


def rank_with(pool: Pool, weights: Weights) -> list[Group]:
    """By other weights than the shipped ones: for cross-validation and ablation."""
    if not pool.candidates:
        return []
    found = scores(pool, weights)
    behind = float(found.max() - found.min()) + 1
    return [
        Group(members=part, score=float(score) - behind * bool(place))
        for members, score in zip(pool.observed.members, found, strict=True)
        for place, part in enumerate(parts(members, pool))
    ]


def scores(pool: Pool, weights: Weights) -> Floats:
    """Of each cluster."""
    if pool.filtered:
        seen = pool.observed
        return log_share(seen.sizes) + log_share(seen.agreement(seen.sizes * _sound(pool)))
    found: Floats = features(pool) @ np.array([weights[name] for name in FEATURES])
    return found


def _sound(pool: Pool) -> Floats:
    """By cluster, the chance that a generated test is passed, by the rule of succession: one test tells little."""
    if not _tested(pool):
        return np.ones(len(pool.clusters))
    passed = pool.observed.tests.of_cluster
    chance: Floats = (passed.sum(axis=1) + 1) / (passed.shape[1] + 2)
    return chance


def parts(members: Sequence[int], pool: Pool) -> Iterator[tuple[int, ...]]:
    """The members of a cluster by what they did on further inputs, the most first; those that tie are one."""
    finer: dict[str, list[int]] = {}
    for index in members:
        finer.setdefault(pool.candidates[index].further, []).append(index)
    most = max(map(len, finer.values()))
    yield tuple(index for part in finer.values() if len(part) == most for index in part)
    yield from (tuple(part) for part in sorted(finer.values(), key=len, reverse=True) if len(part) < most)
