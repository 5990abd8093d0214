"""A Kattis package as its judge sees it: secret tests, submissions, validators. Never read for a contestant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from problems.checkers import Decision, check
from problems.errors import ProblemError, ProblemFormatError
from problems.fields import Record
from problems.formats.kattis import (
    VALIDATOR_FOLDERS,
    Settings,
    checked_flags,
    checker_of,
    read_cases,
    read_settings,
    settings_of,
)
from problems.formats.rows import OnBad, identity, read, refuse

EXPECTED = {
    "accepted": ("AC",),
    "wrong_answer": ("WA",),
    "time_limit_exceeded": ("TLE",),
    "run_time_error": ("RTE",),
    "rejected": ("WA", "TLE", "RTE"),
    "brute_force": ("TLE", "RTE"),
}
"""Folder of a submission -> the verdicts that it may get."""

_GROUP_FILES = ("testdata.yaml", "test_group.yaml")
_GAP = re.compile(rb"\s+")
_SKIPPED = ("__pycache__", ".")


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageTest:
    """One test. `flags`: the validator's."""

    name: str
    input: bytes
    answer: bytes
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A program as it lies in a package: (file name, text) of each of its files."""

    path: str
    files: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A program whose verdict is known.

    Attributes:
        expected: Verdicts that it may get.
        language: Named by the package; None: follows from the file's ending.
        exception: Why its verdict is known to be another one here; "" when it is not.
    """

    source: Source
    expected: tuple[str, ...]
    language: str | None = None
    exception: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """Everything that a judge needs."""

    id: str
    settings: Settings
    tests: tuple[PackageTest, ...]
    submissions: tuple[Submission, ...]
    validators: tuple[Source, ...] = ()


def read_package(folder: Path) -> Package:
    """Raises ProblemError: it cannot be read, has no tests, or is of a kind that is not judged (scoring)."""
    settings = read_settings(folder)
    tests = tuple(
        PackageTest(name=name, input=given, answer=answer, flags=_flags(folder, name, settings))
        for kind in ("sample", "secret")
        for name, given, answer in read_cases(folder, kind)
    )
    if not tests:
        raise ProblemError(f"{folder}: no tests below data/sample and data/secret")
    validators = tuple(_validators(folder, settings)) if settings.custom else ()
    if (settings.custom or settings.interactive) and not validators:
        raise ProblemError(f"{folder}: it asks for an output validator of its own and has none")
    return Package(
        id=folder.resolve().name,
        settings=settings,
        tests=tests,
        submissions=tuple(read_submissions(folder / "submissions", "submissions/")),
        validators=validators,
    )


def read_submissions(folder: Path, prefix: str = "") -> Iterator[Submission]:
    """The submissions in a folder that holds one folder for each expectation (`EXPECTED`). Others are left out."""
    for expectation, verdicts in EXPECTED.items():
        place = folder / expectation
        for entry in _entries(place) if place.is_dir() else ():
            source = Source(path=f"{prefix}{expectation}/{entry.name}", files=_files(entry))
            if source.files:
                yield Submission(source=source, expected=verdicts)


def read_rows(path: Path, *, on_bad: OnBad = refuse) -> Iterator[Package]:
    """Packages as rows: {"id", "limits", "validator_flags", "tests": [{"name", "input", "output"}], "submissions":
    [{"path", "language", "expected", "code"}]}. Raises as `rows.read`."""
    return read(path, _row, id_field="id", on_bad=on_bad)


def _row(record: Record) -> Package:
    name, path = identity(record, "id"), record.document.path
    try:
        settings = settings_of(record.data, name=name, path=f"{path}:{record.document.first_line}")
    except ProblemFormatError:
        raise
    except ProblemError as error:
        raise record.error(str(error)) from error
    if settings.custom or settings.interactive:
        raise record.error("a row has no validator of its own; give the package's folder", "validation")
    tests = tuple(
        PackageTest(
            name=each.text("name"),
            input=each.text("input").encode("utf-8", "surrogatepass"),
            answer=each.text("output").encode("utf-8", "surrogatepass"),
            flags=settings.flags,
        )
        for each in record.records("tests")
    )
    if not tests:
        raise record.error("no tests", "tests")
    submissions = tuple(_submission(each) for each in record.records("submissions"))
    return Package(id=name, settings=settings, tests=tests, submissions=submissions)


def _submission(row: Record) -> Submission:
    path, expected = row.filled("path"), row.text("expected")
    if expected not in EXPECTED:
        raise row.error(f"'{expected}' is not known; known are {', '.join(EXPECTED)}", "expected")
    return Submission(
        source=Source(path=path, files=((PurePath(path).name, row.text("code")),)),
        expected=EXPECTED[expected],
        language=row.text("language") if row.value("language", None) is not None else None,
        exception=_exception(row.data),
    )


def _exception(row: dict[str, Any]) -> str:
    """Of a row that says itself that its program was seen to get another verdict than the package wants."""
    if row.get("agrees") is not False:
        return ""
    detail = row.get("measured_detail") or "no reason given"
    return f"the data say so themselves: {row.get('measured')} when it was tried, {detail}"


def decide(test: PackageTest, output: bytes) -> Decision:
    """What the default validator says: tokens, in upper or lower case and with any white space between them unless the
    flags say otherwise; numbers within their tolerances."""
    spec = checker_of(test.flags)
    answer = test.answer
    if "space_change_sensitive" in test.flags:
        if _GAP.findall(answer.rstrip()) != _GAP.findall(output.rstrip()):
            return Decision(ok=False, reason="white space differs")
        spec = checker_of(tuple(flag for flag in test.flags if flag != "space_change_sensitive"))
    if spec.name == "floats" and "case_sensitive" not in test.flags:
        answer, output = answer.lower(), output.lower()
    try:
        expected = answer.decode()
    except UnicodeDecodeError:
        expected, output = answer.decode("latin-1"), output.decode("latin-1").encode()
    return check(spec, expected, output)


def _flags(folder: Path, name: str, settings: Settings) -> tuple[str, ...]:
    """The validator's flags for a test: those of the innermost group that gives any, else the package's."""
    import yaml

    place = folder / "data" / PurePath(name).parent
    while place != folder:
        for file in _GROUP_FILES:
            if (place / file).is_file():
                try:
                    found = yaml.safe_load((place / file).read_text(encoding="utf-8")) or {}
                except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
                    raise ProblemError(f"{place / file}: cannot be read: {error}") from error
                for field in ("output_validator_flags", "output_validator_args"):
                    if isinstance(found, dict) and found.get(field) is not None:
                        return checked_flags(found[field], path=str(place / file), field=field)
        place = place.parent
    return settings.flags


def _validators(folder: Path, settings: Settings) -> Iterator[Source]:
    """A program is a file or a folder; in the newer format the folder of the validator may be the program itself."""
    for place in VALIDATOR_FOLDERS:
        entries = _entries(folder / place) if (folder / place).is_dir() else []
        if settings.newer and any(entry.is_file() for entry in entries):
            yield Source(path=place, files=_files(folder / place))
            continue
        for entry in entries:
            yield Source(path=f"{place}/{entry.name}", files=_files(entry))


def _entries(folder: Path) -> list[Path]:
    return [entry for entry in sorted(folder.iterdir()) if not entry.name.startswith(_SKIPPED)]


def _files(entry: Path) -> tuple[tuple[str, str], ...]:
    if entry.is_file():
        return ((entry.name, _read(entry)),)
    paths = [path for path in sorted(entry.rglob("*")) if path.is_file()]
    return tuple((path.relative_to(entry).as_posix(), _read(path)) for path in paths)


def _read(path: Path) -> str:
    """Text of a program. Bytes that are no UTF-8 stand in comments and strings: Latin-1 keeps them apart."""
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        return data.decode("latin-1").replace("\r\n", "\n")
