"""The commands that read hidden tests."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from benchmarks.cli import COMMANDS, cli
from benchmarks.closing import check_submissions
from benchmarks.judge import prepare
from benchmarks.suites import entries
from codegen.config import Settings
from codegen.engine import Engine
from codegen.errors import UsageError
from codegen.models.scripted import ScriptedModel
from codegen.runs import RunFile
from sandbox.testing import FakeSandbox


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments), standalone_mode=False)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_each_command(name: str) -> None:
    done = CliRunner().invoke(cli, [name, "--help"])
    assert done.exit_code == 0
    assert "--json" in done.stdout


def test_suites_are_listed() -> None:
    text = invoke("bench", "--list").stdout
    assert "humaneval" in text
    assert "MIT" in text
    rows = json.loads(invoke("bench", "--list", "--json").stdout)["suites"]
    sizes = {row["name"]: row["size"] for row in rows}
    assert {"bundled": 24, "humaneval": 164, "humaneval+": 164, "mbpp": 974, "mbpp+": 378}.items() <= sizes.items()
    assert all(row["source"] and row["licence"] for row in rows)


def test_a_suite_must_be_named() -> None:
    done = CliRunner().invoke(cli, ["bench"])
    assert done.exit_code == 2
    assert "bench --list" in done.stderr


@pytest.fixture
def solved(tmp_path: Path, suite_data: str, model: ScriptedModel, sandbox: FakeSandbox, settings: Settings) -> Path:
    path = tmp_path / "run.sqlite"
    with Engine(model=model, sandbox=sandbox, settings=settings) as engine, engine.open_run(path) as run:
        for entry in entries("humaneval", data=suite_data):
            engine.solve(entry.problem, run=run)
    return path


def test_the_closing_check_runs_the_submissions_alone(solved: Path, suite_data: str, sandbox: FakeSandbox) -> None:
    papers = {each.problem.id: prepare(each.problem, each.hidden) for each in entries("humaneval", data=suite_data)}
    before = len(sandbox.calls)
    with RunFile.open_existing(solved, write=True) as run:
        add, twice = check_submissions(run, papers, sandbox)
        handed_in = len(run.submissions("HumanEval/900")) + len(run.submissions("HumanEval/901"))
        assert len(sandbox.calls) - before == handed_in
        again = check_submissions(run, papers, sandbox)
    assert len(sandbox.calls) - before == handed_in  # stored: nothing is run again
    assert [add, twice] == again
    assert (add.solved, twice.solved) == (True, True)
    assert add.tests == 2
    assert twice.scores[0].passed is False
    assert add.to_json()["submissions"][0]["verdict"] == "AC"


def test_a_run_of_unknown_problems_has_no_closing_check(solved: Path) -> None:
    done = invoke("report", "--score", "--run", str(solved), "--problem", "HumanEval/9000")
    assert isinstance(done.exception, UsageError)
    assert "hidden tests are known for none" in str(done.exception)


def test_report_without_score_is_the_plain_one(solved: Path) -> None:
    done = invoke("report", "--run", str(solved), "--json")
    assert done.return_value == 0
    assert {each["problem_id"] for each in json.loads(done.stdout)["problems"]} == {
        "HumanEval/900",
        "HumanEval/901",
    }
