"""Paths -> Kattis packages to check: a package, a folder of packages at any depth, or packages as rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from problems.errors import ProblemError, ProblemFormatError
from problems.formats.kattis import SETTINGS, is_package
from problems.formats.kattis_package import Package, read_package, read_rows, read_submissions
from problems.formats.rows import first_fields

_ROWS = ("*.jsonl", "*.jsonl.gz")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A package that is not judged, and why."""

    id: str
    reason: str


def read_packages(path: Path, submissions: Path | None = None) -> Iterator[Package | Refused]:
    """What there is to check at a path, in order of names. Packages that cannot be read or judged are told as such.

    Args:
        submissions: A folder with a folder for each expectation, or one with such a folder for each package, to be
            judged instead of the packages' own.

    Raises:
        ProblemError: There is no package.
    """
    if path.is_file():
        yield from _rows(path)
        return
    if is_package(path):
        yield _package(path, submissions)
        return
    found = 0
    for file in _files_below(path):
        found += 1
        if file.name == SETTINGS:
            own = submissions / file.parent.name if submissions else None
            yield _package(file.parent, own if own and own.is_dir() else submissions)
        else:
            yield from _rows(file)
    if not found:
        raise ProblemError(f"{path}: no {SETTINGS} in this folder or below it, nor packages as rows (.jsonl)")


def _files_below(folder: Path) -> list[Path]:
    """What makes a package, without what lies inside of one."""
    settings = sorted(folder.glob(f"**/{SETTINGS}"))
    packages = {file.parent for file in settings}
    outer = [file for file in settings if not packages.intersection(file.parent.parents)]
    rows = sorted(file for pattern in _ROWS for file in folder.glob(f"**/{pattern}"))
    return [*outer, *(file for file in rows if not packages.intersection(file.parents) and _holds_packages(file))]


def _holds_packages(file: Path) -> bool:
    try:
        return {"tests", "submissions"} <= first_fields(file)
    except ProblemError:
        return False


def _package(folder: Path, submissions: Path | None) -> Package | Refused:
    try:
        package = read_package(folder)
        return replace(package, submissions=tuple(read_submissions(submissions))) if submissions else package
    except (ProblemError, OSError) as error:
        return Refused(id=folder.resolve().name, reason=str(error))


def _rows(path: Path) -> Iterator[Package | Refused]:
    bad: list[ProblemFormatError] = []
    for package in read_rows(path, on_bad=bad.append):
        yield from (Refused(id=str(path), reason=str(error)) for error in bad)
        bad.clear()
        yield package
    yield from (Refused(id=str(path), reason=str(error)) for error in bad)
