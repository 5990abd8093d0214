"""Run file -> the figures of its page, read problem by problem so that few samples are in memory at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from benchmarks.metrics import Estimate, estimate, pass_at_k
from benchmarks.results import ProblemResult
from codegen.ranking import RANKERS
from codegen.report import Report


@dataclass(slots=True, kw_only=True)
class Figures:
    """Sums over the problems seen so far; `add` one after another.

    Attributes:
        ranker: Whose n@k is drawn.
        ks: Where the curves have points.
        resamples: See `benchmarks.resampling`.
        scored: Whether hidden tests were run.
    """

    ranker: str
    ks: tuple[int, ...]
    resamples: int
    scored: bool
    funnel: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)
    tokens: int = 0
    problems: int = 0
    judged: bool = False
    rates: dict[str, dict[int, list[float]]] = field(default_factory=dict)
    """Curve -> k -> one value a problem."""
    selected: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    """Ranker -> "n@k" for the greatest k -> one value a problem."""

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
            if result.submitted is not None and self.ks:
                found = result.draws.n_at_k(tuple(RANKERS), self.ks[-1:], resamples=self.resamples)
                for ranker, points in found.items():
                    for (n, k), value in points.items():
                        self.selected.setdefault(ranker, {}).setdefault(f"{n}@{k}", []).append(value)

    def _values(self, result: ProblemResult) -> Iterator[tuple[str, int, float]]:
        passed = sum(result.raw)
        ks = [k for k in self.ks if k <= result.drawn]
        for k in ks:
            yield "pass@k", k, pass_at_k(result.drawn, passed, k)
        if result.submitted is not None:
            found = result.draws.n_at_k((self.ranker,), ks, resamples=self.resamples)
            for (n, k), value in found.get(self.ranker, {}).items():
                yield f"{n}@k", k, value

    def curves(self) -> dict[str, dict[int, Estimate]]:
        """Points that every problem has, with their intervals."""
        return {
            curve: {k: estimate(values) for k, values in by_k.items() if len(values) == self.problems}
            for curve, by_k in self.rates.items()
        }

    def selectors(self) -> dict[str, dict[str, Estimate]]:
        """n@k of all samples by ranker, for those that every problem could feed."""
        return {
            ranker: {name: estimate(values) for name, values in by_name.items()}
            for ranker, by_name in self.selected.items()
            if all(len(values) == self.problems for values in by_name.values())
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
