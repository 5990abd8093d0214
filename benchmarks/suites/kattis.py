"""Kattis and ICPC packages: data/secret is hidden, data/sample public; right is what the default validator takes.

Packages with a validator of their own, or whose programs talk with one, are judged by `codesieve check` and are left
out here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.suites import Entry
from problems.errors import ProblemError, ProblemFormatError
from problems.formats.kattis import is_package, read_cases, read_problem, read_settings
from problems.formats.rows import OnBad, refuse
from problems.hidden import HiddenTests
from problems.problem import TestCase


def load(data: str | None = None, on_bad: OnBad = refuse) -> Iterator[Entry]:
    """A package, or a folder of packages at any depth. Raises ProblemError where there is none."""
    if data is None:
        raise ProblemError("Kattis packages are not on this machine; give --data FOLDER of one or more of them")
    folder = Path(data)
    packages = [folder] if is_package(folder) else sorted(file.parent for file in folder.glob("**/problem.yaml"))
    if not packages:
        raise ProblemError(f"{folder}: no problem.yaml in this folder or below it")
    for package in packages:
        try:
            yield _entry(package)
        except ProblemFormatError as error:
            on_bad(error)
        except ProblemError as error:
            on_bad(ProblemFormatError(str(error), path=str(package)))


def _entry(package: Path) -> Entry:
    if read_settings(package).custom:
        raise ProblemFormatError("it has a validator of its own; use `codesieve check`", path=str(package))
    problem = read_problem(package)
    secret = tuple(
        TestCase(input=given.decode("utf-8", "replace"), output=answer.decode("utf-8", "replace"), name=name)
        for name, given, answer in read_cases(package, "secret")
    )
    if not secret:
        raise ProblemFormatError("no tests in data/secret", path=str(package))
    accepted = sorted((package / "submissions" / "accepted").glob("*.py"))
    return Entry(
        problem=problem,
        hidden=HiddenTests(problem_id=problem.id, cases=secret),
        reference=accepted[0].read_text(encoding="utf-8", errors="replace") if accepted else "",
    )
