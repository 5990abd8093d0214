"""Figures of parts of a run: problems of one difficulty, samples in one language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from benchmarks.metrics import pass_at_k, shown_ks
from benchmarks.resampling import SUBMISSIONS

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


class ByLanguage:
    """Figures of the samples in each language, as if no others had been drawn; `add` problem by problem."""

    def __init__(self) -> None:
        self._counts: dict[str, list[tuple[int, int]]] = {}
        self._first: dict[str, dict[str, list[int]]] = {}

    def add(self, result: ProblemResult, selectors: Sequence[str]) -> None:
        """Take a problem in; `selectors` are those that its pool can feed, none where nothing was ranked."""
        places: dict[str, list[int]] = {}
        for place, language in enumerate(result.languages):
            places.setdefault(language, []).append(place)
        draws = result.draws
        for language, chosen in places.items():
            self._counts.setdefault(language, []).append((len(chosen), sum(result.raw[place] for place in chosen)))
            for selector in selectors:
                first = self._first.setdefault(language, {}).setdefault(selector, [])
                first.append(draws.first_right(selector, chosen))

    def figures(self, selectors: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Language -> figures; empty where there is one language.

        `n_at_k` is of all the samples that a problem has in the language: "1@all" and "10@all".
        """
        if len(self._counts) < 2:
            return {}
        return {language: self._of_language(language, selectors) for language in sorted(self._counts)}

    def _of_language(self, language: str, selectors: Sequence[str]) -> dict[str, Any]:
        counts = self._counts[language]
        samples = min(drawn for drawn, _ in counts)
        first = self._first.get(language, {})
        return {
            "problems": len(counts),
            "samples": samples,
            "pass_at_k": {
                str(k): sum(pass_at_k(drawn, passed, k) for drawn, passed in counts) / len(counts)
                for k in shown_ks(samples)
            },
            "n_at_k": {
                selector: {f"{n}@all": _share(first[selector], n) for n in SUBMISSIONS}
                for selector in selectors
                if selector in first
            },
        }


def _share(first: Sequence[int], n: int) -> float:
    """Of the problems whose first right submission is among the first n."""
    return sum(0 < place <= n for place in first) / len(first)
