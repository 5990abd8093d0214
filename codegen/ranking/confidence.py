"""Submission -> the chance that it is right, calibrated: "in seven of ten such cases it was".

A logistic model of what agreement tells: which share of all samples drawn (those that failed the public tests
included) behaves like the submission, how far they agree with it input by input, whether public tests stood behind it,
and how many were handed in before it. Fitted by `benchmarks.selection.calibration`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from codegen.ranking.observed import Floats
from codegen.ranking.pool import Pool

TERMS = ("constant", "share", "agreement", "filtered", "place")
WEIGHTS = {"constant": -1.3, "share": 0.3, "agreement": 3.05, "filtered": 2.75, "place": -0.5}


def confidences(pool: Pool, members: Sequence[int]) -> tuple[float, ...]:
    """Chance that each of these samples is right, from 0 to 1; they are in the order in which they are handed in."""
    weights = np.array([WEIGHTS[name] for name in TERMS])
    return tuple(1 / (1 + math.exp(-float(row @ weights))) for row in terms(pool, members))


def terms(pool: Pool, members: Sequence[int]) -> Floats:
    """Members x TERMS, whatever the ranker was."""
    cluster = {index: number for number, group in enumerate(pool.clusters) for index in group.members}
    chosen = [cluster[index] for index in members]
    drawn = max(pool.drawn, len(pool.candidates))
    sizes = pool.observed.sizes
    agreement = pool.observed.agreement(sizes)[chosen] / drawn
    return np.stack(
        [
            np.ones(len(chosen)),
            _logit(sizes[chosen] / (drawn + 1)),
            agreement,
            np.full(len(chosen), float(pool.filtered)),
            np.log(np.arange(1, len(chosen) + 1)),
        ],
        axis=1,
    )


def _logit(chance: Floats) -> Floats:
    clipped = np.clip(chance, 0.005, 0.995)
    return np.asarray(np.log(clipped / (1 - clipped)))
