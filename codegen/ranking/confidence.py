"""Submission -> the chance that it is right, calibrated: "in seven of ten such cases it was".

A logistic model of what agreement tells: which share of all samples drawn (those that failed the public tests included)
behaves like the submission, how far they agree with it input by input, and whether public tests stood behind it. Fitted
by `benchmarks.selection.calibration`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from codegen.ranking.observed import Floats
from codegen.ranking.pool import Pool

TERMS = ("constant", "share", "agreement", "filtered")
WEIGHTS = {"constant": -1.3, "share": 0.3, "agreement": 3.25, "filtered": 3.0}


def confidences(pool: Pool, members: Sequence[int]) -> tuple[float, ...]:
    """Chance that each of these samples is right; from 0 to 1."""
    if not members:
        return ()
    rows = terms(pool)
    place = {index: number for number, group in enumerate(pool.clusters) for index in group.members}
    weights = np.array([WEIGHTS[name] for name in TERMS])
    return tuple(1 / (1 + math.exp(-float(rows[place[index]] @ weights))) for index in members)


def terms(pool: Pool) -> Floats:
    """Clusters x TERMS, whatever the ranker was."""
    drawn = max(pool.drawn, len(pool.candidates))
    sizes = pool.observed.sizes
    agreement = pool.observed.agreement(sizes) / drawn
    return np.stack(
        [
            np.ones_like(sizes),
            _logit(sizes / (drawn + 1)),
            agreement,
            np.full_like(sizes, pool.filtered),
        ],
        axis=1,
    )


def _logit(chance: Floats) -> Floats:
    clipped = np.clip(chance, 0.005, 0.995)
    return np.asarray(np.log(clipped / (1 - clipped)))
