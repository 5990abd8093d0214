"""Everything a user can get wrong: a message that names the thing, the exit code of its kind, nothing lost."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.conftest import ANSWERS, STUB, Command

Recorded = Callable[[str, int], Path]
ANY = ("--samples", "2", "--sandbox", "unsafe")


def _message(done: object) -> str:
    stderr: str = done.stderr  # type: ignore[attr-defined]
    assert "Traceback" not in stderr, stderr
    return stderr


def test_missing_file(codesieve: Command) -> None:
    done = codesieve("solve", "nowhere/statement.md", *ANY)
    assert done.returncode == 2
    assert "nowhere/statement.md" in _message(done)


@pytest.mark.parametrize("content", ["", "   \n\n"])
def test_empty_statement(codesieve: Command, tmp_path: Path, content: str) -> None:
    path = tmp_path / "empty.md"
    path.write_text(content)
    done = codesieve("solve", path, *ANY)
    assert done.returncode == 2
    assert "empty" in _message(done)


def test_bad_utf8(codesieve: Command, tmp_path: Path) -> None:
    path = tmp_path / "latin.md"
    path.write_bytes(b"# Caf\xe9\n\nprint one\n")
    done = codesieve("solve", path, *ANY)
    assert done.returncode == 2
    assert "latin.md" in _message(done)
    assert "UTF-8" in done.stderr


def test_unknown_model(codesieve: Command, stub: Path) -> None:
    done = codesieve("solve", stub, "--model", "no-such-model", *ANY)
    assert done.returncode in (2, 3)
    assert "no-such-model" in _message(done)
    assert "qwen2.5-coder-0.5b" in done.stderr


def test_missing_recording(codesieve: Command, stub: Path) -> None:
    done = codesieve("solve", stub, "--model", "replay:nowhere.jsonl", *ANY)
    assert done.returncode in (2, 3)
    assert "nowhere.jsonl" in _message(done)


def test_broken_recording_names_file_row_and_field(codesieve: Command, stub: Path, tmp_path: Path) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_text(json.dumps({"task_id": "add", "solution": "x = 1"}) + "\n" + json.dumps({"task_id": "add"}) + "\n")
    done = codesieve("solve", stub, "--model", f"replay:{path}", *ANY)
    assert done.returncode in (2, 3)
    assert "broken.jsonl" in _message(done)
    assert "2" in done.stderr


def test_no_examples_works_and_says_that_filtering_is_off(
    codesieve: Command, tmp_path: Path, recorded: Recorded
) -> None:
    path = tmp_path / "add.py"
    path.write_text('def add(a: int, b: int) -> int:\n    """Return the sum."""\n')
    done = codesieve("solve", path, "--model", f"replay:{recorded('add', 3)}", "--samples", "3", "--sandbox", "unsafe")
    assert done.returncode == 0
    assert "filtering is off" in _message(done)


def test_no_sandbox(codesieve: Command, stub: Path, recorded: Recorded) -> None:
    codesieve.environment["DOCKER_HOST"] = "unix:///nonexistent/docker.sock"
    model = f"replay:{recorded('add', 2)}"
    done = codesieve("solve", stub, "--model", model, "--samples", "2", "--sandbox", "docker")
    assert done.returncode == 3
    assert "/nonexistent/docker.sock" in _message(done)


def test_locked_run_file(codesieve: Command, stub: Path, recorded: Recorded, tmp_path: Path) -> None:
    run = tmp_path / "run.sqlite"
    command = ("solve", stub, "--model", f"replay:{recorded('add', 2)}", *ANY, "--run", run)
    assert codesieve(*command).returncode == 0
    other = sqlite3.connect(run, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    done = codesieve(*command)
    other.close()
    assert done.returncode == 4
    assert "locked" in _message(done)
    assert codesieve(*command).returncode == 0


def test_damaged_run_file(codesieve: Command, stub: Path, recorded: Recorded, tmp_path: Path) -> None:
    run = tmp_path / "run.sqlite"
    run.write_bytes(b"not a database" * 1000)
    done = codesieve("solve", stub, "--model", f"replay:{recorded('add', 2)}", *ANY, "--run", run)
    assert done.returncode == 4
    assert str(run) in _message(done)


@pytest.mark.parametrize(("option", "value"), [("--seed", "1"), ("--submissions", "3"), ("--samples", "3")])
def test_changed_settings_on_resume(
    codesieve: Command, stub: Path, recorded: Recorded, tmp_path: Path, option: str, value: str
) -> None:
    run = tmp_path / "run.sqlite"
    base = ("solve", stub, "--model", f"replay:{recorded('add', 4)}", *ANY, "--run", run)
    before = codesieve.json(*base)
    done = codesieve(*base, option, value)
    assert done.returncode == 2
    assert option.strip("-") in _message(done)
    again = codesieve.json(*base)
    assert again["submissions"] == before["submissions"]


def test_full_disk(codesieve: Command, stub: Path, recorded: Recorded, tmp_path: Path) -> None:
    """A file system of 300 kB, where one can be mounted; the run goes on when there is room again."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root; tests/codegen/test_runs.py has the same fault without it")
    import subprocess

    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(small)], check=True)
    try:
        run = small / "run.sqlite"
        model = f"replay:{recorded('add', 2000)}"
        command = ("solve", stub, "--model", model, "--samples", "2000", "--sandbox", "unsafe", "--run", run)
        done = codesieve(*command)
        assert done.returncode == 4
        assert "disk is full" in _message(done)
        subprocess.run(["mount", "-o", "remount,size=64m", str(small)], check=True)
        found = codesieve.json(*command)
        assert found["funnel"]["drawn"] == 2000
        assert found["funnel"]["unique"] == len(ANSWERS)
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)


@pytest.mark.parametrize("arguments", [("frobnicate",), ("solve",), ("solve", "x.py", "--samples", "0")])
def test_usage(codesieve: Command, arguments: tuple[str, ...]) -> None:
    done = codesieve(*arguments)
    assert done.returncode == 2
    assert _message(done)


def test_asking_needs_standard_input_for_the_answers(codesieve: Command) -> None:
    done = codesieve("solve", "-", "--ask", text=STUB)
    assert done.returncode == 2
    assert "--ask needs standard input for your answers" in done.stderr
