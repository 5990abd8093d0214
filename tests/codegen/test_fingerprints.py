"""What a program gives on inputs without known outputs."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codegen.fingerprints import MAX_TIMEOUTS, PREVIEW_CHARS, Fingerprint, observe
from codegen.inputs import GeneratedInput
from codegen.judging import ATTEMPTS
from problems.problem import Call, CheckerSpec, Problem, Stdio
from problems.values import dumps
from sandbox.errors import SandboxError
from sandbox.execution import Execution, Limits, Program, Status
from sandbox.testing import Answer, FakeSandbox

FED = Program(language="python", source="p")
CALLED = Program(language="python", source="p", entry_point="f")


def fed(answer: Answer, checker: str = "tokens") -> Fingerprint:
    problem = Problem(id="p", statement="", interface=Stdio(), checker=CheckerSpec(name=checker))
    return _observed(FED, problem, [answer])


def called(answer: Answer) -> Fingerprint:
    problem = Problem(id="p", statement="", interface=Call(entry_point="f"), checker=CheckerSpec(name="value"))
    return _observed(CALLED, problem, [answer])


def _observed(program: Program, problem: Problem, answers: list[Answer]) -> Fingerprint:
    inputs = tuple(GeneratedInput(text=f"{i}\n", source="mutation") for i in range(len(answers)))
    sandbox = FakeSandbox({"p": {f"{i}\n".encode(): answer for i, answer in enumerate(answers)}})
    return observe(program, inputs, problem, sandbox, Limits())


@pytest.mark.parametrize(
    ("checker", "one", "other", "same"),
    [
        ("tokens", b"1 2\n3\n", b"1\n2 3", True),
        ("tokens", b"12", b"1 2", False),
        ("tokens", b"YES", b"yes", False),
        ("yes_no", b"YES\n", b"yes", True),
        ("exact", b"1 2\n", b"1 2", True),
        ("exact", b"1  2\n", b"1 2", False),
        ("unordered_lines", b"a b\n\nc\n", b"c\na  b\n", True),
        ("unordered_lines", b"a\na\n", b"a\n", False),
        ("floats", b"0.1 x", b"0.1000000001  x", True),
        ("floats", b"1.5", b"1.6", False),
        ("floats", b"nan 1e3", b"nan 1000", True),
    ],
)
def test_outputs_the_checker_takes_for_the_same_have_one_digest(
    checker: str, one: bytes, other: bytes, same: bool
) -> None:
    assert (fed(one, checker).behaviour == fed(other, checker).behaviour) is same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1, 1.0, True),
        (True, 1, True),
        ([1, 2], (1, 2), False),
        ({1, 2}, {2, 1}, True),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        (0.1 + 0.2, 0.3, True),
        ("1", 1, False),
        (None, "None", False),
    ],
)
def test_values_that_python_calls_equal_have_one_digest(one: object, other: object, same: bool) -> None:
    assert (called(dumps(one).encode()).behaviour == called(dumps(other).encode()).behaviour) is same


def test_every_way_to_fail_is_a_behaviour_of_its_own() -> None:
    failed = [fed(Execution(status=status)) for status in Status if status is not Status.OK]
    printed = [fed(status.value.encode()) for status in Status]
    for one, other in combinations([*failed, *printed, fed(b"")], 2):
        assert one.behaviour != other.behaviour


def test_a_crash_is_a_crash_whatever_it_says() -> None:
    one = Execution(status=Status.NONZERO_EXIT, exit_code=1, stderr=b"KeyError", stdout=b"half")
    other = Execution(status=Status.NONZERO_EXIT, exit_code=2)
    assert fed(one) == fed(other)


def test_a_program_that_is_slow_again_and_again_is_given_up() -> None:
    slow = Execution(status=Status.TIME_LIMIT)
    problem = Problem(id="p", statement="", interface=Stdio())
    seen = _observed(FED, problem, [b"1", slow, b"2", slow, slow, b"3", b"4"]).behaviour
    assert seen.count("TIME_LIMIT") == MAX_TIMEOUTS
    assert seen[-2:] == ("-", "-")
    assert len(seen) == 7


def test_a_crash_does_not_end_the_observation() -> None:
    problem = Problem(id="p", statement="", interface=Stdio())
    crash = Execution(status=Status.SIGNALED, signal=11)
    assert "-" not in _observed(FED, problem, [crash] * 9 + [b"1"]).behaviour


def test_nothing_is_run_when_it_is_cancelled() -> None:
    inputs = tuple(GeneratedInput(text=str(i), source="mutation") for i in range(5))
    sandbox = FakeSandbox(lambda program, given: b"1")
    problem = Problem(id="p", statement="", interface=Stdio())
    seen = observe(FED, inputs, problem, sandbox, Limits(), cancelled=lambda: True)
    assert seen.behaviour[1:] == ("-",) * 4


def test_a_host_failure_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codegen.judging.time.sleep", lambda seconds: None)
    failures = [SandboxError("broken pipe")] * (ATTEMPTS - 1)

    def answer(program: Program, given: bytes) -> bytes:
        if failures:
            raise failures.pop()
        return b"1"

    problem = Problem(id="p", statement="", interface=Stdio())
    inputs = (GeneratedInput(text="0", source="mutation"),)
    assert observe(FED, inputs, problem, FakeSandbox(answer), Limits()).outcomes[0].preview == "1"
    failures.extend([SandboxError("broken pipe")] * ATTEMPTS)
    with pytest.raises(SandboxError, match="broken pipe"):
        observe(FED, inputs, problem, FakeSandbox(answer), Limits())


def test_no_inputs_run_nothing() -> None:
    sandbox = FakeSandbox({})
    assert observe(FED, (), Problem(id="p", statement="", interface=Stdio()), sandbox, Limits()).outcomes == ()
    assert sandbox.calls == []


@given(st.binary() | st.text().map(lambda text: dumps(text).encode()))
def test_any_output_has_a_short_preview_that_is_safe_to_show(output: bytes) -> None:
    for seen in (fed(output, "floats"), called(output)):
        preview = seen.outcomes[0].preview
        assert len(preview) <= PREVIEW_CHARS
        assert all(char.isprintable() or char == "\n" for char in preview)
        preview.encode()


def test_previews_show_the_beginning() -> None:
    assert fed(b"1 2\n").outcomes[0].preview == "1 2\n"
    assert called(b'{"tuple":[1,"a"]}').outcomes[0].preview == "(1, 'a')"
    assert fed(b"7" * 1000).outcomes[0].preview == "7" * (PREVIEW_CHARS - 1) + "…"


def test_an_int_too_long_to_be_written_still_has_a_digest() -> None:
    one, other = ('{"int":"0x' + digit * 10_000 + '"}' for digit in "12")
    assert called(one.encode()).behaviour == called(one.encode()).behaviour
    assert called(one.encode()).behaviour != called(other.encode()).behaviour
