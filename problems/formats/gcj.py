"""Code Jam and Kick Start problems as rows: statement, samples, secret tests, a tolerance for numbers.

The archive's own folders are Kattis packages and are read as such.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from problems.fields import Record
from problems.formats.kattis import checker_of, flags_of
from problems.formats.places import data_file
from problems.formats.rows import OnBad, identity, read, refuse
from problems.problem import CheckerSpec, Problem, Stdio, TestCase

FILES = ("gcj.jsonl*", "*.jsonl*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One problem with its secret tests."""

    problem: Problem
    tests: tuple[TestCase, ...]


def read_rows(path: str | Path | None = None, *, on_bad: OnBad = refuse) -> Iterator[Row]:
    """Rows of a file. Raises as `rows.read`."""
    return read(data_file(path, FILES, what="Code Jam"), _row, id_field="id", on_bad=on_bad)


def read_problems(path: str | Path | None = None) -> Iterator[Problem]:
    """The problems of a file. Raises as `read_rows`."""
    return (row.problem for row in read_rows(path))


def _row(record: Record) -> Row:
    cases: dict[str, list[TestCase]] = {"sample": [], "secret": []}
    for each in record.records("tests"):
        kind = each.text("kind")
        if kind not in cases:
            raise each.error(f"'{kind}' is not known; it is 'sample' or 'secret'", "kind")
        cases[kind].append(TestCase(input=each.text("input"), output=each.text("output"), name=each.text("name", kind)))
    if not cases["secret"]:
        raise record.error("no secret tests", "tests")
    return Row(
        problem=Problem(
            id=identity(record, "id"),
            statement=record.filled("statement_text" if "statement_text" in record else "statement"),
            interface=Stdio(),
            public_tests=tuple(cases["sample"]),
            checker=_checker(record),
            source=record.document.path,
        ),
        tests=tuple(cases["secret"]),
    )


def _checker(record: Record) -> CheckerSpec:
    try:
        return checker_of(flags_of(record.text("validator_flags", "")))
    except ValueError as error:
        raise record.error(f"a tolerance that is no number: {error}", "validator_flags") from error
