"""Many problems in one queue: overlapped, held back, and the same as one after another."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from codegen import events
from codegen.config import Settings
from codegen.drawing import AHEAD
from codegen.engine import ALL_STAGES, JUDGE, SAMPLE, Engine
from codegen.models.scripted import ScriptedModel
from codegen.pipeline import BACKLOG
from codegen.prompts import Prompt
from codegen.runs import RunFile
from codegen.tasks import JudgeTask
from problems.library import from_text
from problems.problem import Problem, TestCase
from problems.values import dumps, loads
from sandbox.execution import Limits, Program
from sandbox.testing import FakeSandbox

STUB = 'def add(a: int, b: int) -> int:\n    """Sum.\n\n    >>> add(1, 2)\n    3\n    """\n'
BODIES = ("a + b", "a - b", "b + a", "3", "a + b + 0", "max(a, b) + min(a, b)")


def _problems(count: int) -> list[Problem]:
    return [replace(from_text(STUB), id=f"p{number}") for number in range(count)]


def _answer(prompt: Prompt) -> str:
    number = int(prompt.problem_id[1:])
    return f"def add(a, b):\n    return {BODIES[(prompt.index + number) % len(BODIES)]}\n"


def _run(program: Program, given: bytes) -> bytes:
    a, b = loads(given)
    body = program.source.rpartition("return ")[2]
    return dumps(eval(body, {"a": a, "b": b, "max": max, "min": min})).encode()


def _content(path: Path) -> dict[str, Sequence[tuple[object, ...]]]:
    tables = ("problems", "samples", "judgements", "inputs", "fingerprints", "submissions")
    with RunFile.open_existing(path) as run:
        return {table: sorted(run.rows(f"SELECT * FROM {table}")) for table in tables}


def _engine(model: ScriptedModel | None = None, sandbox: FakeSandbox | None = None, samples: int = 12) -> Engine:
    return Engine(
        model=model or ScriptedModel(_answer, form="plain"),
        sandbox=sandbox or FakeSandbox(_run),
        settings=Settings(samples=samples, generated_inputs=5),
    )


@pytest.mark.parametrize("stages", [ALL_STAGES, SAMPLE, JUDGE], ids=["all", "sample", "judge"])
def test_no_problems_are_done_at_once(stages: frozenset[str]) -> None:
    model, sandbox = ScriptedModel(_answer, form="plain"), FakeSandbox(_run)
    with _engine(model, sandbox) as engine:
        assert list(engine.stream_all(iter(()), stages=stages)) == []
    assert not sandbox.calls


def test_side_by_side_equals_one_by_one(tmp_path: Path) -> None:
    one, all_ = tmp_path / "one.sqlite", tmp_path / "all.sqlite"
    problems = _problems(5)
    with _engine() as engine, engine.open_run(one) as run:
        reports = {problem.id: engine.solve(problem, run=run) for problem in problems}
    with _engine() as engine:
        found = engine.solve_all(problems, run=all_)
    assert list(found) == [problem.id for problem in problems]
    assert _content(all_) == _content(one)
    for name, report in found.items():
        assert replace(report, seconds={}) == replace(reports[name], seconds={}, contrasts=())


def test_the_model_goes_on_while_programs_are_run() -> None:
    """No program of the first problem ends before the model wrote for the second."""
    second = threading.Event()
    seen: list[bool] = []

    def before(prompt: Prompt) -> None:
        if prompt.problem_id == "p1":
            second.set()

    def run(program: Program, given: bytes) -> bytes:
        seen.append(second.wait(timeout=30))
        return _run(program, given)

    model = ScriptedModel(_answer, form="plain", before=before)
    with _engine(model, FakeSandbox(run)) as engine:
        engine.solve_all(_problems(2))
    assert seen
    assert all(seen)


def test_drawing_is_held_back_while_tasks_wait() -> None:
    """With a sandbox that is stuck the model writes no more than may wait; then everything is done all the same."""
    drawn = most = 0
    free = threading.Event()
    samples = 3 * (AHEAD + BACKLOG)

    def before(prompt: Prompt) -> None:
        nonlocal drawn
        drawn += 1

    def run(program: Program, given: bytes) -> bytes:
        free.wait(timeout=60)
        return _run(program, given)

    def release() -> None:
        nonlocal most
        most = drawn
        free.set()

    def different(prompt: Prompt) -> str:
        return f"def add(a, b):\n    return a - b - {prompt.index}\n"

    sandbox = FakeSandbox(run)
    with _engine(ScriptedModel(different, form="plain", before=before), sandbox, samples=samples) as engine:
        stream = engine.stream_all(_problems(1))
        for event in stream:
            if isinstance(event, events.SampleDrawn) and event.drawn == BACKLOG:
                break
        threading.Timer(1.0, release).start()
        *_, done = stream
    assert isinstance(done, events.Done)
    assert BACKLOG <= most <= AHEAD + BACKLOG + 2 * sandbox.slots + 8
    assert drawn == samples
    assert done.report.funnel.unique == samples
    assert done.report.verdicts == {"WA": samples}


def test_stored_samples_are_judged_without_all_being_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite"
    with _engine(samples=1200) as engine:
        engine.solve_all(_problems(3), run=path, stages=SAMPLE)
        found = engine.solve_all(_problems(3), run=path, stages=JUDGE)
    assert [report.verdicts for report in found.values()] == [{"AC": 1000, "WA": 200}] * 3


def test_a_problem_given_twice_is_done_once() -> None:
    with _engine() as engine:
        seen = list(engine.stream_all([*_problems(1), *_problems(1)]))
    assert sum(isinstance(event, events.Done) for event in seen) == 1


def test_a_cancelled_judge_stops_at_the_next_test() -> None:
    problem = replace(
        _problems(1)[0], public_tests=tuple(TestCase.call((1, number), 1 + number) for number in range(9))
    )
    sandbox = FakeSandbox(_run)
    task = JudgeTask(
        problem=problem, key="k", source="def add(a, b):\n    return a + b", language="python", limits=Limits()
    )
    begun: list[bytes] = []

    def run(program: Program, given: bytes) -> bytes:
        begun.append(given)
        return _run(program, given)

    sandbox = FakeSandbox(run)
    task.perform(sandbox, lambda: True)
    assert len(begun) == 1


@pytest.mark.parametrize("event", [events.ProgramJudged, events.ProgramObserved])
def test_counts_grow_one_by_one(event: type[events.Event]) -> None:
    with _engine() as engine:
        seen = [each for each in engine.stream_all(_problems(1)) if isinstance(each, event)]
    counts = [each.judged if isinstance(each, events.ProgramJudged) else each.observed for each in seen]  # type: ignore[union-attr]
    assert counts == list(range(1, len(seen) + 1))
    assert all(each.executions for each in seen)  # type: ignore[union-attr]
