"""Figures from verdicts: pass@k, n@k, and how sure one may be of them.

Problems are the unit of chance throughout: a suite is a draw of problems, so an interval resamples
problems, and two runs are compared problem by problem.
"""

from __future__ import annotations

import math
import random
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

RESAMPLES = 10_000
"""Of a bootstrap: the ends of a 95% interval then repeat to about a hundredth of its width."""
MOST_DRAWS = 20_000_000
"""Of a bootstrap, resamples times problems: thousands of problems get fewer resamples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A mean over problems with its 95% interval."""

    value: float
    low: float
    high: float
    problems: int

    @property
    def above_zero(self) -> bool:
        return self.low > 0.0


def pass_at_k(drawn: int, passed: int, k: int) -> float:
    """Chance that at least one of k of the drawn samples passes: 1 - C(n-c, k) / C(n, k).

    The unbiased estimator of Chen et al. 2021 (arXiv 2107.03374, section 2.1), in exact integers.

    Raises:
        ValueError: Unless 0 <= passed <= drawn and 1 <= k <= drawn.
    """
    if not 0 <= passed <= drawn:
        raise ValueError(f"passed={passed} is not between 0 and drawn={drawn}")
    if not 1 <= k <= drawn:
        raise ValueError(f"k={k} is not between 1 and drawn={drawn}: pass@k needs at least k samples")
    return 1.0 - math.comb(drawn - passed, k) / math.comb(drawn, k)


def shown_ks(drawn: int) -> tuple[int, ...]:
    """1, 10, 100, ... up to the number of samples."""
    ks = []
    k = 1
    while k <= drawn:
        ks.append(k)
        k *= 10
    return tuple(ks)


def estimate(values: Sequence[float], *, seed: int = 0, resamples: int = RESAMPLES) -> Estimate:
    """Mean of one figure a problem, with a percentile bootstrap over the problems.

    For a paired comparison give the differences: the same problems stand on both sides of each resample.
    """
    if not values:
        raise ValueError("no problems: nothing to estimate")
    count = len(values)
    mean = math.fsum(values) / count
    if min(values) == max(values):
        return Estimate(value=mean, low=mean, high=mean, problems=count)
    figures = np.asarray(values, dtype=np.float64)
    chosen = _resampled(count, seed, min(resamples, max(200, MOST_DRAWS // count)))
    means = sorted(float(each) for rows in _chunks(chosen) for each in figures[rows].mean(axis=1))
    return Estimate(value=mean, low=_quantile(means, 0.025), high=_quantile(means, 0.975), problems=count)


def paired(
    left: Mapping[str, float], right: Mapping[str, float], *, seed: int = 0, resamples: int = RESAMPLES
) -> Estimate:
    """left - right over the problems that both have, with its paired bootstrap interval."""
    common = sorted(left.keys() & right.keys())
    if not common:
        raise ValueError("no problem stands on both sides: nothing to compare")
    return estimate([left[name] - right[name] for name in common], seed=seed, resamples=resamples)


def draws(drawn: int, k: int, *, seed: Hashable = 0, resamples: int = 100) -> Iterator[Sequence[int]]:
    """Sets of k of the drawn samples, for n@k: the whole selection is done again on each (AlphaCode, section 5.1).

    There is no closed form. With k equal to the number drawn there is only one such set.

    Raises:
        ValueError: Unless 1 <= k <= the number drawn.
    """
    if not 1 <= k <= drawn:
        raise ValueError(f"k={k} with {drawn} samples: k must be between 1 and {drawn}")
    if k == drawn:
        yield range(drawn)
        return
    rng = random.Random(repr(seed))  # noqa: S311
    for _ in range(resamples):
        yield sorted(rng.sample(range(drawn), k))


@lru_cache(maxsize=4)  # every figure of a run resamples the same number of problems
def _resampled(count: int, seed: int, resamples: int) -> npt.NDArray[np.int32]:
    """Resamples x problems: which problem stands there."""
    rng = random.Random(seed)  # noqa: S311
    places = range(count)
    found = np.empty((resamples, count), dtype=np.int32)
    for row in found:
        row[:] = rng.choices(places, k=count)
    return found


def _chunks(chosen: npt.NDArray[np.int32]) -> Iterator[npt.NDArray[np.int32]]:
    """Some rows at a time, so that few values are in memory."""
    step = max(1, 1_000_000 // chosen.shape[1])
    for start in range(0, len(chosen), step):
        yield chosen[start : start + step]


def _quantile(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
