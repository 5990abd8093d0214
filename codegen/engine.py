"""The importable face: a warm model and a warm sandbox over many problems."""

from __future__ import annotations

import asyncio
import threading
import time
import weakref
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from codegen import events
from codegen.budget import Budget
from codegen.config import Settings
from codegen.errors import CancelledError
from codegen.events import Event
from codegen.executor import Executor, LocalExecutor
from codegen.judging import limits_for
from codegen.lazy import LazyModel, LazyRunner
from codegen.models.base import Model
from codegen.models.loading import DEFAULT_MODEL
from codegen.pipeline import ALL_STAGES, JUDGE, RANK, SAMPLE
from codegen.report import Report
from codegen.request import Request
from codegen.runs import MEMORY, RunFile
from codegen.stream import Stream, settle, unless_cancelled
from codegen.tasks import Examiner
from codegen.threads import Threads, Turns
from codegen.verifying import Verification, VerifyTask
from problems.library import from_text
from problems.problem import Problem
from sandbox.execution import Sandbox

__all__ = ["ALL_STAGES", "JUDGE", "RANK", "SAMPLE", "Engine", "solve"]

CLOSING_S = 60.0
"""How long closing an engine waits for threads that cannot be told to end."""


class Engine:
    """Solves problems with one model and one sandbox, both started when first needed.

    Use it as a context manager: leaving it ends every process and container it started.

    Args:
        model: Name as on the command line, or an object with the `Model` protocol (which stays the caller's to close).
        sandbox: "auto", "docker", "bubblewrap", "unsafe", or an object with the `Sandbox` protocol (likewise).
        executor: Where a model and a sandbox given by name are opened; closed with the engine.
    """

    def __init__(
        self,
        *,
        model: str | Model = DEFAULT_MODEL,
        sandbox: str | Sandbox = "auto",
        settings: Settings | None = None,
        executor: Executor | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self._executor = executor or LocalExecutor()
        self._model = LazyModel(model, self._executor)
        self._runner = LazyRunner(sandbox, self._executor)
        self._turns = Turns()
        self._threads = Threads()
        self._lock = threading.Lock()
        self._working: set[threading.Event] = set()
        self._streams: weakref.WeakSet[Stream] = weakref.WeakSet()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(0.0 if kind is not None and issubclass(kind, KeyboardInterrupt) else CLOSING_S)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.close)

    def warm_up(self) -> None:
        """Load the model and start the sandbox now, so that the first problem does not wait for them."""
        self._model.get().load()
        self._runner.get()

    def stream(
        self,
        problem: Problem | str,
        *,
        run: RunFile | str | Path | None = None,
        stages: frozenset[str] = ALL_STAGES,
        ask: bool = False,
        samples: int | None = None,
        time_s: float | None = None,
        deadline: float | None = None,
    ) -> Stream:
        """Work on a problem, giving typed events; the last one is `Done` with the report.

        Use it with `for` or with `async for`. Any number of streams may be under way at once, from any threads and
        tasks: the model writes for them in turn, a batch each.

        Args:
            problem: A problem, or its text: a Python stub or a Markdown statement.
            run: Run file, open or as a path (made, or resumed); None keeps the run in memory.
            stages: A part of the way only: SAMPLE, JUDGE, RANK or a union of them.
            ask: Before ranking, yield `QuestionAsked` events for as long as they are answered and behaviours differ.
            samples: How many are drawn; the engine's settings say it otherwise.
            time_s: For so many seconds samples are drawn; then what there is is judged and ranked.
            deadline: Moment of `time.monotonic()` at which everything ends: what is known by then is ranked.

        Raises (while it is iterated):
            CancelledError: `cancel` was called, here or on the stream.
            ProblemError, UsageError, ModelError, SandboxError, RunFileError.
        """
        budget = _budget(time_s, deadline)
        settings = self._settings(samples)
        cancelled = threading.Event()

        def begin() -> Generator[Event, None, None]:
            asked = from_text(problem) if isinstance(problem, str) else problem
            with self._under_way(cancelled), self._opened(run, settings) as file:
                request = self._request(file, settings, budget, cancelled)
                if ask or stages >= JUDGE | RANK:
                    yield from request.one(asked, stages, ask=ask)
                else:
                    yield from request.many([asked], stages)

        return self._stream(begin(), cancelled)

    def stream_all(
        self,
        problems: Iterable[Problem],
        *,
        run: RunFile | str | Path | None = None,
        stages: frozenset[str] = ALL_STAGES,
        examiner: Examiner | None = None,
        time_s: float | None = None,
        deadline: float | None = None,
    ) -> Stream:
        """Work on many problems side by side: the model writes for the next ones while programs are still run.

        Args:
            problems: Read one by one, when their turn comes; ids must differ.
            run, stages: See `stream`.
            examiner: Asks more of the programs, in the same queue.
            time_s, deadline: See `stream`; of all problems together. Those that were not begun then are left out.

        Raises: As `stream`.
        """
        budget = _budget(time_s, deadline)
        cancelled = threading.Event()

        def begin() -> Generator[Event, None, None]:
            with self._under_way(cancelled), self._opened(run, self.settings) as file:
                request = self._request(file, self.settings, budget, cancelled)
                yield from request.many(problems, stages, examiner=examiner)

        return self._stream(begin(), cancelled)

    def _stream(self, begun: Generator[Event, None, None], cancelled: threading.Event) -> Stream:
        stream = Stream(begun, cancelled, self._threads.adopt)
        with self._lock:
            self._streams.add(stream)
        return stream

    def _request(self, run: RunFile, settings: Settings, budget: Budget, cancelled: threading.Event) -> Request:
        return Request(
            run=run,
            settings=settings,
            model=self._model.get,
            runner=self._runner.get,
            turns=self._turns,
            threads=self._threads,
            cancelled=cancelled,
            budget=budget,
        )

    @contextmanager
    def _under_way(self, cancelled: threading.Event) -> Iterator[None]:
        """`cancel` sets this meanwhile."""
        with self._lock:
            self._working.add(cancelled)
        try:
            if cancelled.is_set():
                raise CancelledError("cancelled before it began")
            yield
        finally:
            with self._lock:
                self._working.discard(cancelled)

    def solve(
        self,
        problem: Problem | str,
        *,
        run: RunFile | str | Path | None = None,
        on_event: Callable[[Event], None] | None = None,
        stages: frozenset[str] = ALL_STAGES,
        ask: bool = False,
        samples: int | None = None,
        time_s: float | None = None,
        deadline: float | None = None,
    ) -> Report:
        """`stream` to its end; the report. `on_event` is called with every event, in the caller's thread.

        With `ask` it is for `on_event` to answer `QuestionAsked` events.
        """
        stream = self.stream(
            problem, run=run, stages=stages, ask=ask, samples=samples, time_s=time_s, deadline=deadline
        )
        (report,) = _reports(stream, on_event).values()
        return report

    async def asolve(
        self,
        problem: Problem | str,
        *,
        run: RunFile | str | Path | None = None,
        on_event: Callable[[Event], None] | None = None,
        samples: int | None = None,
        time_s: float | None = None,
        deadline: float | None = None,
    ) -> Report:
        """`solve` for a task: the event loop, in whose thread `on_event` is called, stays free."""
        report: Report | None = None
        async with self.stream(problem, run=run, samples=samples, time_s=time_s, deadline=deadline) as stream:
            async for event in stream:
                if on_event is not None:
                    on_event(event)
                if isinstance(event, events.Done):
                    report = event.report
        assert report is not None, "Done is the last event"
        return report

    def verify(
        self, program: str, problem: Problem | str, *, language: str = "python", deadline: float | None = None
    ) -> Verification:
        """How a program, whoever wrote it, fares on every example of a problem. The model is not needed.

        Args:
            program: Source text that defines the problem's function, or reads standard input.
            deadline: Moment of `time.monotonic()` at which it ends.

        Raises:
            CancelledError: `cancel` was called, or the deadline passed.
            ProblemError, SandboxError.
        """
        return self._verify(program, problem, language, deadline, threading.Event())

    async def averify(
        self, program: str, problem: Problem | str, *, language: str = "python", deadline: float | None = None
    ) -> Verification:
        """`verify` for a task: the event loop stays free, and a task that is cancelled ends it."""
        cancelled = threading.Event()
        done: Future[Verification] = Future()
        self._threads.start(
            lambda: settle(done, lambda: self._verify(program, problem, language, deadline, cancelled)),
            "codesieve-verify",
        )
        return await unless_cancelled(done, cancelled)

    def _verify(
        self, program: str, problem: Problem | str, language: str, deadline: float | None, cancelled: threading.Event
    ) -> Verification:
        asked = from_text(problem) if isinstance(problem, str) else problem
        limits = limits_for(asked, self.settings.limits)
        task = VerifyTask(problem=asked, source=program, language=language, limits=limits)
        budget = Budget(deadline=deadline)

        def given_up() -> bool:
            return cancelled.is_set() or bool(budget.over)

        with self._under_way(cancelled):
            found = self._threads.aside(
                lambda: self._runner.get().perform(task, given_up).result, "codesieve-verify", given_up
            )
        if found is None or given_up():
            raise CancelledError(f"{asked.id}: {'cancelled' if cancelled.is_set() else 'the deadline passed'}")
        assert isinstance(found, Verification)
        return found

    def solve_all(
        self,
        problems: Iterable[Problem],
        *,
        run: RunFile | str | Path | None = None,
        on_event: Callable[[Event], None] | None = None,
        stages: frozenset[str] = ALL_STAGES,
    ) -> dict[str, Report]:
        """`stream_all` to its end; the reports by problem id, in the order of the problems."""
        return _reports(self.stream_all(problems, run=run, stages=stages), on_event)

    @property
    def model_name(self) -> str:
        """As it was given."""
        return self._model.name

    def open_run(self, path: str | Path, *, samples: int | None = None) -> RunFile:
        """The run file for this engine's model and settings, made or resumed (see `RunFile.create_or_resume`).

        Args:
            samples: As for `stream`.
        """
        return self._open_run(path, self._settings(samples))

    def _open_run(self, path: str | Path, settings: Settings) -> RunFile:
        model = self._model.get()
        identity = {"name": model.name, "batch_size": model.batch_size}
        if dtype := getattr(model, "dtype", ""):
            identity["dtype"] = dtype
        return RunFile.create_or_resume(path, model=identity, settings=settings)

    def cancel(self) -> None:
        """End all work under way, from any thread; each stream raises CancelledError within a second."""
        with self._lock:
            for cancelled in self._working:
                cancelled.set()

    def close(self, wait_s: float = CLOSING_S) -> None:
        """Cancel, then end the model and the sandbox that this engine started, and its threads. Idempotent.

        Args:
            wait_s: A thread in which a model is being loaded cannot be ended: it is waited for, for so long.
        """
        self.cancel()
        with self._lock:
            streams = tuple(self._streams)
        for stream in streams:
            stream.abandon()
        self._runner.close()
        self._threads.join(wait_s)
        self._model.close()
        self._executor.close()

    def _settings(self, samples: int | None) -> Settings:
        return self.settings if samples is None else replace(self.settings, samples=samples)

    @contextmanager
    def _opened(self, run: RunFile | str | Path | None, settings: Settings) -> Iterator[RunFile]:
        if isinstance(run, RunFile):
            yield run
            return
        with self._open_run(run if run is not None else MEMORY, settings) as file:
            yield file


def _budget(time_s: float | None, deadline: float | None) -> Budget:
    return Budget(draw_until=None if time_s is None else time.monotonic() + time_s, deadline=deadline)


def _reports(stream: Iterator[Event], on_event: Callable[[Event], None] | None) -> dict[str, Report]:
    """Read to the end; the reports in the order in which their problems were begun."""
    found: dict[str, Report | None] = {}
    for event in stream:
        if on_event is not None:
            on_event(event)
        if isinstance(event, events.Started):
            found[event.problem_id] = None
        elif isinstance(event, events.Done):
            found[event.problem_id] = event.report
    return {problem_id: report for problem_id, report in found.items() if report is not None}


def solve(
    problem: Problem | str,
    *,
    model: str | Model = DEFAULT_MODEL,
    samples: int = 32,
    sandbox: str | Sandbox = "auto",
    seed: int = 0,
    **settings: Any,
) -> Report:
    """Solve one problem and clean up: `Engine` for a single call. Further keywords are fields of `Settings`."""
    with Engine(model=model, sandbox=sandbox, settings=Settings(samples=samples, seed=seed, **settings)) as engine:
        return engine.solve(problem)
