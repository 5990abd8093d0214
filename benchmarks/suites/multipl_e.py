"""HumanEval-X and MultiPL-E: candidates are compiled into their tests, so their scores are `self_judged`."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.suites import Entry
from problems.formats.multipl_e import read_rows
from problems.formats.rows import OnBad, refuse
from problems.hidden import HiddenTests, WholeProgram


def load(data: str | None = None, on_bad: OnBad = refuse) -> Iterator[Entry]:
    """The rows of one language. Python's `check(candidate)` is not compiled in, but read as HumanEval's is."""
    for row in read_rows(data, on_bad=on_bad):
        problem_id = row.problem.id
        if row.language == "python" and "def check(" in row.tests:
            hidden = HiddenTests(problem_id=problem_id, code=row.tests)
        else:
            whole = WholeProgram(language=row.language, tests=f"\n{row.tests}")
            hidden = HiddenTests(problem_id=problem_id, whole_program=whole)
        yield Entry(problem=row.problem, hidden=hidden, reference=row.reference)
