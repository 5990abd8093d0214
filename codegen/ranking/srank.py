"""SRank: the value of a cluster counts for all that overlap with it (Tran et al. 2023, 2311.03366).

Value of a cluster: samples x share of generated tests passed. Overlap of two: share of inputs with equal outputs.
"""

from __future__ import annotations

from codegen.ranking.pool import Group, Pool


def rank(pool: Pool) -> list[Group]:
    seen = pool.observed
    rates = seen.tests.of_cluster.mean(axis=1) if seen.tests.of_cluster.shape[1] else 1.0
    scores = seen.agreement(seen.sizes * rates)
    return [Group(members=members, score=float(score)) for members, score in zip(seen.members, scores, strict=True)]
