"""How long after its limit the last process of a program is gone.

The answer of a run comes when all its processes are dead and reaped; so the time from the limit to the end of `run` is
an upper bound: with many processes most of it is the kernel's taking them down, one after the other. On a busy
machine it is no measure: time that a program waits for a processor does not count for its wall limit, and the taking
down waits too. When the limit was reached, the program itself tells: it writes the time and its processor time as it
goes.
"""

from __future__ import annotations

import statistics
import sys
import time
from contextlib import closing
from dataclasses import dataclass

from tqdm import tqdm

from sandbox.backends import open_sandbox
from sandbox.execution import Execution, Limits, Program, Sandbox, Status

_CPU_S, _WALL_S = 0.1, 0.3

_TELL = """
import os, time
def tell():
    os.write(1, b"%.6f %.6f\\n" % (time.monotonic(), time.process_time()))
tell()
"""

PROGRAMS = {
    "spins": _TELL
    + """
last = 0
while True:
    if time.process_time() - last > 0.001:
        tell()
        last = time.process_time()
""",
    "sleeps": _TELL + "time.sleep(60)",
    "30 processes sleep": _TELL
    + """
for _ in range(30):
    if os.fork() == 0:
        time.sleep(60)
time.sleep(60)
""",
    "forks without end": _TELL
    + """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
while True:
    try:
        os.fork()
    except OSError:
        time.sleep(0.01)
""",
}
"""All but the first end at the wall limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Killed:
    """Milliseconds from the limit to the end of the run, one a repeat."""

    program: str
    late_ms: tuple[float, ...]

    @property
    def worst(self) -> float:
        return max(self.late_ms)

    @property
    def figures(self) -> dict[str, float]:
        ordered = sorted(self.late_ms)
        return {
            "median": statistics.median(ordered),
            "p95": ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))],
            "max": ordered[-1],
        }


def measure(tier: str, *, repeats: int) -> list[Killed]:
    """Raises SandboxError when a run ends in another way than at its limit, or leaves something behind."""
    with closing(open_sandbox(tier, slots=1)) as sandbox:
        found = []
        for name, source in PROGRAMS.items():
            bar = tqdm(range(repeats), desc=name, file=sys.stderr, disable=None)
            found.append(Killed(program=name, late_ms=tuple(_once(sandbox, name, source) for _ in bar)))
        return found


def _once(sandbox: Sandbox, name: str, source: str) -> float:
    by_cpu = name == "spins"
    limits = Limits(cpu_s=_CPU_S if by_cpu else 60, wall_s=60 if by_cpu else _WALL_S)
    run = sandbox.run(Program(language="python", source=source), (b"",), limits)
    ended = time.monotonic()
    execution = run.executions[0]
    if execution.status is not Status.TIME_LIMIT:
        raise RuntimeError(f"'{name}' ended with {execution}")
    return (ended - (_cpu_reached(execution) if by_cpu else _told(execution)[0][0] + _WALL_S)) * 1e3


def _told(execution: Execution) -> list[tuple[float, float]]:
    lines = [line.split() for line in execution.stdout.splitlines(keepends=True) if line.endswith(b"\n")]
    return [(float(wall), float(cpu)) for wall, cpu in lines]


def _cpu_reached(execution: Execution) -> float:
    """When the program had used its processor time: the first line that says so, else what the last one lacks."""
    told = _told(execution)
    beyond = [wall for wall, cpu in told if cpu >= _CPU_S]
    return beyond[0] if beyond else told[-1][0] + (_CPU_S - told[-1][1])


def summary(found: list[Killed]) -> dict[str, object]:
    return {"worst_ms": max(each.worst for each in found), "programs": {each.program: each.figures for each in found}}


def table(found: list[Killed]) -> str:
    lines = [f"{each.program:30}" + "".join(f"{figure:9.2f}" for figure in each.figures.values()) for each in found]
    return "\n".join([f"{'ms from the limit to the end':30}{'median':>9}{'p95':>9}{'max':>9}", *lines])
