"""Figures of parts of a run: problems of one difficulty, samples in one language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from benchmarks.metrics import pass_at_k, shown_ks

if TYPE_CHECKING:
    from benchmarks.results import ProblemResult


def by_difficulty(results: Sequence[ProblemResult]) -> dict[str, dict[str, float]]:
    """Label -> figures; empty where problems have no labels."""
    found: dict[str, dict[str, float]] = {}
    for label in ("easy", "medium", "hard"):
        group = [result for result in results if result.problem.difficulty == label]
        if not group:
            continue
        count = len(group)
        figures = {
            "problems": float(count),
            "pass_at_1": sum(pass_at_k(r.drawn, sum(r.raw), 1) for r in group) / count,
            "pass_at_1_salvaged": sum(pass_at_k(r.drawn, sum(r.used), 1) for r in group) / count,
            "solved_by_any": sum(any(r.used) for r in group) / count,
        }
        if all(r.submitted is not None for r in group):
            figures["solved_by_first"] = sum(any((r.submitted or ())[:1]) for r in group) / count
            figures["solved_by_submissions"] = sum(any(r.submitted or ()) for r in group) / count
        found[label] = figures
    return found


def by_language(results: Sequence[ProblemResult], selectors: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Language -> figures of the samples in it, as if no others had been drawn; empty where there is one language.

    `n_at_k` is of all the samples that a problem has in the language: "1@all" and "10@all".
    """
    languages = sorted({language for result in results for language in result.languages})
    return {each: _of_language(results, each, selectors) for each in languages} if len(languages) > 1 else {}


def _of_language(results: Sequence[ProblemResult], language: str, selectors: Sequence[str]) -> dict[str, Any]:
    from benchmarks.results import SUBMISSIONS

    places = {
        result.problem.id: chosen
        for result in results
        if (chosen := [place for place, each in enumerate(result.languages) if each == language])
    }
    group = [result for result in results if result.problem.id in places]
    samples = min(map(len, places.values()))
    passed = {r.problem.id: sum(r.raw[place] for place in places[r.problem.id]) for r in group}
    ranked = [result for result in group if result.pool is not None]
    return {
        "problems": len(group),
        "samples": samples,
        "pass_at_k": {
            str(k): sum(pass_at_k(len(places[name]), count, k) for name, count in passed.items()) / len(group)
            for k in shown_ks(samples)
        },
        "n_at_k": {
            selector: {f"{n}@all": _solved(ranked, places, selector, n) for n in SUBMISSIONS}
            for selector in selectors
            if ranked
        },
    }


def _solved(results: Sequence[ProblemResult], places: dict[str, list[int]], selector: str, n: int) -> float:
    """Share of problems that one of n submissions chosen from the given samples solves."""
    from benchmarks.results import handed_in

    solved = 0
    for result in results:
        chosen = handed_in(result, selector, places[result.problem.id], limit=n)
        solved += any(result.used[index] for index in chosen)
    return solved / len(results)
