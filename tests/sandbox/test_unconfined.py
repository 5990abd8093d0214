from __future__ import annotations

import threading

import pytest

from sandbox.errors import SandboxClosedError
from sandbox.execution import Execution, Limits, Program, Status
from sandbox.unconfined import UnconfinedSandbox

LIMITS = Limits(cpu_s=1.0, wall_s=20.0, memory_bytes=128 << 20, output_bytes=1 << 20)


@pytest.fixture
def sandbox() -> UnconfinedSandbox:
    return UnconfinedSandbox(slots=2)


def run(sandbox: UnconfinedSandbox, source: str, given: bytes = b"", limits: Limits = LIMITS) -> Execution:
    (execution,) = sandbox.run(Program(language="python", source=source), (given,), limits).executions
    return execution


@pytest.mark.parametrize(
    ("source", "status"),
    [
        ("while True: pass", Status.TIME_LIMIT),
        ("kept = bytearray(10**9)\nfor at in range(0, len(kept), 4096): kept[at] = 1", Status.MEMORY_LIMIT),
        ("while True: print('x' * 1000)", Status.OUTPUT_LIMIT),
        ("1 / 0", Status.NONZERO_EXIT),
        ("import os; os.abort()", Status.SIGNALED),
        ("import os\nif os.fork() == 0:\n    os.setsid()\n    import time; time.sleep(5)", Status.OK),
    ],
)
def test_ends_as_it_must(sandbox: UnconfinedSandbox, source: str, status: Status) -> None:
    assert run(sandbox, source).status is status


def test_the_wall_clock_ends_what_sleeps(sandbox: UnconfinedSandbox) -> None:
    execution = run(sandbox, "import time; time.sleep(100)", limits=Limits(wall_s=0.3))
    assert execution.status is Status.TIME_LIMIT
    assert execution.exit_code is None
    assert execution.signal is None


def test_bytes_go_through_unchanged(sandbox: UnconfinedSandbox) -> None:
    given = bytes(range(256)) * 4000
    execution = run(sandbox, "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())", given)
    assert execution.stdout == given


def test_what_does_not_compile_is_not_run(sandbox: UnconfinedSandbox) -> None:
    done = sandbox.run(Program(language="python", source="def f(:"), (b"", b""), LIMITS)
    assert done.executions == ()
    assert not done.built
    assert done.build is not None
    assert b"SyntaxError" in done.build.stderr


def test_calls_take_and_give_values(sandbox: UnconfinedSandbox) -> None:
    program = Program(language="python", source="def f(a):\n    print('noise')\n    return (a, 1 / a)", entry_point="f")
    one, other = sandbox.run(program, (b"[2]", b"[0]"), LIMITS).executions
    assert one.value == b'{"tuple":[2,0.5]}'
    assert (other.status, other.value) == (Status.NONZERO_EXIT, None)


def test_a_call_that_leaves_has_not_returned(sandbox: UnconfinedSandbox) -> None:
    program = Program(language="python", source="import os\ndef f(): os._exit(0)", entry_point="f")
    (execution,) = sandbox.run(program, (b"[]",), LIMITS).executions
    assert execution.status is Status.NONZERO_EXIT


def test_stops_when_told(sandbox: UnconfinedSandbox) -> None:
    program = Program(language="python", source="print(input())")
    done = sandbox.run(program, (b"1", b"2", b"3"), LIMITS, keep_going=lambda ended: ended.stdout != b"2\n")
    assert [execution.stdout for execution in done.executions] == [b"1\n", b"2\n"]


def test_two_programs_talk(sandbox: UnconfinedSandbox) -> None:
    one = Program(language="python", source="def f(x): return x + 1", entry_point="f")
    other = Program(
        language="python", source="import sys\nprint('[41]', flush=True)\nsys.stderr.write(sys.stdin.readline())"
    )
    answered, asked = sandbox.converse(one, other, LIMITS)
    assert answered.status is Status.OK
    assert asked.stderr == b'{"value":42}\n'


def test_closing_ends_what_runs_and_refuses_what_comes(sandbox: UnconfinedSandbox) -> None:
    closer = threading.Timer(0.2, sandbox.close)
    closer.start()
    with pytest.raises(SandboxClosedError):
        run(sandbox, "import time; time.sleep(100)", limits=Limits(wall_s=60))
    closer.join()
    with pytest.raises(SandboxClosedError):
        run(sandbox, "")
