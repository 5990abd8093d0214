"""Real containers: every kind of program, every limit, and nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import container
from sandbox.container import LABEL, DockerSandbox, sweep
from sandbox.daemon import connect
from sandbox.errors import SandboxClosedError, SandboxUnavailableError
from sandbox.execution import Execution, Grain, Limits, Program, Status
from sandbox.languages import HELLO_INPUT, LANGUAGES, said_hello
from sandbox.owner import Owner
from sandbox.profiles import PROFILES
from sandbox.testing import FakeSandbox

pytestmark = pytest.mark.docker

LIMITS = Limits(cpu_s=2.0, wall_s=5.0, memory_bytes=256 << 20, output_bytes=4 << 20)
ROOT = Path(__file__).parents[2]


def python(source: str, entry_point: str | None = None) -> Program:
    return Program(language="python", source=source, entry_point=entry_point)


def one(sandbox: DockerSandbox, source: str, given: bytes = b"", limits: Limits = LIMITS) -> Execution:
    run = sandbox.run(python(source), (given,), limits)
    assert run.built, run.build
    return run.executions[0]


def call(sandbox: DockerSandbox, source: str, *lines: bytes, grain: Grain = Grain.PER_INPUT) -> tuple[Execution, ...]:
    return sandbox.run(python(source, "f"), lines, LIMITS, grain=grain).executions


@pytest.fixture
def own_sandbox(docker_image: str | None) -> Iterator[DockerSandbox]:
    with DockerSandbox(image=docker_image, slots=2) as sandbox:
        yield sandbox


# Standard input and output.


@pytest.mark.parametrize("language", PROFILES["plain"].languages)
def test_every_language_says_hello(language: str, docker_sandbox: DockerSandbox) -> None:
    run = docker_sandbox.run(LANGUAGES[language].hello_program(), (HELLO_INPUT, HELLO_INPUT), LIMITS)
    assert run.built, run.build
    assert [bool(said_hello(execution)) for execution in run.executions] == [True, True]


def test_a_language_that_the_image_lacks_has_containers_of_its_own_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[dict[str, Any]] = []

    def fuller(**settings: Any) -> FakeSandbox:
        opened.append(settings)
        return FakeSandbox(lambda program, given: b"ran " + program.language.encode())

    with DockerSandbox(slots=1) as sandbox:
        monkeypatch.setattr(container, "DockerSandbox", fuller)
        for _ in range(2):
            run = sandbox.run(LANGUAGES["java"].hello_program(), (HELLO_INPUT,), LIMITS)
            assert run.executions[0].stdout == b"ran java"
        python_run = sandbox.run(LANGUAGES["python"].hello_program(), (HELLO_INPUT,), LIMITS)
        assert said_hello(python_run.executions[0])
    assert opened == [{"slots": 1, "profile": "full", "runtime": None}]


def test_a_program_is_run_as_an_interpreter_would(docker_sandbox: DockerSandbox) -> None:
    source = """
import sys, os
assert __name__ == "__main__" and sys.modules["__main__"].__dict__ is globals()
assert sys.argv == ["main.py"], sys.argv
assert os.getcwd() == "/tmp" and os.listdir() == []
assert os.environ["PATH"] and "DOCKER_HOST" not in os.environ
assert not [name for name in sys.modules if name.startswith("sandbox")]
assert sys.stdin.fileno() == 0 and sys.stdout.fileno() == 1 and sys.stderr.fileno() == 2
assert not sys.stdout.seekable() and sys.stdin.encoding == sys.stdout.encoding == "utf-8"
assert open("/dev/stdin").read() == "line\\n"
assert input() == "line"
open("file", "w").write("x")
print("out", file=open("/dev/stdout", "w"))
print("err", file=sys.stderr)
exit(3)
"""
    execution = one(docker_sandbox, source, b"line\n")
    assert execution.stderr == b"err\n"
    assert (execution.status, execution.exit_code, execution.stdout) == (Status.NONZERO_EXIT, 3, b"out\n")


def test_bytes_pass_unchanged(docker_sandbox: DockerSandbox) -> None:
    data = bytes(range(256)) * 4096 + b"\xef\xbb\xbf\r\n\0end without newline"
    execution = one(docker_sandbox, "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())", data)
    assert (execution.status, execution.stdout) == (Status.OK, data)


@pytest.mark.parametrize(
    "source",
    [
        "out = open(1, 'w', closefd=False); out.write('text')",
        "import sys, io; sys.stdout = io.TextIOWrapper(open(1, 'wb')); print('text', end='')",
        "import atexit; atexit.register(lambda: print('text', end=''))",
        "import threading, time; threading.Thread(target=lambda: (time.sleep(0.1), print('text', end=''))).start()",
        "class A:\n    def __del__(self): print('text', end='')\na = A()",
        "import os; os.write(1, b'text')",
        "print('te', end=''); import sys; print('xt', end=''); sys.exit()",
        "import subprocess; subprocess.run(['sh', '-c', 'printf text'])",
        "import multiprocessing as m\nq = m.Pipe()\nq[0].send('text'); print(q[1].recv(), end='')",
        "import asyncio\nasync def main(): print('text', end='')\nasyncio.run(main())",
    ],
)
def test_all_output_arrives(source: str, docker_sandbox: DockerSandbox) -> None:
    execution = one(docker_sandbox, source)
    assert (execution.status, execution.stdout, execution.stderr) == (Status.OK, b"text", b"")


@pytest.mark.parametrize(
    ("source", "code", "stderr"),
    [
        ("raise SystemExit", 0, b""),
        ("import sys; sys.exit('why')", 1, b"why\n"),
        ("import os; os._exit(7)", 7, b""),
        ("exit(256 + 5)", 5, b""),
        ("1 / 0", 1, b'Traceback (most recent call last):\n  File "main.py", line 1, in <module>\nZeroDivisionError: '),
    ],
)
def test_exit_codes(source: str, code: int, stderr: bytes, docker_sandbox: DockerSandbox) -> None:
    execution = one(docker_sandbox, source)
    assert execution.exit_code == code
    assert execution.status is (Status.NONZERO_EXIT if code else Status.OK)
    assert execution.stderr.startswith(stderr)
    assert bool(stderr) == bool(execution.stderr)


def test_signals_are_told(docker_sandbox: DockerSandbox) -> None:
    execution = one(docker_sandbox, "import os; os.abort()")
    assert (execution.status, execution.signal, execution.exit_code) == (Status.SIGNALED, signal.SIGABRT, None)


def test_a_program_that_does_not_compile(docker_sandbox: DockerSandbox) -> None:
    for source, message in (("x = = 1", b"SyntaxError"), ("a\0b", b"null bytes"), ("\tx\n  y", b"IndentationError")):
        run = docker_sandbox.run(python(source), (b"", b""), LIMITS)
        assert run.build is not None
        assert (run.built, run.build.exit_code, run.executions) == (False, 1, ())
        assert message in run.build.stderr


def test_each_input_meets_a_fresh_process(docker_sandbox: DockerSandbox) -> None:
    source = "import os, math\nprint(getattr(math, 'x', 0), os.path.exists('f'))\nmath.x = 1; open('f', 'w').close()"
    run = docker_sandbox.run(python(source), (b"",) * 3, LIMITS)
    assert [execution.stdout for execution in run.executions] == [b"0 False\n"] * 3


def test_keep_going_ends_the_run(docker_sandbox: DockerSandbox) -> None:
    for entry_point, grain in ((None, Grain.PER_INPUT), ("f", Grain.PER_INPUT), ("f", Grain.PER_BATCH)):
        seen: list[Execution] = []

        def keep_going(execution: Execution, seen: list[Execution] = seen) -> bool:
            seen.append(execution)
            return len(seen) < 2

        program = python("def f(x): return x\nprint('x')", entry_point)
        run = docker_sandbox.run(program, (b"[1]",) * 5, LIMITS, grain=grain, keep_going=keep_going)
        assert len(run.executions) == 2
        assert run.executions == tuple(seen)


# Limits.


def test_processor_time_decides_not_the_wall(docker_sandbox: DockerSandbox) -> None:
    limits = Limits(cpu_s=0.3, wall_s=20.0, memory_bytes=256 << 20)
    spun = one(docker_sandbox, "while True: pass", limits=limits)
    assert spun.status is Status.TIME_LIMIT
    assert 0.3 <= spun.cpu_s < 0.6
    slept = one(docker_sandbox, "import time; time.sleep(0.6); print('awake')", limits=limits)
    assert (slept.status, slept.stdout) == (Status.OK, b"awake\n")
    assert slept.cpu_s < 0.3 < slept.wall_s


def test_what_was_printed_before_a_limit_is_kept(docker_sandbox: DockerSandbox) -> None:
    execution = one(
        docker_sandbox, "print('before', flush=True)\nwhile True: pass", limits=Limits(cpu_s=0.2, wall_s=5.0)
    )
    assert (execution.status, execution.stdout) == (Status.TIME_LIMIT, b"before\n")


def test_memory_follows_the_limit(docker_sandbox: DockerSandbox) -> None:
    source = "kept = bytearray(150 << 20)\nfor at in range(0, len(kept), 4096): kept[at] = 1\nprint('ok')"
    tight, wide = (Limits(memory_bytes=size << 20) for size in (100, 300))
    assert one(docker_sandbox, source, limits=tight).status is Status.MEMORY_LIMIT
    roomy = one(docker_sandbox, source, limits=wide)
    assert (roomy.status, roomy.stdout) == (Status.OK, b"ok\n")
    assert 150 << 20 <= roomy.memory_bytes < 300 << 20


def test_the_output_cap(docker_sandbox: DockerSandbox) -> None:
    limits = Limits(output_bytes=1000)
    assert one(docker_sandbox, "print('x' * 999)", limits=limits).status is Status.OK
    over = one(docker_sandbox, "print('x' * 1000)", limits=limits)
    assert (over.status, over.stdout) == (Status.OUTPUT_LIMIT, b"x" * 1000)


def test_waiting_for_a_processor_is_not_the_programs_fault(own_sandbox: DockerSandbox) -> None:
    one(own_sandbox, "")
    spin = [
        sys.executable,
        "-c",
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\nwhile True: pass",
    ]
    others = [subprocess.Popen(spin) for _ in range(3)]
    try:
        source = "import time\nwhile time.process_time() < 0.3: pass\nprint('done')"
        execution = one(own_sandbox, source, limits=Limits(cpu_s=1.0, wall_s=1.0))
        asleep = one(own_sandbox, "import time; time.sleep(100)", limits=Limits(cpu_s=1.0, wall_s=0.7))
    finally:
        for other in others:
            other.kill()
            other.wait()
    assert (execution.status, execution.stdout) == (Status.OK, b"done\n")
    assert asleep.status is Status.TIME_LIMIT


# Calls.


def test_values_come_back_in_wire_form(docker_sandbox: DockerSandbox) -> None:
    source = """
import collections, re
assert __name__ != "__main__"
if __name__ == "__main__": raise SystemExit
def f(x):
    print("noise", flush=True)
    return (x, {x: [1.5, None]}, collections.Counter("aa"), re.match("a", "a"))
"""
    for grain in Grain:
        (execution,) = call(docker_sandbox, source, b'["k"]', grain=grain)
        assert execution.status is Status.OK
        assert execution.value == b'{"tuple":["k",{"dict":[["k",[1.5,null]]]},{"dict":[["a",2]]},true]}'


BAD_CALLS = {
    "raises": ("def f(x): raise KeyError(x)", b"KeyError: 1"),
    "returns a generator": ("def f(x): yield x", b"'generator' cannot be returned"),
    "returns endless nesting": ("def f(x):\n    a = []; a.append(a)\n    return a", b"nested deeper"),
    "ends the process politely": ("import sys\ndef f(x): sys.exit(0)", b"tried to end the process"),
    "ends the process": ("import os\ndef f(x): os._exit(0)", b"ended the process inside a call"),
    "is not there": ("def g(x): pass", b"NameError: the program defines no 'f'"),
    "is not callable": ("f = 3", b"TypeError: 'f' is not callable"),
    "cannot be loaded": ("import nowhere\ndef f(x): pass", b"ModuleNotFoundError"),
    "wants other arguments": ("def f(): pass", b"TypeError"),
    "an exception that cannot be shown": (
        "class E(Exception):\n    def __str__(self): raise self\ndef f(x): raise E",
        b"E",
    ),
}


@pytest.mark.parametrize("name", BAD_CALLS)
@pytest.mark.parametrize("grain", Grain)
def test_calls_without_a_value(name: str, grain: Grain, docker_sandbox: DockerSandbox) -> None:
    source, reason = BAD_CALLS[name]
    executions = call(docker_sandbox, source, b"[1]", b"[1]", grain=grain)
    assert len(executions) == 2
    for execution in executions:
        assert execution.status is Status.NONZERO_EXIT
        assert execution.value is None
        assert reason in execution.stderr, execution.stderr


def test_a_batch_goes_on_after_what_ends_its_process(docker_sandbox: DockerSandbox) -> None:
    source = """
import os, ctypes
def f(x):
    if x == 1: os._exit(4)
    if x == 2:
        while True: pass
    if x == 3: ctypes.string_at(0)
    if x == 4:
        kept = []
        while True: kept.append(bytearray(1 << 20))
    if x == 5: print("x" * (9 << 20))
    return x
"""
    limits = Limits(cpu_s=1.0, wall_s=5.0, memory_bytes=64 << 20, output_bytes=1 << 20)
    inputs = [b"[%d]" % number for number in (0, 1, 2, 3, 4, 5, 6)]
    run = docker_sandbox.run(python(source, "f"), inputs, limits, grain=Grain.PER_BATCH)
    assert [execution.status for execution in run.executions] == [
        Status.OK,
        Status.NONZERO_EXIT,
        Status.TIME_LIMIT,
        Status.SIGNALED,
        Status.MEMORY_LIMIT,
        Status.OUTPUT_LIMIT,
        Status.OK,
    ]
    assert [execution.value for execution in run.executions] == [b"0", None, None, None, None, None, b"6"]


def test_limits_in_a_batch_are_each_calls_own(docker_sandbox: DockerSandbox) -> None:
    source = """
import time
def f(s):
    end = time.process_time() + s
    while time.process_time() < end: pass
    return s
"""
    limits = Limits(cpu_s=0.5, wall_s=5.0)
    run = docker_sandbox.run(python(source, "f"), [b"[0.15]"] * 8 + [b"[60]", b"[0]"], limits, grain=Grain.PER_BATCH)
    statuses = [execution.status for execution in run.executions]
    assert statuses == [Status.OK] * 8 + [Status.TIME_LIMIT, Status.OK]


def test_one_process_serves_a_batch_and_one_each_serves_inputs(docker_sandbox: DockerSandbox) -> None:
    source = "seen = []\ndef f(x):\n    seen.append(x)\n    return len(seen)"
    batch = call(docker_sandbox, source, b"[0]", b"[0]", b"[0]", grain=Grain.PER_BATCH)
    apart = call(docker_sandbox, source, b"[0]", b"[0]", b"[0]")
    assert [execution.value for execution in batch] == [b"1", b"2", b"3"]
    assert [execution.value for execution in apart] == [b"1", b"1", b"1"]


def test_forged_values_are_the_programs_own_answers_at_most(docker_sandbox: DockerSandbox) -> None:
    source = """
import os
def f(x):
    for number in range(3, 256):
        try: os.write(number, b"V" * 4096)
        except OSError: pass
    return x
"""
    for grain in Grain:
        executions = call(docker_sandbox, source, b"[1]", b"[2]", grain=grain)
        assert [execution.value for execution in executions] == [None, None]
        assert docker_sandbox.check() == []


# Compiled programs.


def test_a_compiler_message_is_kept(docker_sandbox: DockerSandbox) -> None:
    run = docker_sandbox.run(Program(language="cpp", source="int main() { return x; }"), (b"",), LIMITS)
    assert run.build is not None
    assert (run.built, run.executions) == (False, ())
    assert b"'x' was not declared" in run.build.stderr.replace("‘".encode(), b"'").replace("’".encode(), b"'")


def test_the_standard_headers_are_precompiled(docker_sandbox: DockerSandbox) -> None:
    """As a file beside the header. That the compiler takes it is seen from its memory: it maps what it would parse."""
    new = f"// {os.urandom(16).hex()}"  # not built by an earlier process, which would have kept it
    source = f"""{new}
#include <bits/stdc++.h>
#if !__has_include(<bits/stdc++.h.gch>)
#error not there
#endif
int main() {{ std::puts("there"); }}
"""
    run = docker_sandbox.run(Program(language="cpp", source=source), (b"",), LIMITS)
    assert run.built, run.build
    other = source.replace("#include", "extern int first;\n#include", 1)  # a token before it: parsed anew
    parsed = docker_sandbox.run(Program(language="cpp", source=other), (b"",), LIMITS)
    assert run.build is not None
    assert parsed.build is not None
    assert run.build.memory_bytes < parsed.build.memory_bytes - (20 << 20)


def test_a_build_is_made_once(docker_sandbox: DockerSandbox) -> None:
    new = f"// {os.urandom(16).hex()}\n"  # not built by an earlier process either, which would have kept it
    source = new + '#include <cstdio>\nint main() { int x; scanf("%d", &x); return x; }'
    program = Program(language="cpp", source=source)
    first, second = (docker_sandbox.run(program, (b"1", b"0"), LIMITS) for _ in range(2))
    assert [execution.exit_code for execution in first.executions] == [1, 0]
    assert first.build is not None
    assert second.build is not None
    assert first.build.cpu_s > 0
    assert second.build.cpu_s == 0
    assert second.built


def test_includes_do_not_read_the_host_or_hang(docker_sandbox: DockerSandbox) -> None:
    for source in (
        '#include "/dev/stdin"\nint main() {}',
        '#include "/run/sbx/socket"\nint main() {}',
        "#include __FILE__",
    ):
        run = docker_sandbox.run(Program(language="cpp", source=source), (b"",), LIMITS)
        assert run.build is not None
        assert not run.built or run.executions[0].status is Status.OK


# Conversations.

DRIVER = """
import json, sys
def ask(*arguments):
    print(json.dumps(arguments), flush=True)
    return json.loads(input())
assert ask(1, 2) == {"value": 3}
assert ask(1, "x")["error"].startswith("TypeError: "), "error"
assert ask([1], [2]) == {"value": [1, 2]}
sys.stderr.write("passed")
"""


def test_test_code_calls_a_program_in_another_box(docker_sandbox: DockerSandbox) -> None:
    source = "def f(a, b):\n    print('noise')\n    return a + b"
    program, driver = docker_sandbox.converse(python(source, "f"), python(DRIVER), LIMITS)
    assert (driver.status, driver.stderr) == (Status.OK, b"passed")
    assert (program.status, program.stderr) == (Status.OK, b"noise\n" * 3)


def test_a_conversation_ends_when_one_side_does(docker_sandbox: DockerSandbox) -> None:
    program, driver = docker_sandbox.converse(python("def f(a, b): raise SystemExit", "f"), python(DRIVER), LIMITS)
    assert driver.status is Status.NONZERO_EXIT
    program, driver = docker_sandbox.converse(python("import os; os._exit(5)"), python("print(input())"), LIMITS)
    assert (program.exit_code, driver.status) == (5, Status.NONZERO_EXIT)
    assert b"EOFError" in driver.stderr
    program, driver = docker_sandbox.converse(
        python("while True: pass"), python("input()"), Limits(cpu_s=0.3, wall_s=5.0)
    )
    assert program.status is Status.TIME_LIMIT


def test_a_conversation_with_a_program_that_does_not_build(docker_sandbox: DockerSandbox) -> None:
    program, _ = docker_sandbox.converse(python("(", "f"), python("print(input())"), LIMITS)
    assert b"SyntaxError" in program.stderr
    compiled = Program(language="cpp", source="int main() { return")
    program, driver = docker_sandbox.converse(compiled, python("input()"), LIMITS)
    assert b"error" in program.stderr
    assert driver.status is Status.NONZERO_EXIT


# The containers.


def _containers(owner: str) -> list[Any]:
    client = connect()
    try:
        return list(client.containers.list(all=True, filters={"label": f"{LABEL}={owner}"}))
    finally:
        client.close()


def _folders(owner: str) -> list[Path]:
    return list(Path(tempfile.gettempdir()).glob(f"codesieve-box-{owner}_*"))


def test_containers_are_held_as_promised(docker_sandbox: DockerSandbox) -> None:
    one(docker_sandbox, "")
    container = _containers(str(Owner.this_process()))[0]
    held = container.attrs["HostConfig"]
    assert held["NetworkMode"] == "none"
    assert held["IpcMode"] == "none"
    assert held["ReadonlyRootfs"]
    assert held["CapDrop"] == ["ALL"]
    assert {name.removeprefix("CAP_") for name in held["CapAdd"]} == {"SETUID", "SETGID", "KILL"}
    assert any(option.startswith("no-new-privileges") for option in held["SecurityOpt"])
    assert held["PidsLimit"] == 64
    assert held["Memory"] == held["MemorySwap"] > 0
    assert held["CpusetCpus"]
    assert held["LogConfig"]["Type"] == "none"
    assert not held["Privileged"]
    (mount,) = held["Mounts"]
    assert mount["ReadOnly"]
    assert set(os.listdir(mount["Source"])) == {"sandbox"}  # the socket is gone


def test_many_threads_at_once(docker_sandbox: DockerSandbox) -> None:
    results: dict[int, bytes] = {}

    def work(number: int) -> None:
        results[number] = one(docker_sandbox, f"print(input(), {number})", b"in\n").stdout

    threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {number: b"in %d\n" % number for number in range(12)}


def test_closing_from_another_thread_ends_runs_and_leaves_nothing(docker_image: str | None) -> None:
    sandbox = DockerSandbox(image=docker_image, slots=2)
    one(sandbox, "")
    folder: Path = sandbox._launcher._folder  # type: ignore[attr-defined]
    started, ended = threading.Event(), []

    def work() -> None:
        started.set()
        with pytest.raises(SandboxClosedError):
            sandbox.run(python("import time; time.sleep(100)"), (b"",), Limits(wall_s=100.0))
        ended.append(time.monotonic())

    thread = threading.Thread(target=work)
    thread.start()
    started.wait()
    closed = time.monotonic()
    sandbox.close()
    thread.join()
    assert ended[0] - closed < 1.0
    assert not folder.exists()
    with pytest.raises(SandboxClosedError):
        one(sandbox, "")


def test_a_container_that_dies_is_replaced(own_sandbox: DockerSandbox) -> None:
    one(own_sandbox, "")
    mine = [slot.box for slot in own_sandbox._slots if slot.box is not None]
    for box in mine:
        box._container.kill()  # type: ignore[attr-defined]
    assert one(own_sandbox, "print(1)").stdout == b"1\n"
    assert [slot.box for slot in own_sandbox._slots if slot.box is not None] != mine


def test_a_run_outlives_its_container(own_sandbox: DockerSandbox) -> None:
    one(own_sandbox, "")
    mine = next(slot.box for slot in own_sandbox._slots if slot.box is not None)
    source = "import time; print(input(), flush=True); time.sleep(1)"
    answers: list[Execution] = []
    limits = Limits(wall_s=20.0)
    thread = threading.Thread(target=lambda: answers.append(one(own_sandbox, source, b"in\n", limits)))
    thread.start()
    time.sleep(0.5)
    mine._container.kill()  # type: ignore[attr-defined]
    thread.join()
    assert [(answer.status, answer.stdout) for answer in answers] == [(Status.OK, b"in\n")]
    assert mine not in [slot.box for slot in own_sandbox._slots]
    assert own_sandbox.check() == []


def test_leftovers_of_a_killed_process_are_swept(docker_image: str | None) -> None:
    script = f"""
import sys
from sandbox.container import DockerSandbox
from sandbox.execution import Limits, Program
from sandbox.owner import Owner
sandbox = DockerSandbox(image={docker_image!r}, slots=2)
sandbox.run(Program(language="python", source=""), (b"",), Limits())
print(Owner.this_process(), flush=True)
sys.stdin.read()
"""
    child = subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    owner = child.stdout.readline().strip()
    assert len(_containers(owner)) == 1
    assert len(_folders(owner)) == 1
    client = connect()
    try:
        sweep(client)
        assert len(_containers(owner)) == 1  # its maker lives
        child.kill()
        child.communicate()
        assert sweep(client) >= 1
    finally:
        client.close()
    assert _containers(owner) == []
    assert _folders(owner) == []


def test_leaving_without_closing_leaves_nothing(docker_image: str | None) -> None:
    script = f"""
from sandbox.container import DockerSandbox
from sandbox.execution import Limits, Program
from sandbox.owner import Owner
sandbox = DockerSandbox(image={docker_image!r})
sandbox.run(Program(language="python", source=""), (b"",), Limits())
print(Owner.this_process(), flush=True)
raise SystemExit(3)
"""
    child = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (child.returncode, child.stderr) == (3, "")
    assert _containers(child.stdout.strip()) == []
    assert _folders(child.stdout.strip()) == []


def test_what_stands_in_the_way_is_named(monkeypatch: pytest.MonkeyPatch, docker_image: str | None) -> None:
    for place, message in (
        ("unix:///nowhere/docker.sock", "no Docker daemon answers at unix:///nowhere/docker.sock"),
        ("tcp://127.0.0.1:1", "DOCKER_HOST=tcp://127.0.0.1:1 is not a local socket"),
        ("ssh://box", "DOCKER_HOST=ssh://box is not a local socket"),
    ):
        with monkeypatch.context() as patch:
            patch.setenv("DOCKER_HOST", place)
            with pytest.raises(SandboxUnavailableError, match=message):
                DockerSandbox(image=docker_image)
    with (
        DockerSandbox(image="codesieve-no-such-image") as sandbox,
        pytest.raises(SandboxUnavailableError, match="codesieve-no-such-image"),
    ):
        one(sandbox, "")


def test_hello_tells_what_isolation_is_in_force(docker_sandbox: DockerSandbox) -> None:
    hello = json.loads(json.dumps(docker_sandbox.hello()))
    assert hello["seccomp"] is True
    assert hello["helper"] is True
    assert hello["meter"] in ("cgroup v1", "cgroup v2")
    assert hello["uid"] >= 20_000
