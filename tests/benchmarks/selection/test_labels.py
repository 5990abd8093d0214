"""Labels made by running hidden tests: once a text, kept, and stricter by HumanEval+."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.selection.cache import Cache
from benchmarks.selection.labels import by_humaneval_plus, labelled
from benchmarks.selection.pools import Recording
from codegen.errors import UsageError
from problems.hidden import HiddenTests
from problems.library import from_text
from problems.values import dumps, loads
from sandbox.execution import Execution, Program, Status
from sandbox.testing import FakeSandbox

PROMPT = 'def double(x: int) -> int:\n    """Twice x."""\n'
BODIES: dict[str, Callable[[int], int]] = {"x * 2": lambda x: x * 2, "abs(x) * 2": lambda x: abs(x) * 2, "x": int}


def source(body: str) -> str:
    return f"def double(x):\n    return {body}\n"


def answer(program: Program, given: bytes) -> Execution:
    (x,) = loads(given)
    value = BODIES[program.source.partition("return ")[2].strip()](x)
    return Execution(status=Status.OK, exit_code=0, value=dumps(value).encode())


def recording(problem_id: str = "HumanEval/900") -> Recording:
    bodies = ("x * 2", "abs(x) * 2", "x", "x * 2")
    return Recording(
        problem=replace(from_text(PROMPT), id=problem_id),
        language="python",
        programs=tuple(map(source, bodies)),
        passed=tuple(body != "x" for body in bodies),
    )


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache.sqlite")


def test_each_text_is_labelled_once(cache: Cache) -> None:
    hidden = HiddenTests(problem_id="p", code="def check(candidate):\n    assert candidate(1) == 2\n")
    box = FakeSandbox(answer)
    found = labelled(recording(), hidden, recording().programs, cache, lambda: box)
    assert found == {source("x * 2"): True, source("abs(x) * 2"): True, source("x"): False}
    assert len(box.calls) == 3
    assert labelled(recording(), hidden, recording().programs, cache, lambda: box) == found
    assert len(box.calls) == 3
    cache.close()


def plus_file(folder: Path) -> Path:
    row = {
        "task_id": "HumanEval/900",
        "prompt": PROMPT,
        "entry_point": "double",
        "canonical_solution": "    return x * 2\n",
        "contract": "",
        "base_input": [[1], [2]],
        "plus_input": [[-3]],
        "atol": 0,
    }
    (folder / "HumanEvalPlus-v0.1.10.jsonl").write_text(json.dumps(row) + "\n")
    return folder


def test_humaneval_plus_is_stricter(cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODESIEVE_CACHE", str(tmp_path / "references"))
    whole = recording()
    box = FakeSandbox(answer)
    found = list(by_humaneval_plus([whole], plus_file(tmp_path), cache, lambda: box))
    assert found == [(True, False, False, True)]
    with pytest.raises(UsageError, match="HumanEval/901"):
        list(by_humaneval_plus([recording("HumanEval/901")], tmp_path, cache, lambda: box))
    cache.close()
