"""B4: Bayes posterior that the samples and the tests of a consensus set are right (Chen et al. 2024, 2409.08692).

With S the samples of the set and T the tests they pass: a wrong sample passes a wrong test with a chance drawn from
Beta(1, beta0), a right test with one from Beta(1, 1); the shares of right samples and of right tests come from
Beta(alpha, 1). Each integral is a beta function; the score is the sum of their logarithms. beta0 is 1e4 and alpha 1e3,
as in the paper.
"""

from __future__ import annotations

from math import lgamma

import numpy as np

from codegen.ranking.pool import Group, Pool

BETA0 = 1e4
ALPHA = 1e3


def rank(pool: Pool) -> list[Group]:
    tests = pool.observed.tests
    samples, columns = tests.counts.sum(), tests.rows.shape[1]
    passes = tests.counts @ tests.rows  # samples that pass each test
    found = []
    for members, count, row in zip(tests.groups, tests.counts, tests.rows, strict=True):
        right_tests = float(row.sum())
        by_wrong = passes - count * row  # samples outside the set that pass each test
        on_right = float(by_wrong @ row)
        on_wrong = float(by_wrong.sum()) - on_right
        wrong = samples - count
        score = (
            _log_beta(1 + on_wrong, BETA0 + wrong * (columns - right_tests) - on_wrong)
            + _log_beta(1 + on_right, 1 + wrong * right_tests - on_right)
            + _log_beta(ALPHA + count, 1 + wrong)
            + _log_beta(ALPHA + right_tests, 1 + columns - right_tests)
        )
        found.append(Group(members=members, score=score if right_tests else -np.inf))
    return found


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)
