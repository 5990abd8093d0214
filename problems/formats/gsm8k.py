"""GSM8K (Cobbe et al. 2021): questions in words whose answer is a number, behind `####` at the end of `answer`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from problems.fields import Record
from problems.formats.places import data_file
from problems.formats.rows import OnBad, read, refuse
from problems.problem import Problem, TestCase, question

FILES = ("test.jsonl*", "*test*.parquet", "*.jsonl*", "*.parquet")
_HUB = ("openai/gsm8k", "main/test-00000-of-00001.parquet")
_MARK = "####"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One question with its answer."""

    problem: Problem
    tests: tuple[TestCase, ...]


def read_rows(path: str | Path | None = None, *, on_bad: OnBad = refuse) -> Iterator[Row]:
    """Rows of a file, numbered from 0. Raises as `rows.read`."""
    file = data_file(path, FILES, hub=_HUB, what="GSM8K")
    return read(file, _row, id_field="question", on_bad=on_bad)


def read_problems(path: str | Path | None = None) -> Iterator[Problem]:
    """The questions of a file. Raises as `read_rows`."""
    return (row.problem for row in read_rows(path))


def _row(record: Record) -> Row:
    _, mark, answer = record.filled("answer").rpartition(_MARK)
    if not mark or not answer.strip():
        raise record.error(f"no number behind '{_MARK}'", "answer")
    number = record.place[0] if record.place else record.document.first_line - 1
    problem = question(record.filled("question"), problem_id=f"gsm8k/{number}", source=record.document.path)
    return Row(problem=problem, tests=(TestCase(input="", output=answer.strip(), name="the answer"),))
