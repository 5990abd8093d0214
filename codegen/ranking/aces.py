"""ACES: a test counts as much as it agrees with the others about who is better (2604.03922).

Weight of test j: max(0, AUC_j - 1/2) x p_j (1 - p_j), where p_j is the share of samples that pass it and AUC_j the
chance that a sample which passes it passes more of the other tests than one which does not.
"""

from __future__ import annotations

import numpy as np

from codegen.ranking.observed import Floats
from codegen.ranking.pool import Group, Pool


def rank(pool: Pool) -> list[Group]:
    tests = pool.observed.tests
    scores = tests.rows @ weights(tests.rows, tests.counts)
    return [Group(members=members, score=float(score)) for members, score in zip(tests.groups, scores, strict=True)]


def weights(rows: Floats, counts: Floats) -> Floats:
    """One weight a test.

    Args:
        rows: Groups x tests, 1 where passed.
        counts: Samples in each group.
    """
    groups, columns = rows.shape
    totals = rows.sum(axis=1).astype(np.int64)
    passers = np.zeros((columns + 2, columns))  # by how many other tests they pass
    failers = np.zeros((columns + 2, columns))
    for group in range(groups):
        passers[totals[group] - 1 if totals[group] else 0] += counts[group] * rows[group]
        failers[totals[group]] += counts[group] * (1 - rows[group])
    below = np.cumsum(failers, axis=0) - failers
    pairs = passers.sum(axis=0) * failers.sum(axis=0)
    wins = (passers * (below + failers / 2)).sum(axis=0)
    auc = np.where(pairs > 0, wins / np.maximum(pairs, 1), 0.5)
    share = counts @ rows / max(float(counts.sum()), 1.0)
    result: Floats = np.maximum(auc - 0.5, 0.0) * share * (1 - share)
    return result
