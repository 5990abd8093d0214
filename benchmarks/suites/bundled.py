"""The problems that come with the package: folders with problem.json, hidden.json and solutions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.suites import Entry
from problems.codec import read_solutions
from problems.formats.rows import OnBad, refuse
from problems.hidden import read_hidden
from problems.library import DATA, bundled, read_path


def load(data: str | None = None, on_bad: OnBad = refuse) -> Iterator[Entry]:  # noqa: ARG001
    """The bundled problems, or those of another folder of the same kind. A folder that is broken stops the suite."""
    problems = bundled() if data is None else read_path(Path(data))
    for problem in problems:
        folder = DATA / problem.id if data is None else Path(problem.source)
        right = [each for each in read_solutions(folder) if each.correct and each.language == "python"]
        yield Entry(
            problem=problem,
            hidden=read_hidden(folder, problem),
            reference=right[0].source if right else "",
        )
