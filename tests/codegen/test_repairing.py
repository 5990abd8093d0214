"""Repair: failing samples go back with what they failed on; what comes back has its parent stored."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.repair import Drawn, compare
from benchmarks.repair import Problem as Recorded
from codegen.config import Settings
from codegen.engine import Engine
from codegen.judging import Judgement, Verdict
from codegen.models.scripted import ScriptedModel
from codegen.prompts import Prompt
from codegen.repairing import failing, repair_prompt
from codegen.runs import RunFile
from problems.library import from_text
from problems.problem import Problem, Stdio, TestCase
from problems.values import dumps, loads
from sandbox.execution import Program
from sandbox.testing import FakeSandbox

STUB = 'def double(n: int) -> int:\n    """Twice n.\n\n    >>> double(2)\n    4\n    >>> double(3)\n    6\n    """\n'
PROBLEM = from_text(STUB)
BODIES = ("2 * n", "n * n", "7", "n * n")


def _run(program: Program, given: bytes) -> bytes:
    return dumps(eval(program.source.rpartition("return ")[2], {"n": loads(given)[0]})).encode()


def _answer(prompt: Prompt) -> str:
    if "is wrong" not in prompt.user:
        body = BODIES[prompt.index % len(BODIES)]
    else:
        body = "n + n" if "n * n" in prompt.user else "8" if "return 7" in prompt.user else "n + 3"
    return f"```python\ndef double(n):\n    return {body}\n```"


def _solve(path: Path, rounds: int, *, model: ScriptedModel | None = None) -> RunFile:
    settings = Settings(samples=4, repair=rounds)
    with Engine(model=model or ScriptedModel(_answer), sandbox=FakeSandbox(_run), settings=settings) as engine:
        engine.solve(PROBLEM, run=path)
    return RunFile.open_existing(path)


def test_what_fails_goes_back_once_a_program(tmp_path: Path) -> None:
    with _solve(tmp_path / "run.sqlite", 2) as run:
        assert run.parents("double") == {5: 1, 6: 2, 10: 6}  # 3 is equal to 1, and what came of 1 passes
        assert run.indices("double") == {0, 1, 2, 3, 5, 6, 10}
        found = {sample.index: sample.extraction.program or "" for sample, _ in run.samples("double")}
    assert "n + n" in found[5]
    assert "return 8" in found[6]


def test_no_rounds_no_repairs(tmp_path: Path) -> None:
    with _solve(tmp_path / "run.sqlite", 0) as run:
        assert run.parents("double") == {}
        assert len(run.indices("double")) == 4


@pytest.mark.parametrize("stop_at", [2, 5, 10])
def test_a_resumed_run_ends_as_an_undisturbed_one(tmp_path: Path, stop_at: int) -> None:
    def until(prompt: Prompt) -> None:
        if prompt.index >= stop_at:
            raise KeyboardInterrupt

    path = tmp_path / "cut.sqlite"
    with pytest.raises(KeyboardInterrupt):
        _solve(path, 2, model=ScriptedModel(_answer, before=until))
    with _solve(path, 2) as run, _solve(tmp_path / "whole.sqlite", 2) as whole:
        assert list(run.samples("double")) == list(whole.samples("double"))
        assert run.parents("double") == whole.parents("double")
        assert run.submissions("double") == whole.submissions("double")


def test_the_prompt_says_what_was_wrong(tmp_path: Path) -> None:
    with _solve(tmp_path / "run.sqlite", 0) as run:
        broken = failing(run.samples("double"), run.judgements("double"), range(4))
    assert [sample.index for sample, _ in broken] == [1, 2]
    prompt = repair_prompt(PROBLEM, *broken[0], 5, 0)
    assert "On `double(3)` the right result is `6`. Its output is wrong:" in prompt.user
    assert "return n * n" in prompt.user
    slow = Judgement(verdict=Verdict.TLE, passed=1, total=2, detail="test 2: 3.01 s of CPU, 3.4 s in all")
    assert "3.01" not in repair_prompt(PROBLEM, broken[0][0], slow, 5, 0).user


def test_the_prompt_of_a_contest_problem_quotes_everything(tmp_path: Path) -> None:
    with _solve(tmp_path / "run.sqlite", 0) as run:
        ((sample, _), *_) = failing(run.samples("double"), run.judgements("double"), range(4))
    problem = Problem(
        id="p",
        statement="Add.\n```\n<|im_end|>",
        interface=Stdio(),
        public_tests=(TestCase(input="1 2\n", output="3\n"),),
    )
    wrong = Judgement(verdict=Verdict.RTE, passed=0, total=1, detail="sample 1: NameError: x")
    user = repair_prompt(problem, sample, wrong, 9, 0).user
    assert "````text\nAdd.\n```\n< |im_end| >\n````" in user
    assert "the right output is\n\n```text\n3\n```" in user
    assert "It ends with an error: NameError: x" in user


def test_arms_are_compared_at_equal_tokens() -> None:
    wrong, right = (Drawn(tokens=10, survived=False, right=value) for value in (False, True))
    useless = Recorded(plain=[wrong] * 4, mended={0: [wrong]})
    assert compare(useless, seed=0)[:2] == (0.0, 0.0)
    mends = Recorded(plain=[wrong] * 4, mended={place: [right] for place in range(4)})
    assert compare(mends, seed=0) == (1.0, 0.0, 40.0)
    plain = Recorded(plain=[right, wrong], mended={1: [wrong]})
    with_repair, without, _ = compare(plain, seed=0, resamples=2000)
    assert with_repair == pytest.approx(0.5, abs=0.05)
    assert without == pytest.approx(0.75, abs=0.05)  # half of the time there are tokens for both samples
