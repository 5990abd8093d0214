"""How far what the sandbox says of a run is from what the kernel says to the program itself.

Each program asks the kernel at its end for its processor time and peak memory (`getrusage`, its children's included),
and takes the time since its first instruction from the monotonic clock, which is one for the whole machine. What comes
before that instruction and after the last one, a few milliseconds, is the run's as well, so wall times are compared
with a tolerance, as the others are.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass

from tqdm import tqdm

from sandbox.backends import open_sandbox
from sandbox.execution import Limits, Program, Sandbox, Status

_LIMITS = Limits(cpu_s=10.0, wall_s=60.0, memory_bytes=512 << 20)
_SHARE = 0.1
_LEAST = {"memory": 2 * 2**20, "cpu": 0.005, "wall": 0.005}
"""A difference of less than a tenth, or than this (bytes, seconds), is none."""

_PYTHON = """
import os, resource, time
began = time.monotonic()
{work}
own, others = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
used = own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime
print(max(own.ru_maxrss, others.ru_maxrss) << 10, used, time.monotonic() - began)
"""
_CPP = """
#include <chrono>
#include <cstdio>
#include <sys/resource.h>
#include <thread>
#include <vector>
using namespace std::chrono;
static double in_s(timeval t) { return t.tv_sec + t.tv_usec * 1e-6; }
static double used() {
  rusage own; getrusage(RUSAGE_SELF, &own);
  return in_s(own.ru_utime) + in_s(own.ru_stime);
}
int main() {
  auto began = steady_clock::now();
  %s
  rusage own; getrusage(RUSAGE_SELF, &own);
  printf("%%ld %%f %%f\\n", own.ru_maxrss << 10, used(), duration<double>(steady_clock::now() - began).count());
}
"""
_FILL = "kept = bytearray({mb} << 20)\nfor at in range(0, len(kept), 4096): kept[at] = 1\n{behind}kept = None"
"""Given back in the end, or the kernel would do it, on the program's account, after it was asked."""
_SPIN = "while time.process_time() < {s}: pass"

WORKLOADS = {
    "python: nothing": ("python", _PYTHON.format(work="")),
    "python: sleeps 0.2 s": ("python", _PYTHON.format(work="time.sleep(0.2)")),
    "python: computes 0.2 s": ("python", _PYTHON.format(work=_SPIN.format(s=0.2))),
    "python: fills 100 MiB": ("python", _PYTHON.format(work=_FILL.format(mb=100, behind=""))),
    "python: all three": (
        "python",
        _PYTHON.format(work=_FILL.format(mb=60, behind=f"time.sleep(0.3)\n{_SPIN.format(s=0.25)}\n")),
    ),
    "python: children compute 0.1 s each": (
        "python",
        _PYTHON.format(
            work="for _ in range(3):\n"
            "    if os.fork() == 0:\n"
            "        while time.process_time() < 0.1: pass\n"
            "        os._exit(0)\n"
            "for _ in range(3): os.wait()"
        ),
    ),
    "c++: sleeps 0.2 s": ("cpp", _CPP % "std::this_thread::sleep_for(milliseconds(200));"),
    "c++: computes 0.2 s": (
        "cpp",
        _CPP % "volatile long n = 0; while (used() < 0.2) for (int i = 0; i < 9999; i++) n++;",
    ),
    "c++: fills 100 MiB": (
        "cpp",
        _CPP % '{ std::vector<char> kept(100 << 20, 1); asm volatile("" : : "r"(kept.data()) : "memory"); }',
    ),
}
"""Language and source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Peak memory in bytes, seconds of processor and of wall time."""

    memory: float
    cpu: float
    wall: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A workload's runs: what the kernel told the program, and what the sandbox reported."""

    workload: str
    kernel: tuple[Figures, ...]
    reported: tuple[Figures, ...]

    def off(self, name: str) -> float:
        """Median of reported less kernel's."""
        pairs = zip(self.reported, self.kernel, strict=True)
        return float(statistics.median(getattr(found, name) - getattr(true, name) for found, true in pairs))

    def within(self, name: str) -> int:
        """Runs whose difference is none."""
        pairs = ((getattr(f, name), getattr(t, name)) for f, t in zip(self.reported, self.kernel, strict=True))
        return sum(abs(found - true) <= max(_LEAST[name], _SHARE * true) for found, true in pairs)


def measure(tier: str, *, repeats: int) -> list[Compared]:
    """Raises RuntimeError when a run ends otherwise than it should."""
    with closing(open_sandbox(tier, slots=1)) as sandbox:
        bar = tqdm(WORKLOADS.items(), file=sys.stderr, disable=None)
        return [_compared(sandbox, name, *workload, repeats) for name, workload in bar]


def _compared(sandbox: Sandbox, name: str, language: str, source: str, repeats: int) -> Compared:
    run = sandbox.run(Program(language=language, source=source), [b""] * (repeats + 1), _LIMITS)
    if not run.built:
        raise RuntimeError(f"'{name}' does not build: {run.build}")
    kernel, reported = [], []
    # The first input of a Python program pays for compiling it, which is reported as the build's.
    for execution in run.executions[1:]:
        if execution.status is not Status.OK:
            raise RuntimeError(f"'{name}' ended with {execution}")
        kernel.append(
            Figures(**dict(zip(("memory", "cpu", "wall"), map(float, execution.stdout.split()), strict=True)))
        )
        reported.append(Figures(memory=execution.memory_bytes, cpu=execution.cpu_s, wall=execution.wall_s))
    return Compared(workload=name, kernel=tuple(kernel), reported=tuple(reported))


def summary(found: Sequence[Compared]) -> dict[str, object]:
    """`within`: share of all comparisons that show no difference."""
    names = tuple(_LEAST)
    runs = sum(len(each.kernel) for each in found)
    return {
        "within": {name: sum(each.within(name) for each in found) / runs for name in names},
        "runs": runs,
        "workloads": {
            each.workload: {
                name: {
                    "kernel": statistics.median(asdict(figures)[name] for figures in each.kernel),
                    "reported_less_kernel": each.off(name),
                    "within": each.within(name),
                    "runs": len(each.kernel),
                }
                for name in names
            }
            for each in found
        },
    }


def table(found: Sequence[Compared]) -> str:
    units = {"memory": (2**20, "MiB"), "cpu": (1e-3, "ms"), "wall": (1e-3, "ms")}
    lines = [f"{'reported less kernel (runs without a difference)':<50}" + "".join(f"{name:>22}" for name in units)]
    for each in found:
        cells = "".join(
            f"{each.off(name) / unit:+12.2f} {label:<3} {each.within(name):>2}/{len(each.kernel)}"
            for name, (unit, label) in units.items()
        )
        lines.append(f"{each.workload:<50}{cells}")
    return "\n".join(lines)
