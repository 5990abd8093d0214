"""Figures from verdicts: pass@k, n@k, and how sure one may be of them.

Problems are the unit of chance throughout: a suite is a draw of problems, so an interval resamples
problems, and two runs are compared problem by problem.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

RESAMPLES = 10_000
"""Of a bootstrap: the ends of a 95% interval then repeat to about a hundredth of its width."""

Select = Callable[[Sequence[int]], Sequence[int]]
"""Indices of the samples that were drawn -> indices of those handed in, best first."""


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
    rng = random.Random(seed)  # noqa: S311
    means = sorted(sum(rng.choices(values, k=count)) / count for _ in range(resamples))
    return Estimate(value=mean, low=_quantile(means, 0.025), high=_quantile(means, 0.975), problems=count)


def paired(
    left: Mapping[str, float], right: Mapping[str, float], *, seed: int = 0, resamples: int = RESAMPLES
) -> Estimate:
    """left - right over the problems that both have, with its paired bootstrap interval."""
    common = sorted(left.keys() & right.keys())
    if not common:
        raise ValueError("no problem stands on both sides: nothing to compare")
    return estimate([left[name] - right[name] for name in common], seed=seed, resamples=resamples)


def n_at_k(
    passed: Sequence[bool], select: Select, *, n: int, k: int, seed: Hashable = 0, resamples: int = 100
) -> float:
    """Chance that one of the first n submissions passes when k samples are drawn (AlphaCode, section 5.1).

    There is no closed form: k of the drawn samples are taken at random, the whole selection is done again
    on them, `resamples` times. With k equal to the number drawn there is only one such set.

    Raises:
        ValueError: Unless 1 <= k <= the number drawn and n >= 1.
    """
    drawn = len(passed)
    if not 1 <= k <= drawn or n < 1:
        raise ValueError(f"n={n}, k={k} with {drawn} samples: n must be at least 1, k between 1 and {drawn}")
    if not any(passed):
        return 0.0
    if k == drawn:
        return float(any(passed[index] for index in select(range(drawn))[:n]))
    rng = random.Random(repr(seed))  # noqa: S311
    solved = 0
    for _ in range(resamples):
        chosen = sorted(rng.sample(range(drawn), k))
        solved += any(passed[index] for index in select(chosen)[:n])
    return solved / resamples


def _quantile(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
