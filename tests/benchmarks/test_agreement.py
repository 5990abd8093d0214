"""Scores against verdicts recorded elsewhere."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from benchmarks.agreement import agreement, read_verdicts
from benchmarks.batch import run_bench
from codegen.config import Settings
from codegen.errors import UsageError
from codegen.models.scripted import ScriptedModel
from codegen.runs import RunFile
from sandbox.execution import Sandbox
from sandbox.testing import FakeSandbox


def test_each_difference_is_named(
    tmp_path: Path, suite_data: str, model: ScriptedModel, sandbox: FakeSandbox, settings: Settings
) -> None:
    path = tmp_path / "run.sqlite"
    run_bench("humaneval", model=model, sandbox=sandbox, settings=settings, path=path, data=suite_data)
    recorded = {
        "HumanEval/900": ("pass", "pass", "pass", "fail:X"),
        "HumanEval/901": ("fail:AssertionError", "fail:AssertionError", "timeout"),
        "HumanEval/5": ("pass",),
    }
    with RunFile.open_existing(path) as run:
        found = agreement(run, recorded)
    assert found.compared == 6  # one sample has no program, one no recorded status
    assert (found.recorded_passes, found.found_passes) == (3, 3)
    first, second = found.disagreements
    assert (first.task_id, first.sample, first.recorded, first.found) == ("HumanEval/900", 1, "pass", "WA")
    assert "expected equal 4, found 3" in first.detail
    assert (second.task_id, second.sample, second.recorded, second.found) == ("HumanEval/901", 2, "timeout", "AC")
    assert found.agree == pytest.approx(4 / 6)


def test_verdicts_are_read_plain_and_packed(tmp_path: Path) -> None:
    row = json.dumps({"task_id": "T/1", "status": ["pass", "timeout"]})
    plain, packed = tmp_path / "v.jsonl", tmp_path / "v.jsonl.gz"
    plain.write_text(row + "\n", encoding="utf-8")
    packed.write_bytes(gzip.compress(row.encode()))
    assert read_verdicts(plain) == read_verdicts(packed) == {"T/1": ("pass", "timeout")}


@pytest.mark.parametrize("text", ["[]\n", '{"task_id": "a"}\n', "{\n", '{"status": []}\n'])
def test_broken_verdicts_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "v.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"v\.jsonl"):
        read_verdicts(path)
    with pytest.raises(UsageError, match="cannot be read"):
        read_verdicts(tmp_path / "none.jsonl")


@pytest.mark.docker
@pytest.mark.data
def test_recorded_programs_get_their_recorded_verdicts(data_dir: Path, docker: Sandbox, tmp_path: Path) -> None:
    """One CodeGen-16B program a task as it was written: behind its own prompt, with no repair."""
    pool = data_dir / "codet"
    (solutions,) = pool.glob("*_code_solution.jsonl.gz")
    path = tmp_path / "run.sqlite"
    found = run_bench(
        "humaneval",
        model=f"replay:{solutions}",
        sandbox=docker,
        settings=Settings(samples=1),
        path=path,
        data=str(data_dir / "humaneval" / "HumanEval.jsonl.gz"),
        score_only=True,
    )
    (verdicts,) = pool.glob("*_verdicts.jsonl.gz")
    with RunFile.open_existing(path) as run:
        compared = agreement(run, read_verdicts(verdicts))
    assert compared.compared == 164
    assert compared.disagreements == ()
    assert found.passed == compared.recorded_passes
