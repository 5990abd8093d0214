"""The same programs end the same way in containers and in bubblewrap, and leave a clean box behind."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading

import pytest

from sandbox.errors import SandboxError
from sandbox.execution import Grain, Limits, Program, Status
from sandbox.guest.wire import LONGEST_CPU
from sandbox.namespaces import BubblewrapSandbox
from sandbox.pool import Pool

LIMITS = Limits(cpu_s=10.0, wall_s=30.0, memory_bytes=96 << 20)

TIERS = [
    pytest.param("docker_sandbox", id="docker", marks=pytest.mark.docker),
    pytest.param("bubblewrap_sandbox", id="bubblewrap", marks=pytest.mark.bubblewrap),
]


@pytest.fixture(params=TIERS)
def tier(request: pytest.FixtureRequest) -> Pool:
    sandbox = request.getfixturevalue(request.param)
    assert isinstance(sandbox, Pool)
    return sandbox


def test_canary_is_clean_to_begin_with(tier: Pool) -> None:
    assert tier.check() == []


def test_secrets_of_the_caller_are_not_in_sight(tier: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODESIEVE_SECRET", "seen")
    other: Pool = type(tier)(slots=1)  # type: ignore[call-arg]  # both tiers' own have it
    with other:
        program = Program(language="python", source="import os\nprint('CODESIEVE_SECRET' in os.environ)")
        assert other.run(program, (b"",), LIMITS).executions[0].stdout == b"False\n"


def test_a_batch_goes_on_after_a_crash(tier: Pool) -> None:
    program = Program(
        language="python",
        source="import os\ndef f(x):\n    if x == 1: os.abort()\n    if x == 2: return 1 / 0\n    return x",
        entry_point="f",
    )
    run = tier.run(program, [f"[{x}]".encode() for x in range(4)], LIMITS, grain=Grain.PER_BATCH)
    assert [execution.value for execution in run.executions] == [b"0", None, None, b"3"]
    assert [execution.status for execution in run.executions] == [
        Status.OK,
        Status.SIGNALED,
        Status.NONZERO_EXIT,
        Status.OK,
    ]


def test_who_never_ends_is_not_run_again_on_a_busy_machine(tier: Pool, caplog: pytest.LogCaptureFixture) -> None:
    """A process of its own priority is on each core: it is kept waiting, and ended a little later."""
    limits = Limits(cpu_s=0.2, wall_s=30.0)
    hog = [sys.executable, "-I", "-S", "-c", "import os\nos.nice(19)\nwhile True: pass"]
    cores = sorted(os.sched_getaffinity(0))
    hogs = [subprocess.Popen(["taskset", "-c", str(core), *hog]) for core in cores]
    try:
        with caplog.at_level(logging.INFO, "codesieve"):
            run = tier.run(Program(language="python", source="while True: pass"), (b"",), limits)
            program = Program(language="python", source="def f(x):\n    while x: pass\n    return x", entry_point="f")
            calls = tier.run(program, (b"[0]", b"[1]", b"[0]"), limits, grain=Grain.PER_BATCH)
    finally:
        for each in hogs:
            each.kill()
            each.wait()
    ended = [*run.executions, *calls.executions]
    assert [each.status for each in ended] == [Status.TIME_LIMIT, Status.OK, Status.TIME_LIMIT, Status.OK]
    for slow in (ended[0], ended[2]):
        assert slow.cpu_s >= LONGEST_CPU * limits.cpu_s
    assert "run_again_alone" not in caplog.text


def test_inputs_do_not_see_each_other(tier: Pool) -> None:
    source = "import os\nprint(os.listdir())\nopen('left', 'w').close()"
    run = tier.run(Program(language="python", source=source), (b"",) * 3, LIMITS)
    assert [execution.stdout for execution in run.executions] == [b"[]\n"] * 3


def test_a_box_outlives_the_thread_that_first_used_it(tier: Pool) -> None:
    program = Program(language="python", source="print(1)")
    thread = threading.Thread(target=tier.run, args=(program, (b"",), LIMITS))
    thread.start()
    thread.join()
    before = [slot.box for slot in tier._slots]
    for _ in range(3):
        assert tier.run(program, (b"",), LIMITS).executions[0].stdout == b"1\n"
    assert [slot.box for slot in tier._slots if slot.box in before] == before


def test_closing_ends_a_run_under_way(tier: Pool) -> None:
    other: Pool = BubblewrapSandbox(slots=1) if tier.name == "bubblewrap" else type(tier)(slots=1)  # type: ignore[call-arg]
    with other:
        other.hello()
        closer = threading.Timer(0.2, other.close)
        closer.start()
        program = Program(language="python", source="import time; time.sleep(100)")
        with pytest.raises(SandboxError, match="closed"):
            other.run(program, (b"",), Limits(wall_s=60))
        closer.join()


def test_a_call_that_forges_the_count_of_calls_has_its_limit_all_the_same(tier: Pool) -> None:
    source = """
import sys, time
def f(x):
    page = sys._getframe(1).f_locals["page"]
    while x:
        x += 1
        page.begin_call(x, time.process_time(), time.monotonic())
    return 0
"""
    program = Program(language="python", source=source, entry_point="f")
    run = tier.run(program, (b"[0]", b"[1]", b"[0]"), Limits(cpu_s=0.3, wall_s=1.0), grain=Grain.PER_BATCH)
    assert [execution.status for execution in run.executions] == [Status.OK, Status.TIME_LIMIT, Status.OK]


def test_inputs_have_descriptors_of_their_own(tier: Pool) -> None:
    source = """
import fcntl, os
print([fcntl.fcntl(1, fcntl.F_GETFL) & os.O_NONBLOCK, os.lseek(0, 0, os.SEEK_CUR)], sorted(os.listdir("/proc/self/fd")))
os.set_blocking(1, False)
os.lseek(0, 1, os.SEEK_SET)
"""
    run = tier.run(Program(language="python", source=source), (b"xyz",) * 20, LIMITS)
    assert {execution.stdout for execution in run.executions} == {b"[0, 0] ['0', '1', '2', '3']\n"}
    assert len(run.executions) == 20


def test_inputs_that_end_badly_do_not_touch_the_others(tier: Pool) -> None:
    source = """
import os, sys
kind = input()
if kind == "crash": os.abort()
if kind == "kill": os.kill(-1, 9)
if kind == "flood": sys.stdout.write("x" * (8 << 20))
if kind == "slow":
    while True: pass
print(kind)
"""
    kinds = ["a", "crash", "b", "kill", "c", "flood", "d", "slow", "e"] * 3
    limits = Limits(cpu_s=0.3, wall_s=20.0, output_bytes=1 << 20)
    run = tier.run(Program(language="python", source=source), [kind.encode() for kind in kinds], limits)
    ends = {
        "crash": Status.SIGNALED,
        "kill": Status.NONZERO_EXIT,
        "flood": Status.OUTPUT_LIMIT,
        "slow": Status.TIME_LIMIT,
    }
    assert [execution.status for execution in run.executions] == [ends.get(kind, Status.OK) for kind in kinds]
    good = [execution.stdout for execution in run.executions if execution.status is Status.OK]
    assert good == [f"{kind}\n".encode() for kind in kinds if kind not in ends]


def test_what_was_used_is_what_the_kernel_counts(tier: Pool) -> None:
    source = """
import resource, time
began = time.monotonic()
kept = bytearray(60 << 20)
for at in range(0, len(kept), 4096): kept[at] = 1
time.sleep(0.3)
while time.process_time() < 0.25: pass
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10, time.process_time(), time.monotonic() - began)
"""
    run = tier.run(Program(language="python", source=source), (b"",), LIMITS)
    (execution,) = run.executions
    memory_bytes, cpu_s, wall_s = map(float, execution.stdout.split())
    assert abs(execution.memory_bytes - memory_bytes) <= max(2 << 20, 0.1 * memory_bytes)
    assert run.build is not None
    assert abs(execution.cpu_s + run.build.cpu_s - cpu_s) <= max(0.005, 0.1 * cpu_s)
    assert execution.wall_s >= wall_s  # how much later it is heard of is the machine's doing


def test_memory_of_several_processes_is_counted_together(tier: Pool) -> None:
    source = """
import os, time
ready, done = os.pipe()
for _ in range(3):
    if os.fork() == 0:
        kept = b"x" * (30 << 20)
        os.write(done, b"x")
        time.sleep(60)
for _ in range(3):
    os.read(ready, 1)
time.sleep(0.3)
"""
    limits = Limits(cpu_s=10.0, wall_s=20.0, memory_bytes=256 << 20)
    (execution,) = tier.run(Program(language="python", source=source), (b"",), limits).executions
    assert execution.status is Status.OK
    assert 90 << 20 <= execution.memory_bytes <= 140 << 20


def test_the_code_of_a_driver_is_kept_but_nothing_else_of_its_run(tier: Pool) -> None:
    """Each conversation has a process, arguments and streams of its own."""
    program = Program(language="python", source="def f(x): return x + 1", entry_point="f")
    source = (
        "import sys\nprint([len(sys.argv)], flush=True)\nsys.stderr.write(sys.argv[1] + input())\nsys.argv.append('')"
    )
    for argument in ("one", "two", "three"):
        driver = Program(language="python", source=source, arguments=(argument,))
        asked, said = tier.converse(program, driver, LIMITS)
        assert (asked.status, said.status) == (Status.OK, Status.OK)
        assert said.stderr == argument.encode() + b'{"value":3}'
    kept = [codes for codes in (tier._codes.get(program), tier._codes.get(driver)) if codes is not None]
    assert len(kept) == 1
    for descriptor in kept:
        with pytest.raises(OSError, match="not permitted"):
            os.write(descriptor, b"x")
        os.close(descriptor)


def test_a_driver_that_does_not_build_is_not_kept(tier: Pool) -> None:
    program = Program(language="python", source="print(1)")
    driver = Program(language="python", source="(")
    for _ in range(2):
        _, said = tier.converse(program, driver, LIMITS)
        assert b"SyntaxError" in said.stderr
    assert tier._codes.get(driver) is None
