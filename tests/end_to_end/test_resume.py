"""Killed at any instant and started again, a run ends as an undisturbed one."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Command

pytestmark = pytest.mark.bubblewrap

KILLS = 20
SAMPLES = 200


def test_killed_at_random_instants(
    codesieve: Command, stub: Path, recorded: Callable[[str, int], Path], tmp_path: Path
) -> None:
    base = (
        "solve",
        stub,
        "--model",
        f"replay:{recorded('add', SAMPLES)}",
        "--samples",
        str(SAMPLES),
        "--sandbox",
        "unsafe",
    )
    begun = time.monotonic()
    undisturbed = codesieve.json(*base, "--run", tmp_path / "undisturbed.sqlite")
    duration = time.monotonic() - begun
    chance = random.Random(11)
    run = tmp_path / "killed.sqlite"
    for _ in range(KILLS):
        process = codesieve.start(*base, "--run", run)
        try:
            process.wait(timeout=chance.uniform(0.1, duration / 2))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
    resumed = codesieve.json(*base, "--run", run)
    for part in ("funnel", "submissions", "clusters", "verdicts"):
        assert resumed[part] == undisturbed[part]


def test_interrupted_by_the_user(
    codesieve: Command, stub: Path, recorded: Callable[[str, int], Path], tmp_path: Path
) -> None:
    run = tmp_path / "run.sqlite"
    base = (
        "solve",
        stub,
        "--model",
        f"replay:{recorded('add', 3000)}",
        "--samples",
        "3000",
        "--sandbox",
        "bubblewrap",
    )
    process = codesieve.start(*base, "--run", run)
    while not run.exists():
        assert process.poll() is None
        time.sleep(0.05)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 130
    assert codesieve("judge", "--run", run, "--sandbox", "bubblewrap").returncode in (0, 1)


@pytest.mark.parametrize("stages", [("sample", "judge", "rank")])
def test_stage_by_stage_equals_solve(
    codesieve: Command, stub: Path, recorded: Callable[[str, int], Path], tmp_path: Path, stages: tuple[str, ...]
) -> None:
    model = ("--model", f"replay:{recorded('add', 16)}", "--samples", "16")
    whole = codesieve.json("solve", stub, *model, "--sandbox", "bubblewrap", "--run", tmp_path / "whole.sqlite")
    run = ("--run", tmp_path / "stages.sqlite")
    assert codesieve("sample", stub, *model, *run).returncode == 0
    assert codesieve("judge", *run, "--sandbox", "bubblewrap").returncode == 0
    assert codesieve("rank", *run).returncode == 0
    (found,) = codesieve.json("report", *run)["problems"]
    for part in ("funnel", "submissions", "clusters", "verdicts"):
        assert found[part] == whole[part]
