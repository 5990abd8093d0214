"""Tests that the model writes: prompts, what is read, and how they reach the rankers."""

from __future__ import annotations

from pathlib import Path

import pytest

from codegen.asserting import held
from codegen.config import Settings
from codegen.engine import Engine
from codegen.errors import UsageError
from codegen.fingerprints import NOT_RUN, Fingerprint, Outcome, digest_of
from codegen.inputs import GeneratedInput
from codegen.inputs.testing import asserted_inputs, expectations, prompts_for_tests, written_tests
from codegen.models.base import Completion
from codegen.models.scripted import ScriptedModel
from codegen.prompts import Prompt
from codegen.runs import RunFile
from codegen.selection import pool_of
from problems.library import from_text
from problems.problem import Problem, Stdio
from problems.values import dumps, loads
from sandbox.execution import Program
from sandbox.testing import FakeSandbox

STUB = 'def double(n: int) -> int:\n    """Twice n.\n\n    >>> double(2)\n    4\n    """\n'
PROBLEM = from_text(STUB)


def _completion(index: int, text: str) -> Completion:
    return Completion(index=index, text=text, form="chat", finish_reason="stop", token_count=3)


def test_the_forms_take_turns_and_texts_stand_behind_a_first_assert() -> None:
    prompts = prompts_for_tests(PROBLEM, 4, 0)
    assert len({prompt.seed for prompt in prompts}) == 4
    assert [prompt.prefill.endswith("assert ") for prompt in prompts] == [True, False, True, False]
    assert prompts[0].prefill.startswith(f"```python\n{STUB.rstrip()}\n    pass\n")
    answers = [
        _completion(1, "3) == 6\nassert double(0) == 0\n"),
        _completion(0, "double(3) == 7\nassert double(x) == 1\nassert double(4) == 8\n"),
        _completion(2, "```python\nassert double(4) == 8\n```"),
        _completion(3, "no tests"),
    ]
    written = written_tests(prompts, answers)
    assert [each.form for each in written] == ["codet", "chat", "codet", "chat"]
    found = [(each.case.input, each.case.output) for each in expectations(PROBLEM, written)]
    assert found == [("[3]", "7"), ("[4]", "8"), ("[3]", "6"), ("[0]", "0")]
    assert [each.text for each in asserted_inputs(PROBLEM, written)] == ["[3]", "[4]", "[0]"]


def test_only_functions_are_tested_so() -> None:
    assert prompts_for_tests(Problem(id="p", statement="Add.", interface=Stdio()), 4, 0) == []


def test_an_assert_holds_where_the_output_is_the_expected_one() -> None:
    (written,) = written_tests(
        prompts_for_tests(PROBLEM, 1, 0),
        [_completion(0, "double(3) == 6\nassert double(4) == 9\nassert double(9) == 18")],
    )
    inputs = [GeneratedInput(text="[3]", source="model"), GeneratedInput(text="[4]", source="model")]
    outcomes = (Outcome(digest=digest_of("6"), preview="6"), Outcome(digest=digest_of("8"), preview="8"))
    found = held(
        expectations(PROBLEM, [written]),
        inputs,
        {"right": Fingerprint(outcomes=outcomes), "slow": Fingerprint(outcomes=(outcomes[1], NOT_RUN))},
    )
    assert found == {"right": b"\1\0", "slow": b"\0\0"}  # nobody was run on 9


def _answer(prompt: Prompt) -> str:
    if "assert" in prompt.prefill:
        return "double(3) == 6\nassert double(5) == 10\n" if prompt.prefill.endswith(" ") else "5) == 10\n"
    body = "n * n" if prompt.index % 4 else "2 * n"
    return f"```python\ndef double(n):\n    return {body}\n```"


def test_rankers_go_by_them(tmp_path: Path) -> None:
    def run(program: Program, given: bytes) -> bytes:
        return dumps(eval(program.source.rpartition("return ")[2], {"n": loads(given)[0]})).encode()

    path = tmp_path / "run.sqlite"
    settings = Settings(samples=8, model_tests=4, ranker="codet")
    with Engine(model=ScriptedModel(_answer), sandbox=FakeSandbox(run), settings=settings) as engine:
        report = engine.solve(PROBLEM, run=path)
    assert report.best is not None
    assert "2 * n" in report.best.program
    with RunFile.open_existing(path) as stored:
        assert len(stored.tests("double")) == 4
        assert [each.text for each in stored.inputs("double")][:2] == ["[3]", "[5]"]
        pool = pool_of(stored, "double", seed=0)
    assert {sum(candidate.asserts or b"") for candidate in pool.candidates.values()} == {0, 2}


def test_rankers_that_go_by_tests_want_some() -> None:
    with pytest.raises(UsageError):
        Settings(ranker="codet")
    assert Settings(ranker="codet", model_tests=2).ranker == "codet"
