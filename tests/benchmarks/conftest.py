"""A small suite of two problems, a scripted model for it, and a sandbox that knows how its programs behave."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from codegen.config import Settings
from codegen.models.scripted import ScriptedModel
from problems.values import dumps, loads
from sandbox.backends import docker_obstacle, open_sandbox
from sandbox.execution import Execution, Program, Sandbox, Status
from sandbox.testing import FakeSandbox

ROWS = (
    {
        "task_id": "HumanEval/900",
        "prompt": 'def add(x: int, y: int) -> int:\n    """Sum.\n    >>> add(1, 2)\n    3\n    """\n',
        "entry_point": "add",
        "canonical_solution": "    return x + y\n",
        "test": "def check(candidate):\n    assert candidate(2, 2) == 4\n    assert candidate(5, 7) == 12\n",
    },
    {
        "task_id": "HumanEval/901",
        "prompt": 'def twice(x: int) -> int:\n    """Double.\n    >>> twice(2)\n    4\n    """\n',
        "entry_point": "twice",
        "canonical_solution": "    return 2 * x\n",
        "test": "def check(candidate):\n    assert candidate(3) == 6\n",
    },
)

ANSWERS = {
    "HumanEval/900": (
        "```python\ndef add(x, y):\n    return x + y\n```",
        "```python\ndef add(x, y):\n    return 3\n```",
        "```python\ndef add(x, y):\n    return y + x\n```",
        "I cannot do that.",
    ),
    "HumanEval/901": (
        "```python\ndef twice(x):\n    return x * x\n```",
        "```python\ndef twice(x):\n    return x * x * 1\n```",
        "```python\ndef twice(x):\n    return 2 * x\n```",
        "```python\ndef twice(x):\n    return 7\n```",
    ),
}


def behave(program: Program, given: bytes) -> Execution | bytes:
    """What the expression behind `return` gives for the arguments."""
    body = program.source.rpartition("return ")[2].strip()
    try:
        values = loads(given)
        names = dict(zip(("x", "y"), values, strict=False))
        return dumps(eval(body, {"__builtins__": {}}, names)).encode()
    except Exception as error:  # noqa: BLE001 (whatever the program does)
        return Execution(status=Status.NONZERO_EXIT, exit_code=1, stderr=repr(error).encode())


@pytest.fixture
def suite_data(tmp_path: Path) -> str:
    path = tmp_path / "HumanEval.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    return str(path)


@pytest.fixture
def model() -> ScriptedModel:
    return ScriptedModel(ANSWERS, batch_size=2)


@pytest.fixture
def sandbox() -> FakeSandbox:
    return FakeSandbox(behave)


@pytest.fixture(scope="session")
def docker() -> Iterator[Sandbox]:
    """The real thing, for tests marked so."""
    if problem := docker_obstacle():
        pytest.skip(problem)
    box = open_sandbox("docker")
    yield box
    box.close()


@pytest.fixture
def settings() -> Settings:
    return Settings(samples=4, generated_inputs=6)
