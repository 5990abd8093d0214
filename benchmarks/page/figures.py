"""Run file -> the figures of its page, read problem by problem so that few samples are in memory at a time."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from benchmarks.metrics import Estimate, estimate, pass_at_k
from benchmarks.results import ProblemResult, restricted
from codegen.ranking import submit
from codegen.report import Report

SUBMISSIONS = (1, 10)
"""The n of n@k."""
MOST_DRAWS = 2_000_000
"""Of a bootstrap: a thousand problems get fewer resamples, and narrower intervals anyway."""
RESAMPLES = 20
"""Draws of k samples for a point of a problem's n@k: over some hundred problems that is enough for a curve."""


@dataclass(slots=True, kw_only=True)
class Figures:
    """Sums over the problems seen so far; `add` one after another.

    Attributes:
        ranker: Whose n@k is drawn.
        ks: Where the curves have points.
        scored: Whether hidden tests were run.
    """

    ranker: str
    ks: tuple[int, ...]
    scored: bool
    funnel: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)
    tokens: int = 0
    problems: int = 0
    judged: bool = False
    rates: dict[str, dict[int, list[float]]] = field(default_factory=dict)
    """Curve -> k -> one value a problem."""

    def add(self, report: Report, result: ProblemResult) -> None:
        self.problems += 1
        self.tokens += report.tokens
        self.judged |= result.submitted is not None
        self.seconds.update(report.seconds)
        funnel = report.funnel
        for name in ("drawn", "with_program", "unique", "survived", "clusters", "submitted"):
            self.funnel[name] += getattr(funnel, name)
        self.failures.update(result.verdicts if self.scored else report.verdicts)
        if self.scored:
            for curve, k, value in self._values(result):
                self.rates.setdefault(curve, {}).setdefault(k, []).append(value)

    def _values(self, result: ProblemResult) -> Iterator[tuple[str, int, float]]:
        passed = sum(result.raw)
        for k in self.ks:
            if k > result.drawn:
                continue
            yield "pass@k", k, pass_at_k(result.drawn, passed, k)
            if result.submitted is not None:
                for n, value in self._n_at_k(result, k).items():
                    yield f"{n}@k", k, value

    def _n_at_k(self, result: ProblemResult, k: int) -> dict[int, float]:
        """As `benchmarks.metrics.n_at_k`, for every n from one selection."""
        counted = [n for n in SUBMISSIONS if n <= k]
        pool = result.pool
        if pool is None or not any(result.used[index] for index in pool.candidates):
            return dict.fromkeys(counted, 0.0)
        chance = random.Random(f"{result.problem.id} {k}")  # noqa: S311 (figures, no secret)
        draws = 1 if k == result.drawn else RESAMPLES
        solved = Counter[int]()
        for _ in range(draws):
            drawn = pool if draws == 1 else restricted(pool, chance.sample(range(result.drawn), k))
            if drawn.candidates:
                chosen = submit(drawn, self.ranker, limit=max(SUBMISSIONS))
                passes = [result.used[each.sample_index] for each in chosen]
                solved.update(n for n in counted if any(passes[:n]))
        return {n: solved[n] / draws for n in counted}

    def curves(self) -> dict[str, dict[int, Estimate]]:
        """Points that every problem has, with their intervals."""
        resamples = min(10_000, MOST_DRAWS // max(1, self.problems))
        return {
            curve: {
                k: estimate(values, resamples=resamples) for k, values in by_k.items() if len(values) == self.problems
            }
            for curve, by_k in self.rates.items()
        }


def grid(samples: int) -> tuple[int, ...]:
    """1, 2, 5, 10, 20, 50, ... and the number of samples."""
    found = [k * 10**power for power in range(len(str(samples))) for k in (1, 2, 5) if k * 10**power < samples]
    return (*found, samples)


def row(report: Report, result: ProblemResult, *, scored: bool) -> dict[str, Any]:
    """One problem in the table."""
    funnel = report.funnel
    found: dict[str, Any] = {
        "id": report.problem_id,
        "difficulty": result.problem.difficulty or "",
        "drawn": funnel.drawn,
        "survived": funnel.survived,
        "clusters": funnel.clusters,
        "submitted": funnel.submitted,
        "tokens": report.tokens,
        "seconds": round(report.seconds.get("execute", 0.0) + report.seconds.get("score", 0.0), 1),
    }
    if scored:
        rank = next((place for place, good in enumerate(result.submitted or (), start=1) if good), 0)
        solved = "first" if rank == 1 else "submitted" if rank else "sampled" if any(result.used) else "no"
        found |= {"passed": sum(result.raw), "solved": solved, "rank": rank}
    return found
