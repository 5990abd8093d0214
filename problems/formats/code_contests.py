"""CodeContests (Li et al. 2022): rows with the published fields (JSON lines, parquet), and rows with one list `tests`.

Published: `name`, `description`, `public_tests`, `private_tests` and `generated_tests`, each `{"input": [...],
"output": [...]}`; limits, rating and tags; `solutions` with a number for the language. Public tests are the samples;
private and generated ones are hidden.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from problems.fields import Record
from problems.formats.places import data_file
from problems.formats.rows import OnBad, identity, read, refuse
from problems.problem import Problem, Stdio, TestCase

FILES = ("verified.jsonl*", "*test*.parquet", "test.jsonl*", "*.jsonl*", "*valid*.parquet", "*.parquet")
_HUB = ("deepmind/code_contests", "data/test-00000-of-00001-9c49eeff30aacaa8.parquet")
_PYTHON3 = 3
"""`solutions.language` of the published rows: 1 Python 2, 2 C++, 3 Python 3, 4 Java."""
_GROUPS = {"public_tests": "sample", "private_tests": "private", "generated_tests": "generated"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One problem with its hidden tests and the first accepted Python 3 program, if there is one."""

    problem: Problem
    tests: tuple[TestCase, ...]
    reference: str


def read_rows(path: str | Path | None = None, *, on_bad: OnBad = refuse) -> Iterator[Row]:
    """Rows of a file. Raises as `rows.read`."""
    file = data_file(path, FILES, hub=_HUB, what="CodeContests")
    return read(file, _row, id_field="id", on_bad=on_bad)


def read_problems(path: str | Path | None = None) -> Iterator[Problem]:
    """The problems of CodeContests. Raises as `read_rows`."""
    return (row.problem for row in read_rows(path))


def _row(record: Record) -> Row:
    name = identity(record, "id" if "id" in record else "name")
    record.data.setdefault("id", name)
    cases = _cases_of_kinds(record) if "tests" in record else _cases_of_groups(record)
    public = tuple(case for case in cases if case.name.startswith("sample"))
    hidden = tuple(case for case in cases if not case.name.startswith("sample"))
    if not cases:
        raise record.error("no tests", "tests" if "tests" in record else "private_tests")
    description = record.filled("description")
    title = record.text("title", "")
    rating = record.value("cf_rating", None)
    memory = record.value("memory_limit_bytes", None)
    return Row(
        problem=Problem(
            id=name,
            statement=f"# {title}\n\n{description}" if title else description,
            interface=Stdio(),
            public_tests=public,
            time_limit_s=_seconds(record),
            memory_limit_bytes=memory if isinstance(memory, int) and memory > 0 else None,
            tags=tuple(tag for tag in record.texts("tags" if "tags" in record else "cf_tags", []) if tag),
            rating=rating if isinstance(rating, int) and 800 <= rating <= 3500 else None,
            source=record.document.path,
        ),
        tests=hidden or public,
        reference=_reference(record),
    )


def _cases_of_kinds(record: Record) -> list[TestCase]:
    found = []
    for number, each in enumerate(record.records("tests"), start=1):
        kind = each.text("kind")
        if kind not in ("example", "hidden"):
            raise each.error(f"'{kind}' is not known; it is 'example' or 'hidden'", "kind")
        name = f"sample {number}" if kind == "example" else f"test {number}"
        found.append(TestCase(input=each.text("input"), output=each.text("output"), name=name))
    return found


def _cases_of_groups(record: Record) -> list[TestCase]:
    found = []
    for field, title in _GROUPS.items():
        group = record.record(field) if field != "generated_tests" or field in record else None
        if group is None:
            continue
        inputs, outputs = group.texts("input"), group.texts("output")
        if len(inputs) != len(outputs):
            raise record.error(f"{len(inputs)} inputs and {len(outputs)} outputs", field)
        found += [
            TestCase(input=given, output=wanted, name=f"{title} {number}")
            for number, (given, wanted) in enumerate(zip(inputs, outputs, strict=True), start=1)
        ]
    return found


def _seconds(record: Record) -> float | None:
    """A protobuf duration `{"seconds", "nanos"}`, or null."""
    if record.value("time_limit", None) is None:
        return None
    limit = record.record("time_limit")
    seconds = float(limit.value("seconds", 0) or 0) + float(limit.value("nanos", 0) or 0) / 1e9
    return seconds if seconds > 0 else None


def _reference(record: Record) -> str:
    if "accepted" in record:
        return next(
            (each.text("code") for each in record.records("accepted") if each.text("language") == "python3"), ""
        )
    if "solutions" not in record:
        return ""
    solutions = record.record("solutions")
    pairs = zip(solutions.items("language", []), solutions.items("solution", []), strict=False)
    return next((code for language, code in pairs if language in (_PYTHON3, "PYTHON3") and isinstance(code, str)), "")
