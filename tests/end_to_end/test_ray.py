"""A benchmark on a Ray cluster of two nodes: the same as in one process, also when a node dies in the middle."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.benchmarks.conftest import ROWS
from tests.end_to_end.conftest import Command

pytest.importorskip("ray", reason="the extra 'ray' is not installed")

SAMPLES = 8
BODIES = ("x + y", "x - y", "x * y", "3", "y - x", "x", "y", "0")
TABLES = {
    "samples": "problem_id, idx, seed, text, program_key",
    "judgements": "problem_id, program_key, verdict, passed",
    "fingerprints": "*",
    "submissions": "*",
    "scores": "problem_id, text_key, verdict",
}


class TwoNodes:
    """The cluster in a process of its own."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("two_nodes.py"))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        self.address = self._line()

    def kill_one(self) -> None:
        assert self._process.stdin is not None
        print("kill", file=self._process.stdin, flush=True)
        assert self._line() == "killed"

    def close(self) -> None:
        with suppress(subprocess.TimeoutExpired):
            self._process.communicate(timeout=60)
        self._process.kill()
        self._process.wait()
        deadline = time.monotonic() + 20
        while left := self._left():
            assert time.monotonic() < deadline, f"still there: {left}"
            time.sleep(0.2)

    def _left(self) -> list[str]:
        """Processes of the cluster, which all name its address."""
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if self.address and self.address in line:
                    found.append(line)
        return found

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


@pytest.fixture
def nodes() -> Iterator[TwoNodes]:
    found = TwoNodes()
    yield found
    found.close()


@pytest.fixture
def bench(tmp_path: Path) -> tuple[str | Path, ...]:
    """Two problems; every program is another one and takes its time, so that a node can die in between."""
    data, recorded = tmp_path / "HumanEval.jsonl", tmp_path / "recorded.jsonl"
    rows = [ROWS[0], {**ROWS[0], "task_id": "HumanEval/902"}]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    samples = ({"task_id": row["task_id"], "solution": _program(number)} for row in rows for number in range(SAMPLES))
    recorded.write_text("".join(json.dumps(row) + "\n" for row in samples))
    return (
        "bench", "humaneval", "--data", data, "--model", f"replay:{recorded}",
        "--samples", str(SAMPLES), "--sandbox", "unsafe",
    )  # fmt: skip


def _program(number: int) -> str:
    body = BODIES[number % len(BODIES)]
    return f"import time\n\ndef add(x, y):\n    time.sleep(0.05)\n    z = {number}\n    return {body}\n"


def _content(path: Path) -> dict[str, Sequence[tuple[object, ...]]]:
    with closing(sqlite3.connect(path)) as connection:
        return {name: sorted(connection.execute(f"SELECT {what} FROM {name}")) for name, what in TABLES.items()}


def _judged(path: Path) -> int:
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        return int(connection.execute("SELECT count(*) FROM judgements").fetchone()[0])
    return 0


def test_as_in_one_process_though_a_node_dies(
    codesieve: Command, bench: tuple[str | Path, ...], nodes: TwoNodes, tmp_path: Path
) -> None:
    here, there, killed = (tmp_path / f"{name}.sqlite" for name in ("here", "there", "killed"))
    figures = codesieve.json(*bench, "--run", here)
    codesieve.environment["RAY_ADDRESS"] = nodes.address
    found = codesieve.json(*bench, "--executor", "ray", "--run", there)
    assert _content(there) == _content(here)

    process = codesieve.start(*bench, "--executor", "ray", "--run", killed)
    while _judged(killed) < 4:
        assert process.poll() is None
        time.sleep(0.1)
    nodes.kill_one()
    assert process.poll() is None, "the node died too late to matter"
    assert process.wait(timeout=120) == 0
    assert _content(killed) == _content(here)
    for name in ("pass_at_k", "n_at_k", "failures", "intervals"):
        assert found[name] == figures[name]


@pytest.mark.parametrize("address", ["auto", "127.0.0.1:1"])
def test_no_cluster(codesieve: Command, bench: tuple[str | Path, ...], tmp_path: Path, address: str) -> None:
    codesieve.environment["RAY_ADDRESS"] = address
    codesieve.environment["RAY_TMPDIR"] = str(tmp_path)
    done = codesieve(*bench, "--executor", "ray", "--run", tmp_path / "run.sqlite")
    assert done.returncode == 3
    assert "ray start --head" in done.stderr
