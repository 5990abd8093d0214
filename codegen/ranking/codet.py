"""CodeT: samples that pass the same generated tests are a consensus set (Chen et al. 2022, 2207.10397).

Score of a set: sqrt(samples) x tests passed.
"""

from __future__ import annotations

import numpy as np

from codegen.ranking.pool import Group, Pool


def rank(pool: Pool) -> list[Group]:
    tests = pool.observed.tests
    scores = np.sqrt(tests.counts) * tests.rows.sum(axis=1)
    return [Group(members=members, score=float(score)) for members, score in zip(tests.groups, scores, strict=True)]
