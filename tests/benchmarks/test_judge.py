"""The judge of hidden tests: each interface, each verdict, and what never reaches the sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.judge import prepare, score_program, text_key
from benchmarks.verdict import Score
from codegen.judging import Verdict
from problems.hidden import HiddenTests
from problems.problem import Call, CheckerSpec, Problem, Stdio, TestCase
from sandbox.errors import SandboxClosedError, SandboxError
from sandbox.execution import Execution, Grain, Limits, Program, Run, Status
from sandbox.testing import FakeSandbox
from tests.benchmarks.local import LocalSandbox

CALL = Problem(
    id="add",
    statement="Add.",
    interface=Call(entry_point="add"),
    checker=CheckerSpec(name="value"),
)
STDIO = Problem(id="double", statement="Double.", interface=Stdio())
CHECK = "def check(candidate):\n    assert candidate(1, 2) == 3\n    assert candidate(2, 2) == 4\n"
CALL_TESTS = HiddenTests(problem_id="add", code=CHECK)
STDIO_TESTS = HiddenTests(
    problem_id="double",
    cases=(TestCase(input="2\n", output="4\n", name="two"), TestCase(input="5\n", output="10\n")),
)
LIMITS = Limits(wall_s=120)


def local(source: str, problem: Problem = CALL, hidden: HiddenTests = CALL_TESTS) -> Score:
    return score_program(prepare(problem, hidden), source, "python", LocalSandbox(), LIMITS)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def add(x, y):\n    return x + y", Verdict.AC),
        ("def add(x, y):\n    return float(x + y)", Verdict.AC),
        ("def add(x, y):\n    return 3", Verdict.WA),
        ("def add(x, y):\n    return x / 0", Verdict.RTE),
        ("def add(x, y)\n    return", Verdict.CE),
        ("def other(x, y):\n    return x + y", Verdict.RTE),
        ("", Verdict.RTE),
        ("import os\nos._exit(0)", Verdict.RTE),
        ("class Yes:\n    def __eq__(self, other): return True\ndef add(x, y):\n    return Yes()", Verdict.RTE),
    ],
)
def test_calls(source: str, expected: Verdict) -> None:
    assert local(source).verdict is expected


def test_detail_names_the_assert_and_what_was_found() -> None:
    assert local("def add(x, y):\n    return 3") == Score(
        verdict=Verdict.WA, detail="assert 2: expected equal 4, found 3"
    )


@pytest.mark.parametrize(
    ("source", "expected", "detail"),
    [
        ("print(2 * int(input()))", Verdict.AC, ""),
        ("print(4)", Verdict.WA, "test 2: "),
        ("import sys; sys.exit(3)", Verdict.RTE, "two: "),
    ],
)
def test_standard_streams(source: str, expected: Verdict, detail: str) -> None:
    found = local(source, STDIO, STDIO_TESTS)
    assert found.verdict is expected
    assert found.detail.startswith(detail)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (Status.NONZERO_EXIT, Verdict.RTE),
        (Status.SIGNALED, Verdict.RTE),
        (Status.TIME_LIMIT, Verdict.TLE),
        (Status.MEMORY_LIMIT, Verdict.MLE),
        (Status.OUTPUT_LIMIT, Verdict.OLE),
    ],
)
def test_statuses(status: Status, expected: Verdict) -> None:
    sandbox = FakeSandbox(lambda program, given: Execution(status=status, exit_code=1))
    found = score_program(prepare(CALL, CALL_TESTS), "x", "python", sandbox, LIMITS)
    assert found.verdict is expected
    assert found.detail


@pytest.mark.parametrize(
    ("load", "used", "expected"),
    [
        (9.0, 0.5, Verdict.AC),  # kept from the processor by others: runs again with patience
        (9.0, 2.99, Verdict.TLE),  # used up its processor time
        (0.5, 0.5, Verdict.TLE),  # slept on an idle machine
    ],
)
def test_a_program_that_others_kept_waiting_runs_again(
    monkeypatch: pytest.MonkeyPatch, load: float, used: float, expected: Verdict
) -> None:
    monkeypatch.setattr("os.getloadavg", lambda: (load, load, load))
    late = Execution(status=Status.TIME_LIMIT, cpu_s=used, wall_s=10.0)

    class Busy(FakeSandbox):
        def run(self, program: Program, inputs: Any, limits: Limits, **how: Any) -> Run:
            if limits.wall_s <= 10:
                how["keep_going"](late)
                return Run(build=None, executions=(late,))
            return super().run(program, inputs, limits, **how)

    sandbox = Busy(lambda program, given: b"3" if given == b"[1,2]" else b"4")
    assert score_program(prepare(CALL, CALL_TESTS), "x", "python", sandbox, Limits()).verdict is expected


def test_first_failure_stops_the_run_and_decides() -> None:
    def answer(program: Program, given: bytes) -> bytes:
        if given == b"[2,2]":
            raise AssertionError("the second test was run")
        return b"0"

    found = score_program(prepare(CALL, CALL_TESTS), "x", "python", FakeSandbox(answer), LIMITS)
    assert found.verdict is Verdict.WA


def test_calls_share_a_process_and_streams_do_not() -> None:
    sandbox = LocalSandbox()
    score_program(prepare(CALL, CALL_TESTS), "def add(x, y): return x + y", "python", sandbox, LIMITS)
    score_program(prepare(STDIO, STDIO_TESTS), "print(2 * int(input()))", "python", sandbox, LIMITS)
    assert [grain for _, _, grain in sandbox.runs] == [Grain.PER_BATCH, Grain.PER_INPUT]


def test_expected_values_never_reach_the_sandbox() -> None:
    seen: list[bytes] = []

    def answer(program: Program, given: bytes) -> bytes:
        seen.append(given + program.source.encode())
        return b"30303" if given == b"[1]" else b"true"

    hidden = HiddenTests(problem_id="add", code="assert add(1) == 30303\nassert add(2) is True\nassert add(3)")
    assert score_program(prepare(CALL, hidden), "source", "python", FakeSandbox(answer), LIMITS).passed
    assert seen == [b"[1]source", b"[2]source", b"[3]source"]


def test_a_host_failure_is_never_held_against_a_program() -> None:
    def fail(program: Program, given: bytes) -> bytes:
        raise SandboxError("the daemon went away")

    found = score_program(prepare(CALL, CALL_TESTS), "x", "python", FakeSandbox(fail), LIMITS)
    assert found == Score(verdict=Verdict.IE, detail="the daemon went away")


def test_a_closed_sandbox_ends_scoring() -> None:
    sandbox = FakeSandbox({})
    sandbox.close()
    with pytest.raises(SandboxClosedError):
        score_program(prepare(CALL, CALL_TESTS), "x", "python", sandbox, LIMITS)


def test_code_that_cannot_be_read_is_run_beside_the_candidate() -> None:
    code = "def check(candidate):\n    for i in range(3):\n        assert candidate(i, i) == 2 * i"
    hidden = HiddenTests(problem_id="add", code=code)
    sandbox = LocalSandbox()
    paper = prepare(CALL, hidden)
    assert score_program(paper, "def add(x, y): return x + y", "python", sandbox, LIMITS).passed
    assert score_program(paper, "def add(x, y): return x * y", "python", sandbox, LIMITS).verdict is Verdict.WA
    assert score_program(paper, "def add(x, y) return", "python", sandbox, LIMITS).verdict in (
        Verdict.CE,
        Verdict.RTE,
    )
    assert sandbox.runs == []


def test_what_cannot_be_judged_is_refused() -> None:
    with pytest.raises(ValueError, match="add: no hidden tests"):
        prepare(CALL, HiddenTests(problem_id="add"))
    with pytest.raises(ValueError, match="double: test code belongs to"):
        prepare(STDIO, HiddenTests(problem_id="double", code=CHECK))


def test_text_keys() -> None:
    assert text_key("a", "python") == text_key("a", "python")
    assert len({text_key(*pair) for pair in (("a", "python"), ("a", "cpp"), ("a ", "python"), ("\ud800", "cpp"))}) == 4
