from __future__ import annotations

import pytest

from sandbox.errors import SandboxClosedError
from sandbox.execution import Execution, Grain, Limits, Program, Sandbox, Status
from sandbox.testing import FakeSandbox

LIMITS = Limits()


def test_answers_from_a_table_and_keeps_a_record() -> None:
    sandbox: Sandbox = FakeSandbox({"p": {b"1": b"one"}})
    program = Program(language="python", source="p")
    done = sandbox.run(program, (b"1", b"2"), LIMITS, grain=Grain.PER_BATCH)
    assert [execution.status for execution in done.executions] == [Status.OK, Status.NONZERO_EXIT]
    assert done.executions[0].stdout == b"one"
    assert isinstance(sandbox, FakeSandbox)
    (call,) = sandbox.calls
    assert (call.program, call.inputs, call.grain) == (program, (b"1", b"2"), Grain.PER_BATCH)


def test_answers_from_a_function_stop_and_broken_programs() -> None:
    sandbox = FakeSandbox(lambda program, given: given * 2, broken=["bad"])
    stopped = sandbox.run(
        Program(language="python", source="p", entry_point="f"), (b"1", b"2"), LIMITS, keep_going=lambda _: False
    )
    assert [execution.value for execution in stopped.executions] == [b"11"]
    assert not sandbox.run(Program(language="python", source="bad"), (b"",), LIMITS).built


def test_an_execution_is_passed_on_as_it_is() -> None:
    ended = Execution(status=Status.TIME_LIMIT)
    sandbox = FakeSandbox(lambda program, given: ended)
    assert sandbox.run(Program(language="cpp", source=""), (b"",), LIMITS).executions == (ended,)


def test_a_closed_one_refuses() -> None:
    sandbox = FakeSandbox({})
    sandbox.close()
    with pytest.raises(SandboxClosedError):
        sandbox.run(Program(language="python", source=""), (b"",), LIMITS)
