"""A benchmark that is killed and started again ends as an undisturbed one; so do its parts, merged."""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from tests.benchmarks.conftest import ROWS
from tests.end_to_end.conftest import Command

KILLS = 2
SAMPLES = 8
BODIES = ("x + y", "x - y", "y * x", "3", "x * y", "undefined", "x", "0")
FIGURES = ("pass_at_k", "pass_at_k_salvaged", "n_at_k", "intervals", "failures", "passed")


@pytest.fixture
def bench(tmp_path: Path) -> tuple[str | Path, ...]:
    data, recorded = tmp_path / "HumanEval.jsonl", tmp_path / "recorded.jsonl"
    rows = [{**ROWS[0], "task_id": f"HumanEval/{900 + number}"} for number in range(2)]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    samples = (
        {"task_id": row["task_id"], "solution": f"def add(x, y):\n    z = {i // 3}\n    return {BODIES[i % 8]}\n"}
        for row in rows
        for i in range(SAMPLES)
    )
    recorded.write_text("".join(json.dumps(row) + "\n" for row in samples))
    return (
        "bench", "humaneval", "--data", data, "--model", f"replay:{recorded}",
        "--samples", str(SAMPLES), "--sandbox", "unsafe",
    )  # fmt: skip


def _content(path: Path) -> dict[str, Sequence[tuple[object, ...]]]:
    tables = {
        "problems": "*", "samples": "*", "inputs": "*", "fingerprints": "*", "submissions": "*",
        "judgements": "problem_id, program_key, verdict, passed", "scores": "problem_id, text_key, verdict",
    }  # fmt: skip
    with closing(sqlite3.connect(path)) as connection:
        return {name: sorted(connection.execute(f"SELECT {what} FROM {name}")) for name, what in tables.items()}


def test_killed_or_in_parts_it_is_the_same(codesieve: Command, bench: tuple[str | Path, ...], tmp_path: Path) -> None:
    whole, killed, merged = (tmp_path / f"{name}.sqlite" for name in ("whole", "killed", "merged"))
    undisturbed = codesieve.json(*bench, "--run", whole)

    chance = random.Random(5)
    for _ in range(KILLS):
        process = codesieve.start(*bench, "--run", killed)
        try:
            process.wait(timeout=chance.uniform(1.0, 4.0))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
    resumed = codesieve.json(*bench, "--run", killed)
    assert _content(killed) == _content(whole)

    parts = [tmp_path / f"{number}.sqlite" for number in (1, 2)]
    for number, part in enumerate(parts, start=1):
        assert codesieve(*bench, "--shard", f"{number}/2", "--run", part).returncode == 0
    assert codesieve.json("merge", merged, *parts)["problems"] == 2
    assert _content(merged) == _content(whole)
    together = codesieve.json(*bench, "--run", merged)
    for name in FIGURES:
        assert resumed[name] == together[name] == undisturbed[name]
