"""The default: behaviour clusters by a weighted sum of what tells right ones from wrong ones (docs/selection.md).

Few features, all shares or logarithms of shares; two short tables of weights, one for pools with generated tests and
one for those without, fitted with strong regularisation (`benchmarks.selection.fitting`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from codegen.ranking.features import FEATURES, features
from codegen.ranking.observed import has_tests
from codegen.ranking.pool import Group, Pool

Weights = Mapping[str, float]

WITH_TESTS: Weights = dict.fromkeys(FEATURES, 0.0)
WITHOUT_TESTS: Weights = dict.fromkeys(FEATURES, 0.0)


def rank(pool: Pool) -> list[Group]:
    tested = has_tests(pool.candidates) and bool(pool.observed.tests.rows.shape[1])
    return rank_with(pool, WITH_TESTS if tested else WITHOUT_TESTS)


def rank_with(pool: Pool, weights: Weights) -> list[Group]:
    """By other weights than the shipped ones: for cross-validation and ablation."""
    if not pool.candidates:
        return []
    scores = features(pool) @ np.array([weights[name] for name in FEATURES])
    return [Group(members=members, score=float(s)) for members, s in zip(_members(pool), scores, strict=True)]


def _members(pool: Pool) -> Sequence[tuple[int, ...]]:
    return pool.observed.members
