"""Gathered transactions: each whole or not at all, together on disk, never later than asked."""

from __future__ import annotations

from pathlib import Path

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
