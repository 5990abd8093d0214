"""Whose a left-over is, and whether that one is dead."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from sandbox.owner import Owner, sweep_folders


def _dead_process() -> Owner:
    text = subprocess.run(
        [sys.executable, "-c", "from sandbox.owner import Owner; print(Owner.this_process())"],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    ).stdout
    return Owner.parse(text.strip())


def test_label_is_read_back() -> None:
    owner = Owner.this_process()
    assert Owner.parse(str(owner)) == owner


def test_living_and_dead() -> None:
    assert not Owner.this_process().is_dead()
    assert _dead_process().is_dead()
    assert _dead_process().is_dead(running=True)


def test_same_pid_but_another_process() -> None:
    assert dataclasses.replace(Owner.this_process(), started="1").is_dead()


def test_who_cannot_be_seen_is_not_called_dead() -> None:
    elsewhere = dataclasses.replace(_dead_process(), namespace="1")
    assert not elsewhere.is_dead()


def test_after_a_reboot_what_runs_is_not_ours() -> None:
    before = dataclasses.replace(_dead_process(), boot="another")
    assert before.is_dead(running=False)
    assert not before.is_dead(running=True)


def test_a_strange_label_is_nobodys() -> None:
    assert not Owner.parse("what").is_dead(running=True)


def test_folders_of_the_dead_are_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    mine, left = Owner.this_process().make_folder(), _dead_process().make_folder()
    (left / "0").mkdir()
    (tmp_path / "codesieve-box-link").symlink_to(mine)
    assert mine.stat().st_mode & 0o777 == 0o700
    assert sweep_folders() == 1
    assert mine.is_dir()
    assert not left.exists()
