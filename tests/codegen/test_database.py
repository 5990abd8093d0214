"""Transactions: each whole or not at all, gathered ones together on disk, interrupted ones no fault of the file."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from codegen.config import Settings
from codegen.errors import RunFileError
from codegen.runs import RunFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.sqlite"


def _open(path: Path) -> RunFile:
    return RunFile.create_or_resume(path, model={"name": "scripted"}, settings=Settings())


def _seconds(path: Path) -> dict[str, float]:
    with RunFile.open_existing(path) as run:
        return run.seconds("p")


def _fail_half_way(run: RunFile) -> None:
    with run.transaction() as connection:
        connection.execute("DELETE FROM seconds")
        connection.execute("DELETE FROM absent")


def test_a_single_write_is_there_at_once(path: Path) -> None:
    with _open(path) as run:
        run.add_seconds("p", "a", 1.0)
        assert _seconds(path) == {"a": 1.0}


def test_gathered_writes_come_together(path: Path) -> None:
    with _open(path) as run:
        with run.gathered(60.0):
            run.add_seconds("p", "a", 1.0)
            run.add_seconds("p", "b", 2.0)
            assert run.seconds("p") == {"a": 1.0, "b": 2.0}
            assert _seconds(path) == {}
            run.commit()
            assert _seconds(path) == {"a": 1.0, "b": 2.0}
            run.add_seconds("p", "a", 1.0)
        assert _seconds(path) == {"a": 2.0, "b": 2.0}


def test_no_longer_than_asked(path: Path) -> None:
    with _open(path) as run, run.gathered(0.0):
        run.add_seconds("p", "a", 1.0)
        assert _seconds(path) == {"a": 1.0}


def test_what_fails_is_undone_alone(path: Path) -> None:
    with _open(path) as run, run.gathered(60.0):
        run.add_seconds("p", "a", 1.0)
        with pytest.raises(RunFileError, match="no such table"):
            _fail_half_way(run)
        assert run.seconds("p") == {"a": 1.0}
    assert _seconds(path) == {"a": 1.0}


class _Interrupting:
    """A connection with Ctrl-C pressed right after one statement."""

    def __init__(self, connection: sqlite3.Connection, statement: str) -> None:
        self._connection = connection
        self._statement = statement

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, statement: str, *parameters: Any) -> sqlite3.Cursor:
        cursor = self._connection.execute(statement, *parameters)
        if statement == self._statement:
            raise KeyboardInterrupt
        return cursor


@pytest.mark.parametrize("statement", ["BEGIN IMMEDIATE", "SAVEPOINT step", "RELEASE step", "COMMIT"])
def test_an_interrupt_between_statements_stays_one(path: Path, statement: str) -> None:
    with _open(path) as run:
        run.add_seconds("p", "a", 1.0)
        connection = run._connection
        run._connection = _Interrupting(connection, statement)  # type: ignore[assignment]
        with pytest.raises(KeyboardInterrupt):
            run.add_seconds("p", "b", 2.0)
        run._connection = connection
    assert _seconds(path) in ({"a": 1.0}, {"a": 1.0, "b": 2.0})
