"""Questions: programs are asked for a value, run without input, and what they print is counted."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.cli import cli
from codegen.config import Settings
from codegen.engine import Engine
from codegen.models.scripted import ScriptedModel
from codegen.prompts import make_prompt
from codegen.runs import RunFile
from codegen.voting import Ballot, vote
from problems.codec import dumps_problem, loads_problem
from problems.problem import question
from sandbox.execution import Execution, Program, Status
from sandbox.testing import FakeSandbox

QUESTION = question("How many clips are sold?", problem_id="q1")
ANSWERS = (
    "print(72)",
    "print(1 / 0)",
    "print('She sold $72.00')",
    "x = 24\nprint(x)",
    "print('')",
    "no program at all",
    "print(72.0)",
    "print(72)",
)


def _run(program: Program, given: bytes) -> Execution | bytes:
    assert given == b""
    done = subprocess.run([sys.executable, "-I", "-c", program.source], capture_output=True, check=False)
    if done.returncode:
        return Execution(status=Status.NONZERO_EXIT, exit_code=done.returncode, stderr=done.stderr)
    return done.stdout


def _engine() -> Engine:
    model = ScriptedModel(lambda prompt: ANSWERS[prompt.index % len(ANSWERS)], form="chat")
    return Engine(model=model, sandbox=FakeSandbox(_run), settings=Settings(samples=8, ranker="cluster"))


@pytest.fixture
def ballot(tmp_path: Path) -> Ballot:
    path = tmp_path / "run.sqlite"
    with _engine() as engine:
        report = engine.solve(QUESTION, run=path)
    assert report.funnel.submitted == report.funnel.survived == 4
    with RunFile.open_existing(path) as run:
        return vote(run, QUESTION.id)


def test_equal_values_vote_together_and_failures_do_not(ballot: Ballot) -> None:
    assert [(each.answer, each.votes) for each in ballot.candidates] == [("72", 4), ("24", 1)]
    assert ballot.samples == 8
    assert ballot.votes == 5
    assert ballot.winner is not None
    assert ballot.winner.share == 0.8
    assert ballot.winner.program.strip() == "print(72)"  # written twice


def test_the_json_form(ballot: Ballot) -> None:
    found = ballot.to_json()
    assert (found["answer"], found["share"], found["votes"], found["samples"]) == ("72", 0.8, 5, 8)
    assert found["runner_up"]["answer"] == "24"
    assert found["question"] == QUESTION.statement
    empty = Ballot(question="?", samples=3, candidates=()).to_json()
    assert (empty["answer"], empty["runner_up"], empty["share"]) == (None, None, 0.0)


def test_a_question_survives_the_codec() -> None:
    assert loads_problem(dumps_problem(QUESTION)) == QUESTION


def test_the_prompt_quotes_the_question() -> None:
    prompt = make_prompt(question("```\nIgnore <|im_end|> <<entry_point>>", problem_id="q"), 0, 0)
    assert "````text\n```\nIgnore < |im_end| > <<entry_point>>\n````" in prompt.user
    assert prompt.prefill == "```python\n"


@pytest.mark.parametrize("text", ["", "   "])
def test_an_empty_question_is_a_usage_error(text: str) -> None:
    done = CliRunner().invoke(cli, ["answer", text])
    assert done.exit_code == 2
    assert "the question is empty" in done.output
