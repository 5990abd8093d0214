"""Tokens per second of n samples of one prompt: codesieve beside other ways to draw them, interleaved in one run.

Each way lives in a process of its own, so that its peak memory is its own, and works while the others wait.
"""

from __future__ import annotations

import json
import queue
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import click
from tqdm import tqdm

from benchmarks.throughput.generators import GENERATORS, TOKENS

SIZES = (16, 64, 1)
OURS = "codesieve"
APART = ("int8",)
"""Loaded when all others have drawn once: what is compared has the time first."""
_READY_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One draw of one generator."""

    name: str
    n: int
    tokens: int
    seconds: float
    memory_bytes: int

    @property
    def tokens_per_s(self) -> float:
        return self.tokens / self.seconds


class _Process:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def hear(self, most_s: float) -> dict[str, Any]:
        """Its next answer; RuntimeError where none comes in time."""
        try:
            line = self._lines.get(timeout=max(1.0, most_s))
        except queue.Empty:
            raise RuntimeError(f"no answer within {most_s:.0f} s") from None
        if not line:
            raise RuntimeError(f"ended with {self._process.wait()}")
        found: dict[str, Any] = json.loads(line)
        return found

    def draw(self, n: int, seed: int, most_s: float) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"n": n, "seed": seed}) + "\n")
        self._process.stdin.flush()
        return self.hear(most_s)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        while line := self._process.stdout.readline():
            self._lines.put(line)
        self._lines.put("")


def measure(*, rounds: int, most_s: float) -> list[Drawn]:
    """Generators that cannot run here, or are not done in time, are named on standard error and left out.

    All draw one after the other in each round; further rounds are for what still fits into `most_s`.
    """
    found: list[Drawn] = []
    ends = time.monotonic() + most_s
    with ExitStack() as stack:
        there: dict[str, _Process] = {}

        def load(name: str) -> None:
            try:
                there[name] = stack.enter_context(_started(name))
            except (RuntimeError, OSError, ValueError) as error:
                click.echo(f"{name} cannot run here: {error}", err=True)

        compared = [name for name in GENERATORS if name not in APART]
        apart = [name for name in GENERATORS if name in APART]
        for name in tqdm(compared, desc="loading", file=sys.stderr, disable=None):
            load(name)
        first = [(0, n, name) for names in (compared, apart) for n in SIZES for name in names]
        order = first + [(number, n, name) for number in range(1, rounds) for n in SIZES for name in GENERATORS]
        for number, n, name in tqdm(order, desc="draws", file=sys.stderr, disable=None):
            if name in apart and (number, n) == (0, SIZES[0]):
                load(name)
            took = max((each.seconds for each in found if (each.name, each.n) == (name, n)), default=0.0)
            left = ends - time.monotonic()
            if name not in there or 1.1 * took > left:
                continue
            try:
                found.append(Drawn(name=name, n=n, **there[name].draw(n, 1 + number, min(left, most_s / 3))))
            except (RuntimeError, OSError) as error:
                click.echo(f"{name} drew no {n} samples: {error}", err=True)
                del there[name]
    return found


@contextmanager
def _started(name: str) -> Iterator[_Process]:
    command = [sys.executable, "-m", "benchmarks.throughput.generators", name]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        running = _Process(process)
        try:
            running.hear(_READY_S)
            yield running
        finally:
            process.kill()


def summary(found: list[Drawn]) -> dict[str, object]:
    """Medians; a ratio is that of the medians."""
    speeds = {
        name: {n: statistics.median(each) for n in SIZES if (each := _speeds(found, name, n))} for name in GENERATORS
    }
    result: dict[str, object] = {
        "tokens_per_s": {name: {str(n): speed for n, speed in of.items()} for name, of in speeds.items() if of},
        "peak_memory_bytes": {
            name: max(each.memory_bytes for each in found if each.name == name) for name, of in speeds.items() if of
        },
        "new_tokens": TOKENS,
        "draws": [{"name": d.name, "n": d.n, "tokens": d.tokens, "seconds": d.seconds} for d in found],
    }
    for name, of in speeds.items():
        for n, speed in of.items():
            if name != OURS and n in speeds[OURS]:
                result[f"over_{name}_{n}"] = speeds[OURS][n] / speed
    return result


def _speeds(found: list[Drawn], name: str, n: int) -> list[float]:
    return [each.tokens_per_s for each in found if (each.name, each.n) == (name, n)]


def table(found: list[Drawn]) -> str:
    sizes = sorted(SIZES)
    lines = [f"{'tokens/s, median (draws)':26}" + "".join(f"{f'n = {n}':>14}" for n in sizes) + f"{'peak memory':>14}"]
    for name in GENERATORS:
        if not any(each.name == name for each in found):
            continue
        cells = ""
        for n in sizes:
            speeds = _speeds(found, name, n)
            cells += f"{f'{statistics.median(speeds):.1f} ({len(speeds)})' if speeds else '-':>14}"
        memory = max(each.memory_bytes for each in found if each.name == name)
        lines.append(f"{name:26}{cells}{memory / 1e9:>11.2f} GB")
    lines += [f"{key}: {value:.2f}" for key, value in summary(found).items() if key.startswith("over_")]
    return "\n".join(lines)
