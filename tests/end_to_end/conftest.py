"""The installed command as a user runs it, with state and cache of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
STUB = '''def add(a: int, b: int) -> int:
    """Return the sum of a and b.

    >>> add(1, 2)
    3
    >>> add(-1, 1)
    0
    """
'''
ANSWERS = (
    "def add(a, b):\n    return a + b\n",
    "def add(a, b):\n    return a - b\n",
    "def add(a, b):\n    return b + a\n",
    "def add(a, b):\n    return abs(a) + b if a == 1 else a + b\n",
    "this is no program at all (",
    "def add(a, b):\n    return sum((a, b))\n",
    "def add(a, b):\n    raise ValueError(a)\n",
    "def add(a, b):\n    return max(a, 0) + max(b, 0) - (b if a < 0 else 0)\n",
)


@dataclass(frozen=True)
class Command:
    """`codesieve` with an environment of its own."""

    environment: dict[str, str]

    def line(self, *arguments: str | Path) -> list[str]:
        return [sys.executable, "-m", "benchmarks.cli", *map(str, arguments)]

    def __call__(self, *arguments: str | Path, text: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.line(*arguments), input=text, capture_output=True, text=True, check=False, cwd=ROOT,
            env=self.environment, timeout=240,
        )  # fmt: skip

    def json(self, *arguments: str | Path) -> Any:
        done = self(*arguments, "--json")
        assert done.stdout.count("\n") == 1, done.stderr
        return json.loads(done.stdout)

    def start(self, *arguments: str | Path) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.line(*arguments), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT, env=self.environment
        )


@pytest.fixture
def codesieve(tmp_path: Path) -> Command:
    environment = os.environ | {"XDG_STATE_HOME": str(tmp_path / "state"), "COLUMNS": "100", "NO_COLOR": "1"}
    return Command(environment)


@pytest.fixture
def stub(tmp_path: Path) -> Path:
    path = tmp_path / "add.py"
    path.write_text(STUB)
    return path


@pytest.fixture
def recorded(tmp_path: Path) -> Callable[[str, int], Path]:
    """Writes a file of recorded samples for a problem id, the eight answers round and round."""

    def write(problem_id: str, count: int) -> Path:
        path = tmp_path / "recorded.jsonl"
        rows = ({"task_id": problem_id, "solution": ANSWERS[i % len(ANSWERS)]} for i in range(count))
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return path

    return write
