"""A warm engine over many requests: how soon the first event comes, and what memory it keeps.

The model is a scripted one that writes the bundled problems' own solutions, right and wrong ones, so that what is
measured is the engine: streams, pipeline, run files in memory, sandbox, ranking.
"""

from __future__ import annotations

import asyncio
import gc
import os
import statistics
import time
from dataclasses import dataclass

from tqdm import tqdm

from codegen import Engine, ScriptedModel, Settings
from codegen.prompts import Prompt
from problems.codec import read_solutions
from problems.library import DATA, bundled
from problems.problem import Call, Problem

EARLY, LATE = 20, 200
"""Requests after which memory is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What `count` requests showed.

    Attributes:
        first_ms: From the request to its first event.
        early_mb, late_mb: Resident memory of the process after EARLY and after all requests.
        threads: Alive after the last request.
    """

    count: int
    first_ms: tuple[float, ...]
    request_s: float
    early_mb: float
    late_mb: float
    threads: int

    def to_json(self) -> dict[str, float]:
        return {
            "requests": self.count,
            "first_event_ms_median": round(statistics.median(self.first_ms), 2),
            "first_event_ms_max": round(max(self.first_ms), 2),
            "seconds_a_request": round(self.request_s, 3),
            "memory_mb_early": round(self.early_mb, 1),
            "memory_mb_late": round(self.late_mb, 1),
            "memory_growth": round(self.late_mb / self.early_mb - 1, 4),
            "threads": self.threads,
        }

    def table(self) -> str:
        return "\n".join(f"{name:24} {value}" for name, value in self.to_json().items())


def measure(sandbox: str, *, count: int = LATE, early: int = EARLY, samples: int = 16) -> Figures:
    """Requests about the bundled functions in turn, one after another from one task, two at once now and then."""
    problems = [each for each in bundled() if isinstance(each.interface, Call)]
    texts = {each.id: [s.source for s in read_solutions(DATA / each.id) if s.language == "python"] for each in problems}

    def answer(prompt: Prompt) -> str:
        own = texts[prompt.problem_id]
        return f"```python\n{own[prompt.index % len(own)]}\n```"

    model = ScriptedModel(answer)
    return asyncio.run(
        _measure(Engine(model=model, sandbox=sandbox, settings=Settings(samples=samples)), problems, count, early)
    )


async def _measure(engine: Engine, problems: list[Problem], count: int, early: int) -> Figures:
    first_ms: list[float] = []

    async def request(problem: Problem) -> None:
        begun = time.monotonic()
        seen = False
        async for _ in engine.stream(problem):
            if not seen:
                first_ms.append(1000 * (time.monotonic() - begun))
                seen = True

    early_mb = 0.0
    async with engine:
        await asyncio.to_thread(engine.warm_up)
        begun = time.monotonic()
        for number in tqdm(range(count), unit="request", disable=None):
            chosen = problems[number % len(problems)]
            if number % 10 == 9:  # somebody who goes away in the middle
                async with engine.stream(problems[(number + 1) % len(problems)]) as other:
                    await request(chosen)
                    await anext(aiter(other))
            else:
                await request(chosen)
            if number + 1 == early:
                early_mb = _resident_mb()
        seconds = time.monotonic() - begun
        late_mb = _resident_mb()
        threads = len(os.listdir("/proc/self/task"))
    return Figures(
        count=count, first_ms=tuple(first_ms), request_s=seconds / count, early_mb=early_mb, late_mb=late_mb,
        threads=threads,
    )  # fmt: skip


def _resident_mb() -> float:
    gc.collect()
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / (1 << 20)
