"""How many samples are enough: after each batch, the chance that drawing on to the full budget finds a better answer.

A logistic model of what execution told so far (`TERMS`). Sampling stops when that chance falls below a threshold, and
never while nothing has passed. Weights and threshold were fitted on recorded samples, cut off after every batch, by
`benchmarks.budget`; the idea of stopping by agreement is that of Adaptive-Consistency (Aggarwal et al. 2023,
2305.11860).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from codegen.ranking import blend
from codegen.ranking.blend import Weights
from codegen.ranking.observed import has_tests
from codegen.ranking.pool import Pool

FIRST, STEP = 4, 16
"""Samples of the first batch; the next ones end at twice as many until they end at multiples of `STEP`."""
MAX_SAMPLES = 100
"""The full budget, where none is named."""

TERMS = ("constant", "weight", "share", "margin", "unseen", "agreement", "tests", "drawn", "growth")
WEIGHTS = {
    False: {
        "constant": -2.49,
        "weight": 0.08,
        "share": -0.63,
        "margin": -0.53,
        "unseen": -0.17,
        "agreement": 0.33,
        "tests": 1.75,
        "drawn": -0.55,
        "growth": 0.51,
    },
    True: {
        "constant": -2.58,
        "weight": 0.05,
        "share": -0.96,
        "margin": -0.34,
        "unseen": 0.3,
        "agreement": -1.33,
        "tests": 0.49,
        "drawn": -0.68,
        "growth": 0.61,
    },
}
THRESHOLDS = {False: 0.0297, True: 0.0274}
"""Without public tests, and with them."""

MARGIN = 3.0
"""A lead of `blend`'s score that no rival is expected to make up; that of an answer without a rival."""

Floats = npt.NDArray[np.float64]


def border(drawn: int, budget: int) -> int:
    """Where the batch ends that begins after so many samples: 4, 8, 16, 32, 48, ... up to the budget."""
    following = (drawn // STEP + 1) * STEP if drawn >= STEP // 2 else max(FIRST, 2 * drawn)
    return min(following, budget)


def settled(pool: Pool, *, budget: int, filtering: bool) -> float:
    """The chance that more samples do not change the answer for the better; 0 while nothing has passed.

    Args:
        pool: Of all samples drawn so far.
        budget: How many samples may be drawn in all.
        filtering: Whether the problem has public tests: then a sample must have passed all of them.
    """
    row = terms(pool, budget=budget, filtering=filtering)
    if row is None:
        return 0.0
    weights = WEIGHTS[filtering]
    return 1 / (1 + math.exp(float(row @ np.array([weights[name] for name in TERMS]))))


def enough(pool: Pool, *, budget: int, filtering: bool) -> bool:
    """Whether to stop."""
    return 1 - settled(pool, budget=budget, filtering=filtering) < THRESHOLDS[filtering]


def terms(pool: Pool, *, budget: int, filtering: bool, ranking: Weights | None = None) -> Floats | None:
    """What the model goes by, in the order of `TERMS`; None while nothing has passed.

    Args:
        ranking: Weights of `blend`, where they are not the shipped ones.
    """
    if not pool.candidates or (filtering and not pool.filtered):
        return None
    scores = blend.scores(pool, ranking or blend.weights_for(pool))
    top = int(np.argmax(scores))
    chance = np.exp(scores - scores.max())
    sizes = pool.observed.sizes
    drawn = max(pool.drawn, len(pool.candidates))
    rival = float(np.delete(scores, top).max(initial=-np.inf))
    found: Floats = np.array(
        [
            1.0,
            _logit(float(chance[top] / chance.sum())),
            _logit(float(sizes[top]) / (drawn + 1)),
            min(MARGIN, float(scores[top]) - rival),
            # Good and Turing: the chance that the next survivor behaves in a way not seen yet.
            float((sizes == 1).sum() / sizes.sum()),
            float(pool.observed.agreement(sizes)[top] / sizes.sum()),
            _more_tests(pool, top),
            math.log(drawn),
            growth(drawn, budget),
        ]
    )
    return found


def growth(drawn: int, budget: int) -> float:
    """How many times as many samples there will be; its logarithm."""
    return math.log(budget / drawn)


def _more_tests(pool: Pool, top: int) -> float:
    """By how much the share of the generated tests that some cluster passes exceeds the answer's."""
    if not has_tests(pool.candidates):
        return 0.0
    tests = pool.observed.tests.of_cluster
    rates = tests.mean(axis=1) if tests.shape[1] else np.zeros(len(tests))
    return float(rates.max() - rates[top])


def _logit(chance: float) -> float:
    clipped = min(0.995, max(0.005, chance))
    return math.log(clipped / (1 - clipped))
