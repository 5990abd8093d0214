"""How many samples are enough: after each batch, the chance that drawing on to the full budget finds a better answer.

A logistic model of what execution told so far (`TERMS`). Sampling stops when that chance falls below a threshold, and
never while nothing has passed. Weights and threshold were fitted on recorded samples, cut off after every batch, by
`benchmarks.budget`; the idea of stopping by agreement is that of Adaptive-Consistency (Aggarwal et al. 2023,
2305.11860).
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from codegen.ranking.blend import Weights, weights_for
from codegen.ranking.features import FEATURES, features
from codegen.ranking.observed import has_tests
from codegen.ranking.pool import Pool

FIRST, STEP = 4, 16
"""Samples of the first batch; the next ones end at twice as many until they end at multiples of `STEP`."""
MAX_SAMPLES = 100
"""The full budget, where none is named."""

TERMS = ("constant", "weight", "share", "lead", "unseen", "agreement", "tests", "filtered")
WEIGHTS = {
    "constant": -2.99,
    "weight": -0.1,
    "share": 0.28,
    "lead": -0.2,
    "unseen": 2.63,
    "agreement": -0.89,
    "tests": 0.11,
    "filtered": 0.2,
}
THRESHOLDS = {False: 0.0256, True: 0.0247}
"""Without public tests, and with them."""

Floats = npt.NDArray[np.float64]


def border(drawn: int, budget: int) -> int:
    """Where the batch ends that begins after so many samples: 4, 8, 16, 32, 48, ... up to the budget."""
    following = (drawn // STEP + 1) * STEP if drawn >= STEP // 2 else max(FIRST, 2 * drawn)
    return min(following, budget)


def settled(pool: Pool, *, filtering: bool, weights: Mapping[str, float] = WEIGHTS) -> float:
    """The chance that more samples do not change the answer for the better; 0 while nothing has passed.

    Args:
        pool: Of all samples drawn so far.
        filtering: Whether the problem has public tests: then a sample must have passed all of them.
    """
    row = terms(pool, filtering=filtering)
    if row is None:
        return 0.0
    return 1 / (1 + math.exp(float(row @ np.array([weights[name] for name in TERMS]))))


def enough(pool: Pool, *, filtering: bool) -> bool:
    """Whether to stop."""
    return 1 - settled(pool, filtering=filtering) < THRESHOLDS[filtering]


def terms(pool: Pool, *, filtering: bool, ranking: Weights | None = None) -> Floats | None:
    """What the model goes by, in the order of `TERMS`; None while nothing has passed.

    Args:
        ranking: Weights of `blend`, where they are not the shipped ones.
    """
    if not pool.candidates or (filtering and not pool.filtered):
        return None
    chosen = ranking or weights_for(pool)
    scores = features(pool) @ np.array([chosen[name] for name in FEATURES])
    top = int(np.argmax(scores))
    chance = np.exp(scores - scores.max())
    sizes = pool.observed.sizes
    drawn = max(pool.drawn, len(pool.candidates))
    others = np.delete(sizes, top)
    rival = float(others.max(initial=0.0))
    size = float(sizes[top])
    found: Floats = np.array(
        [
            1.0,
            _logit(float(chance[top] / chance.sum())),
            _logit(size / (drawn + 1)),
            (size - rival) / math.sqrt(size + rival),
            # Good and Turing: the chance that the next survivor behaves in a way not seen yet.
            float((sizes == 1).sum() / sizes.sum()),
            float(pool.observed.agreement(sizes)[top] / sizes.sum()),
            _passed(pool, top),
            float(pool.filtered),
        ]
    )
    return found


def _passed(pool: Pool, top: int) -> float:
    """Share of the generated tests that the answer passes."""
    if not has_tests(pool.candidates):
        return 0.0
    tests = pool.observed.tests.of_cluster
    return float(tests[top].mean()) if tests.shape[1] else 0.0


def _logit(chance: float) -> float:
    clipped = min(0.995, max(0.005, chance))
    return math.log(clipped / (1 - clipped))
