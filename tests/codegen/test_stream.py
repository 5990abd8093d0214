"""Streams for tasks and threads: events, cancelling, budgets, several at once, and nothing left behind."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from codegen import (
    CancelledError,
    Done,
    Engine,
    Event,
    ModelLoaded,
    ProgramJudged,
    QuestionAsked,
    SampleDrawn,
    SandboxReady,
    Started,
    Stream,
    Submitted,
)
from codegen.models.scripted import ScriptedModel
from codegen.prompts import Prompt
from tests.codegen.adding import STUB, adding_engine, answer

T = TypeVar("T")


def slow(prompt: Prompt) -> None:
    time.sleep(0.02)


def run(work: Callable[[], Awaitable[T]]) -> T:
    """In an event loop of its own; afterwards no thread is left that was not there before."""
    before = set(threading.enumerate())

    async def bounded() -> T:
        return await asyncio.wait_for(work(), 60)

    found = asyncio.run(bounded())
    assert set(threading.enumerate()) <= before
    return found


def test_a_task_gets_the_events_that_a_thread_gets() -> None:
    with adding_engine() as engine:
        expected = Counter(type(event).__name__ for event in engine.stream(STUB))

    async def work() -> Counter[str]:
        async with adding_engine() as engine:
            return Counter([type(event).__name__ async for event in engine.stream(STUB)])

    assert run(work) == expected
    assert {"Started", "ModelLoaded", "SampleDrawn", "ProgramJudged", "ProgramObserved", "Submitted", "Done"} <= set(
        expected
    )


def test_the_event_loop_is_free_while_the_model_writes() -> None:
    ticks = 0

    async def work() -> None:
        nonlocal ticks

        async def tick() -> None:
            nonlocal ticks
            while True:
                await asyncio.sleep(0.001)
                ticks += 1

        beside = asyncio.create_task(tick())
        async with adding_engine(before=slow) as engine:
            await engine.asolve(STUB)
        beside.cancel()

    run(work)
    assert ticks > 10


def test_questions_are_answered_in_a_task() -> None:
    async def work() -> tuple[int, str]:
        asked, best = 0, ""
        async with adding_engine() as engine:
            async for event in engine.stream(STUB.replace("    >>> add(0, 0)\n    0\n", ""), ask=True):
                if isinstance(event, QuestionAsked):
                    asked += 1
                    event.answer(0)
                elif isinstance(event, Done):
                    best = event.report.best.program
        return asked, best

    asked, best = run(work)
    assert asked == 1
    assert "a + b" in best or "b + a" in best


def test_a_cancelled_task_ends_the_work_before_it_goes_on() -> None:
    drawn: list[int] = []

    async def work() -> None:
        async with adding_engine(samples=5000, before=lambda prompt: (drawn.append(1), slow(prompt))[1]) as engine:

            async def consume() -> None:
                async for _ in engine.stream(STUB):
                    pass

            task = asyncio.create_task(consume())
            while len(drawn) < 3:
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.sleep(0.2)
            seen = len(drawn)
            await asyncio.sleep(0.2)
            assert len(drawn) == seen

    run(work)
    assert len(drawn) < 5000


@pytest.mark.parametrize("who", ["stream", "engine"])
def test_cancelled_from_another_thread(who: str) -> None:
    async def work() -> None:
        async with adding_engine(samples=5000, before=slow) as engine:
            stream = engine.stream(STUB)
            threading.Timer(0.2, (stream if who == "stream" else engine).cancel).start()
            with pytest.raises(CancelledError):
                async for _ in stream:
                    pass
            report = await engine.asolve(STUB, samples=4)
            assert report.funnel.drawn == 4, "the engine goes on"

    run(work)


def test_leaving_the_loop_early_ends_the_work() -> None:
    async def work() -> None:
        async with adding_engine(samples=5000, before=slow) as engine:
            async with engine.stream(STUB) as stream:
                async for event in stream:
                    if isinstance(event, SampleDrawn):
                        break
            async for event in engine.stream(STUB):  # dropped without being closed
                if isinstance(event, SampleDrawn):
                    break
            gc.collect()

    run(work)


def test_a_stream_that_was_dropped_frees_the_model() -> None:
    with adding_engine(samples=5000, before=slow) as engine:
        for event in engine.stream(STUB):
            if isinstance(event, SampleDrawn):
                break
        assert engine.solve(STUB, samples=4).funnel.drawn == 4


def test_many_problems_at_once_take_turns() -> None:
    order: list[str] = []

    def note(prompt: Prompt) -> None:
        order.append(prompt.problem_id)
        slow(prompt)

    async def work() -> list[int]:
        model = ScriptedModel(answer_any, form="plain", before=note, batch_size=4)
        async with adding_engine(samples=24, model=model) as engine:
            stubs = [STUB.replace("add(", f"add{number}(") for number in range(3)]
            reports = await asyncio.gather(*(engine.asolve(stub) for stub in stubs))
        return [report.funnel.survived for report in reports]

    def answer_any(prompt: Prompt) -> str:
        return answer(prompt).replace("add(", f"{prompt.problem_id}(")

    assert run(work) == [3, 3, 3]
    firsts = {name: order.index(name) for name in set(order)}
    assert max(firsts.values()) < 24, "nobody waits until another one has all samples"


def test_a_request_that_waits_for_its_turn_can_be_cancelled() -> None:
    with adding_engine(samples=200, before=slow) as engine:
        first = engine.stream(STUB)
        next(event for event in first if isinstance(event, SampleDrawn))
        second = engine.stream(STUB)
        assert isinstance(next(second), Started)
        second.cancel()
        with pytest.raises(CancelledError):
            list(second)
        first.close()


class Clock:
    """What budgets take for the time: 0 until it is late."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.late = False
        monkeypatch.setattr("codegen.budget.time", self)
        monkeypatch.setattr("codegen.engine.time", self)

    def monotonic(self) -> float:
        return 100.0 if self.late else 0.0

    def late_after(self, stream: Stream, kind: type, count: int) -> list[Event]:
        """All events; it gets late after so many of a kind."""
        seen = []
        for event in stream:
            seen.append(event)
            self.late = self.late or sum(isinstance(each, kind) for each in seen) == count
        return seen


def test_when_the_time_is_over_what_was_drawn_is_ranked(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    with adding_engine(samples=3000, before=slow) as engine:
        done = clock.late_after(engine.stream(STUB, time_s=50), SampleDrawn, 4)[-1]
    assert isinstance(done, Done)
    assert done.stopped == "time"
    assert 4 <= done.report.funnel.drawn < 3000
    assert done.report.funnel.survived == 3
    assert done.report.funnel.clusters == 2


def test_at_the_deadline_everything_ends_with_what_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    with adding_engine(samples=3000, before=slow) as engine:
        seen = clock.late_after(engine.stream(STUB, deadline=50), ProgramJudged, 4)
    done = seen[-1]
    assert isinstance(done, Done)
    assert done.stopped == "deadline"
    assert done.report.best is not None
    assert [event.rank for event in seen if isinstance(event, Submitted)] == [1, 2, 3]


def test_a_deadline_that_has_passed_ends_at_once() -> None:
    with adding_engine() as engine:
        seen = list(engine.stream(STUB, deadline=time.monotonic() - 1))
        assert isinstance(seen[0], Started)
        assert isinstance(seen[-1], Done)
        assert not any(isinstance(event, ProgramJudged) for event in seen)
        both = list(engine.stream_all([], deadline=time.monotonic() - 1))
    assert both == []


def test_a_model_that_is_loading_holds_nobody_up() -> None:
    read = threading.Event()

    class Slow(ScriptedModel):
        def load(self) -> None:
            read.wait(60)

    with adding_engine(model=Slow(answer, form="plain")) as engine:
        stream = engine.stream(STUB)
        assert isinstance(next(stream), Started)
        stream.cancel()
        with pytest.raises(CancelledError):
            list(stream)
        seen = [type(event) for event in engine.stream(STUB, time_s=0.1)]
        assert [kind for kind in seen if kind is not SandboxReady] == [Started, Done]
        read.set()
        assert any(isinstance(event, ModelLoaded) for event in engine.stream(STUB))


def test_errors_arrive_where_events_do() -> None:
    async def work() -> None:
        async with adding_engine() as engine:
            with pytest.raises(Exception, match="empty"):
                async for _ in engine.stream("  "):
                    pass

    run(work)


def test_an_engine_that_is_closed_meanwhile_ends_its_streams() -> None:
    engine = adding_engine(samples=5000, before=slow)
    found: list[CancelledError] = []

    def consume() -> None:
        try:
            for _ in engine.stream(STUB):
                pass
        except CancelledError as error:
            found.append(error)

    thread = threading.Thread(target=consume)
    thread.start()
    time.sleep(0.3)
    engine.close()
    thread.join(5)
    assert [type(each) for each in found] == [CancelledError]


def test_requests_leave_no_threads_behind() -> None:
    def count(engine: Engine) -> int:
        for event in engine.stream(STUB):
            if isinstance(event, ProgramJudged):
                break
        return engine.solve(STUB).funnel.drawn

    before = set(threading.enumerate())
    with adding_engine() as engine:
        for _ in range(5):
            assert count(engine) == 8
        assert len(set(threading.enumerate()) - before) < 12
    assert set(threading.enumerate()) <= before
