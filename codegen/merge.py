"""Run files of parts of the problems -> one run file, the same as if one process had done it all."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from codegen.config import changes
from codegen.errors import UsageError
from codegen.runs import RunFile

_PAGE = 1000
_ELSEWHERE = frozenset({"meta", "problems", "seconds"})
"""Tables that are not simply put together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    problems: int
    samples: int


def merge_runs(out: Path, parts: Sequence[Path]) -> Merged:
    """Make `out` from `parts`, which stay as they are. A merge that fails, or is killed, leaves no `out`.

    Problems come in the order of the suite that the parts are from.

    Raises:
        UsageError: `out` is there; the parts differ in settings, model or prompts; a problem has other content in
            another part, or samples in two.
        RunFileError.
    """
    if out.exists():
        raise UsageError(f"{out} is there already; a merge makes a new file")
    made = out.with_name(f".{out.name}.{os.getpid()}")
    opened: list[RunFile] = []
    try:
        opened.extend(RunFile.open_existing(part) for part in parts)
        _check_settings(opened)
        _check_problems(opened)
        with RunFile.with_identity(made, opened[0].identity) as run:
            with run.transaction() as connection:
                for part in opened:
                    _copy(part, connection)
            found = Merged(problems=len(run.problems()), samples=int(run.rows("SELECT count(*) FROM samples")[0][0]))
        made.rename(out)
    finally:
        for part in opened:
            part.close()
        for left in (made, made.with_name(f"{made.name}-wal"), made.with_name(f"{made.name}-shm")):
            left.unlink(missing_ok=True)
    return found


def _check_settings(parts: Sequence[RunFile]) -> None:
    first = parts[0]
    for part in parts[1:]:
        if differing := changes(first.identity, part.identity):
            raise UsageError(
                f"{part.path} cannot be merged with {first.path}, its settings are others: {'; '.join(differing)}"
            )


def _check_problems(parts: Sequence[RunFile]) -> None:
    known: dict[str, tuple[str, str]] = {}
    drawn: dict[str, str] = {}
    for part in parts:
        for problem_id, text in part.rows("SELECT id, json FROM problems"):
            path, before = known.setdefault(problem_id, (part.path, text))
            if text != before:
                raise UsageError(f"problem {problem_id} is another one in {part.path} than in {path}")
        part.problems()  # damage is told by the part's name
        for (problem_id,) in part.rows("SELECT DISTINCT problem_id FROM samples"):
            if problem_id in drawn:
                raise UsageError(
                    f"problem {problem_id} has samples in {drawn[problem_id]} and in {part.path}; "
                    "each problem may be in one part only"
                )
            drawn[problem_id] = part.path


def _copy(part: RunFile, connection: sqlite3.Connection) -> None:
    """Every table of the part, those included that only a newer command makes."""
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for name, statement in part.rows("SELECT name, sql FROM sqlite_master WHERE type = 'table'"):
        if name not in there:
            connection.execute(statement)
        if name not in _ELSEWHERE:
            _put(part, connection, name, "INSERT OR IGNORE INTO")
    _put(part, connection, "problems", "INSERT OR IGNORE INTO")
    sums = "INSERT INTO seconds VALUES (?,?,?) ON CONFLICT DO UPDATE SET value = value + excluded.value"
    connection.executemany(sums, part.rows("SELECT problem_id, stage, value FROM seconds"))


def _put(part: RunFile, connection: sqlite3.Connection, table: str, how: str) -> None:
    for page in _pages(part, table):
        places = ",".join("?" * len(page[0]))
        connection.executemany(f'{how} "{table}" VALUES ({places})', page)


def _pages(part: RunFile, table: str) -> Iterator[list[tuple[object, ...]]]:
    """The rows of a table, few in memory at a time; nobody writes to the part meanwhile."""
    cursor = part.cursor(f'SELECT * FROM "{table}"')  # noqa: S608 (a name from the schema)
    while page := cursor.fetchmany(_PAGE):
        yield page
