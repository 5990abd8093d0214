"""Verdicts: from what a sandbox saw and what a checker says."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from codegen.judging import ATTEMPTS, Verdict, judge, limits_for
from problems.problem import Call, CheckerSpec, Problem, Stdio, TestCase
from sandbox.errors import SandboxClosedError, SandboxError, SandboxUnavailableError
from sandbox.execution import Execution, Grain, Limits, Program, Run, Sandbox, Status
from sandbox.testing import Answer, FakeSandbox

DOUBLE = Problem(
    id="double",
    statement="Print twice the number.",
    interface=Stdio(),
    public_tests=(
        TestCase(input="1\n", output="2\n", name="sample 1"),
        TestCase(input="2\n", output="4\n", name="sample 2"),
        TestCase(input="3\n", output="6\n"),
    ),
)
RIGHT = {b"1\n": b"2\n", b"2\n": b"4", b"3\n": b" 6 \n"}
PROGRAM = Program(language="python", source="p")


def fake(answers: dict[bytes, Answer]) -> FakeSandbox:
    return FakeSandbox({"p": answers})


def verdict_of(answers: dict[bytes, Answer]) -> tuple[Verdict, int, str]:
    found = judge(PROGRAM, DOUBLE.public_tests, DOUBLE, fake(answers), Limits())
    assert found.total == 3
    return found.verdict, found.passed, found.detail


def test_all_tests_passed() -> None:
    assert verdict_of(dict(RIGHT)) == (Verdict.AC, 3, "")


def test_the_first_wrong_answer_ends_it_and_is_named() -> None:
    seen: list[bytes] = []

    def answers(program: Program, given: bytes) -> bytes:
        seen.append(given)
        return b"2\n"

    found = judge(PROGRAM, DOUBLE.public_tests, DOUBLE, FakeSandbox(answers), Limits())
    assert (found.verdict, found.passed, found.total) == (Verdict.WA, 1, 3)
    assert found.detail.startswith("sample 2: ")
    assert "4" in found.detail
    assert seen == [b"1\n", b"2\n"]


@pytest.mark.parametrize(
    ("execution", "verdict", "said"),
    [
        (Execution(status=Status.TIME_LIMIT, cpu_s=3.01), Verdict.TLE, "3.01 s"),
        (Execution(status=Status.MEMORY_LIMIT, memory_bytes=64 << 20), Verdict.MLE, "64 MiB"),
        (Execution(status=Status.OUTPUT_LIMIT, stdout=b"4" * 99), Verdict.OLE, "output"),
        (
            Execution(status=Status.NONZERO_EXIT, exit_code=1, stderr=b"Trace\nKeyError: 2\n"),
            Verdict.RTE,
            "KeyError: 2",
        ),
        (Execution(status=Status.NONZERO_EXIT, exit_code=3, stdout=b"4"), Verdict.RTE, "exit code 3"),
        (Execution(status=Status.SIGNALED, signal=11, stdout=b"4"), Verdict.RTE, "signal 11"),
    ],
)
def test_how_a_run_ended_decides_before_what_it_printed(execution: Execution, verdict: Verdict, said: str) -> None:
    found, passed, detail = verdict_of({**RIGHT, b"2\n": execution})
    assert (found, passed) == (verdict, 1)
    assert said in detail


def test_ending_well_without_a_word_is_no_pass() -> None:
    assert verdict_of({**RIGHT, b"1\n": b""})[0] is Verdict.WA


def test_details_are_one_printable_line() -> None:
    bad = Execution(status=Status.NONZERO_EXIT, exit_code=1, stderr=b"Error: \x1b[31mred\x00 \xff" + b"x" * 5000)
    detail = verdict_of({b"1\n": bad})[2]
    assert detail.isprintable()
    assert len(detail) <= 300


def test_what_does_not_build_is_a_compile_error() -> None:
    found = judge(PROGRAM, DOUBLE.public_tests, DOUBLE, FakeSandbox({}, broken=["p"]), Limits())
    assert (found.verdict, found.passed, found.detail) == (Verdict.CE, 0, "does not build")


def test_without_tests_a_program_has_to_build() -> None:
    assert judge(PROGRAM, (), DOUBLE, fake({}), Limits()).verdict is Verdict.AC
    assert judge(PROGRAM, (), DOUBLE, FakeSandbox({}, broken=["p"]), Limits()).verdict is Verdict.CE


def test_a_test_without_an_answer_wants_a_run_that_ends_well() -> None:
    tests = (TestCase(input="1\n"),)
    assert judge(PROGRAM, tests, DOUBLE, fake({b"1\n": b"whatever"}), Limits()).verdict is Verdict.AC
    assert judge(PROGRAM, tests, DOUBLE, fake({}), Limits()).verdict is Verdict.RTE


CALLED = Problem(
    id="pair",
    statement="",
    interface=Call(entry_point="pair"),
    public_tests=(TestCase.call((1, "a"), (1, "a")), TestCase.call(([],), 1.0)),
    checker=CheckerSpec(name="value", absolute=1e-6),
)
CALLABLE = Program(language="python", source="p", entry_point="pair")


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        (b'{"tuple":[1,"a"]}', b"1", Verdict.AC),
        (b'{"tuple":[1.0,"a"]}', b"1.0000001", Verdict.AC),
        (b'[1,"a"]', b"1", Verdict.WA),
        (b'{"tuple":[1,"a"]}', b"1.1", Verdict.WA),
        (b"}{ no value", b"1", Verdict.WA),
    ],
)
def test_a_call_is_decided_by_its_value(first: bytes, second: bytes, verdict: Verdict) -> None:
    answers: dict[bytes, Answer] = {CALLED.public_tests[0].input.encode(): first, b"[[]]": second}
    assert judge(CALLABLE, CALLED.public_tests, CALLED, fake(answers), Limits()).verdict is verdict


def test_what_a_called_program_prints_is_no_result() -> None:
    printed = Execution(status=Status.OK, exit_code=0, stdout=b'{"tuple":[1,"a"]}')
    answers: dict[bytes, Answer] = {CALLED.public_tests[0].input.encode(): printed}
    assert judge(CALLABLE, CALLED.public_tests, CALLED, fake(answers), Limits()).verdict is Verdict.RTE


class Failing:
    """Fails a number of times, after one execution, then works."""

    name, slots = "failing", 1

    def __init__(self, inner: Sandbox, errors: Sequence[SandboxError]) -> None:
        self.inner, self.errors, self.runs = inner, list(errors), 0

    def run(
        self,
        program: Program,
        inputs: Sequence[bytes],
        limits: Limits,
        *,
        grain: Grain = Grain.PER_INPUT,
        keep_going: Callable[[Execution], bool] | None = None,
    ) -> Run:
        self.runs += 1
        if self.errors:
            self.inner.run(program, inputs[:1], limits, grain=grain, keep_going=keep_going)
            raise self.errors.pop()
        return self.inner.run(program, inputs, limits, grain=grain, keep_going=keep_going)

    def converse(self, program: Program, driver: Program, limits: Limits) -> tuple[Execution, Execution]:
        raise NotImplementedError

    def close(self) -> None:
        self.inner.close()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waited: list[float] = []
    monkeypatch.setattr("codegen.judging.time.sleep", waited.append)
    return waited


def test_a_host_that_fails_is_asked_again_from_the_first_test(patient: list[float]) -> None:
    sandbox = Failing(fake(dict(RIGHT)), [SandboxError("broken pipe")] * (ATTEMPTS - 1))
    found = judge(PROGRAM, DOUBLE.public_tests, DOUBLE, sandbox, Limits())
    assert (found.verdict, found.passed) == (Verdict.AC, 3)
    assert len(patient) == ATTEMPTS - 1


def test_a_host_that_keeps_failing_is_an_internal_error(patient: list[float]) -> None:
    sandbox = Failing(fake(dict(RIGHT)), [SandboxError("broken pipe")] * 99)
    found = judge(PROGRAM, DOUBLE.public_tests, DOUBLE, sandbox, Limits())
    assert (found.verdict, found.detail) == (Verdict.IE, "broken pipe")
    assert sandbox.runs == ATTEMPTS


@pytest.mark.parametrize("error", [SandboxClosedError("closed"), SandboxUnavailableError("gone")])
def test_a_sandbox_that_is_gone_is_not_asked_again(error: SandboxError, patient: list[float]) -> None:
    with pytest.raises(type(error)):
        judge(PROGRAM, DOUBLE.public_tests, DOUBLE, Failing(fake({}), [error] * 3), Limits())
    assert patient == []


def test_a_cancelled_judgement_is_not_held_against_the_program() -> None:
    found = judge(PROGRAM, DOUBLE.public_tests, DOUBLE, fake(dict(RIGHT)), Limits(), cancelled=lambda: True)
    assert (found.verdict, found.passed) == (Verdict.IE, 1)


def test_texts_that_are_not_utf8_reach_the_sandbox() -> None:
    sandbox = FakeSandbox(lambda program, given: b"1")
    odd = (TestCase(input="\ud800", output="1"),)
    assert judge(PROGRAM, odd, DOUBLE, sandbox, Limits()).verdict is Verdict.AC
    assert sandbox.calls[0].inputs == (b"\xed\xa0\x80",)


def test_limits_are_the_problems_own_where_it_has_them() -> None:
    assert limits_for(DOUBLE, Limits()) == Limits()
    own = Problem(id="p", statement="", interface=Stdio(), time_limit_s=5.0, memory_limit_bytes=64 << 20)
    assert limits_for(own, Limits()) == Limits(cpu_s=5.0, wall_s=15.0, memory_bytes=64 << 20)
