"""Programs judged against what a reference solution gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import references
from benchmarks.judge import REFERENCE_FACTOR, Paper, prepare, score_program
from codegen.judging import Verdict
from problems.hidden import HiddenTests, ReferenceTests
from problems.problem import Call, Problem
from sandbox.execution import Execution, Limits, Program, Status
from sandbox.testing import FakeSandbox
from tests.benchmarks.local import LocalSandbox

PROBLEM = Problem(id="Half/0", statement="?", interface=Call(entry_point="half"))
TESTS = ReferenceTests(
    inputs=("[3]", "[4]", '[{"tuple":[1,2]}]'),
    names=("base 1", "base 2", "plus 1"),
    solution="def half(x):\n    return x / 2 if isinstance(x, int) else list(x)\n",
)
LIMITS = Limits(cpu_s=1.0)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CODESIEVE_CACHE", str(tmp_path))
    monkeypatch.setattr(references, "_known", {})
    return tmp_path / "references"


def paper(tests: ReferenceTests = TESTS) -> Paper:
    return prepare(PROBLEM, HiddenTests(problem_id=PROBLEM.id, reference=tests))


@pytest.mark.parametrize(
    ("body", "verdict", "detail"),
    [
        ("return x / 2 if isinstance(x, int) else [1, 2]", Verdict.AC, ""),
        ("return x / 2 + 1e-9 if isinstance(x, int) else [1, 2]", Verdict.AC, ""),
        ("return x // 2", Verdict.WA, "base 1: expected 1.5, found 1"),
        ("return x / 2", Verdict.RTE, "plus 1: "),
        ("return x / 2 if isinstance(x, int) else (1, 2)", Verdict.WA, 'plus 1: expected [1,2], found {"tuple":[1,2]}'),
    ],
)
def test_a_program_must_give_what_the_reference_gives(body: str, verdict: Verdict, detail: str) -> None:
    score = score_program(paper(), f"def half(x):\n    {body}\n", "python", LocalSandbox(), LIMITS)
    assert score.verdict is verdict
    assert score.detail.startswith(detail)


def test_the_reference_runs_once_and_its_results_are_kept(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = LocalSandbox(), LocalSandbox()
    for _ in range(2):
        assert score_program(paper(), TESTS.solution, "python", first, LIMITS).passed
    assert len(first.runs) == 3
    monkeypatch.setattr(references, "_known", {})
    assert score_program(paper(), TESTS.solution, "python", second, LIMITS).passed
    assert len(second.runs) == 1
    (kept,) = cache.iterdir()
    kept.write_bytes(b"damaged")
    monkeypatch.setattr(references, "_known", {})
    assert score_program(paper(), TESTS.solution, "python", second, LIMITS).passed
    assert len(second.runs) == 3


def test_slow_inputs_have_more_time_and_impossible_ones_are_left_out() -> None:
    def answer(program: Program, given: bytes) -> Execution | bytes:
        if program.source == TESTS.solution and given == b"[4]":
            return Execution(status=Status.MEMORY_LIMIT)
        slow = given.startswith(b'[{"tuple"')
        return Execution(status=Status.OK, exit_code=0, value=b"7", cpu_s=2.0 if slow else 0.01)

    sandbox = FakeSandbox(answer)
    score = score_program(paper(), "program", "python", sandbox, LIMITS)
    assert score.passed
    assert score.detail == "1 of 3 inputs not judged: on base 2 the reference ended by MEMORY_LIMIT"
    asked = [(call.inputs, call.limits.cpu_s) for call in sandbox.calls if call.program.source == "program"]
    assert asked == [((b"[3]",), 1.0), ((b'[{"tuple":[1,2]}]',), REFERENCE_FACTOR * 2.0)]


def test_a_reference_that_does_not_load_is_no_fault_of_the_program() -> None:
    sandbox = FakeSandbox(lambda *_: b"1", broken=(TESTS.solution,))
    score = score_program(paper(), "program", "python", sandbox, LIMITS)
    assert score.verdict is Verdict.IE
    assert "Half/0: the reference solution gave no results" in score.detail
