"""Programs of known verdict, again and again beside a processor hog: one caller a slot, then eight callers a slot."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass

from tqdm import tqdm

from benchmarks.throughput.labelled import Labelled, labelled, limits, verdicts
from sandbox.backends import open_sandbox
from sandbox.execution import Run, Sandbox

REPEATS = 20
CALLERS = (1, 8)
"""Callers a slot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """Verdicts that were not the label; with processor and wall seconds of each execution."""

    program: str
    callers: int
    expected: tuple[str, ...]
    found: tuple[str, ...]
    used: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stability:
    sandbox: str
    programs: int
    runs: int
    seconds: float
    flipped: tuple[Flip, ...]

    @property
    def flips(self) -> int:
        return len(self.flipped)

    def as_json(self) -> dict[str, object]:
        flipped = [asdict(flip) for flip in self.flipped]
        return {
            "sandbox": self.sandbox,
            "programs": self.programs,
            "runs": self.runs,
            "flips": self.flips,
            "seconds": self.seconds,
            "flipped": flipped,
        }

    def table(self) -> str:
        lines = [
            f"{flip.program}: {' '.join(flip.found)}, not {' '.join(flip.expected)} ({flip.callers} callers a slot)"
            for flip in self.flipped
        ]
        what = f"{self.programs} programs, {self.runs} runs on {self.sandbox} in {self.seconds:.0f} s"
        return "\n".join([*lines, f"{what}; verdict flips: {self.flips}"])


def measure(tier: str, *, cpu_s: float) -> Stability:
    """`cpu_s`: the limit of processor time that the labels are for."""
    programs = labelled(cpu_s)
    flipped: list[Flip] = []
    began = time.monotonic()
    with closing(open_sandbox(tier)) as sandbox, _hog():
        todo = programs * REPEATS
        for callers in CALLERS:
            with ThreadPoolExecutor(callers * sandbox.slots) as threads:
                runs = threads.map(lambda each: _run(sandbox, each, cpu_s), todo)
                bar = tqdm(runs, f"{callers} callers a slot", len(todo), file=sys.stderr, disable=None)
                flipped += [
                    Flip(
                        program=each.name,
                        callers=callers,
                        expected=each.expected,
                        found=verdicts(run),
                        used=tuple((execution.cpu_s, execution.wall_s) for execution in run.executions),
                    )
                    for each, run in zip(todo, bar, strict=True)
                    if verdicts(run) != each.expected
                ]
        name = sandbox.name
    return Stability(
        sandbox=name,
        programs=len(programs),
        runs=len(CALLERS) * len(todo),
        seconds=time.monotonic() - began,
        flipped=tuple(flipped),
    )


def _run(sandbox: Sandbox, each: Labelled, cpu_s: float) -> Run:
    return sandbox.run(each.program, each.inputs, limits(each.patience * cpu_s), grain=each.grain)


@contextmanager
def _hog() -> Iterator[None]:
    """A process that takes whatever processor time it can get."""
    with subprocess.Popen([sys.executable, "-I", "-S", "-c", "while True: pass"], env=dict(os.environ)) as hog:
        try:
            yield
        finally:
            hog.kill()
