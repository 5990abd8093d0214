"""MBPP: the asserts of each row are hidden; the first one is public, too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from benchmarks.suites import Entry
from problems.formats.mbpp import Row, read_rows, read_sanitized
from problems.formats.rows import OnBad, refuse
from problems.hidden import HiddenTests, WholeProgram


def load_full(data: str | None = None, on_bad: OnBad = refuse) -> Iterator[Entry]:
    """The 974 rows of the full set."""
    return _entries(read_rows(data, on_bad=on_bad))


def load_sanitized(data: str | None = None, on_bad: OnBad = refuse) -> Iterator[Entry]:
    """The 427 rows of the sanitized set."""
    return _entries(read_sanitized(data, on_bad=on_bad))


def _entries(rows: Iterable[Row]) -> Iterator[Entry]:
    for row in rows:
        whole = WholeProgram(language="python", tests=f"\n{row.tests}")
        hidden = HiddenTests(problem_id=row.task_id, whole_program=whole)
        yield Entry(
            problem=row.problem,
            hidden=hidden if row.needs_program else HiddenTests(problem_id=row.task_id, code=row.tests),
            reference=row.code.replace("\r\n", "\n") + "\n",
        )
