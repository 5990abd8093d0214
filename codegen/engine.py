"""The importable face: a warm model and a warm sandbox over many problems."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from codegen import events
from codegen.asking import Asking, Task
from codegen.config import Settings
from codegen.events import Event
from codegen.judging import limits_for
from codegen.models.base import Model
from codegen.models.loading import DEFAULT_MODEL, load_model
from codegen.pipeline import ALL_STAGES, JUDGE, RANK, SAMPLE, Pipeline
from codegen.report import Report
from codegen.runs import MEMORY, RunFile
from problems.library import from_text
from problems.problem import Problem
from sandbox.backends import open_sandbox
from sandbox.execution import Sandbox

__all__ = ["ALL_STAGES", "JUDGE", "RANK", "SAMPLE", "Engine", "solve"]


class Engine:
    """Solves problems one after another with one model and one sandbox, both started when first needed.

    Use it as a context manager: leaving it ends every process and container it started.

    Args:
        model: Name as on the command line, or an object with the `Model` protocol (which stays the caller's to close).
        sandbox: "auto", "docker", "bubblewrap", "unsafe", or an object with the `Sandbox` protocol (likewise).
    """

    def __init__(
        self,
        *,
        model: str | Model = DEFAULT_MODEL,
        sandbox: str | Sandbox = "auto",
        settings: Settings | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self._model = _LazyModel(model)
        self._sandbox = _LazySandbox(sandbox)
        self._drawing = threading.Lock()
        self._streams: set[threading.Event] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def warm_up(self) -> None:
        """Load the model and start the sandbox now, so that the first problem does not wait for them."""
        self._model.get().load()
        self._sandbox.get()

    def stream(
        self,
        problem: Problem | str,
        *,
        run: RunFile | str | Path | None = None,
        stages: frozenset[str] = ALL_STAGES,
        ask: bool = False,
    ) -> Iterator[Event]:
        """Work on a problem, yielding typed events; the last one is `Done` with the report.

        Args:
            problem: A problem, or its text: a Python stub or a Markdown statement.
            run: Run file, open or as a path (made, or resumed); None keeps the run in memory.
            stages: A part of the way only: SAMPLE, JUDGE, RANK or a union of them.
            ask: Before ranking, yield `QuestionAsked` events for as long as they are answered and behaviours differ.

        Raises:
            CancelledError: `cancel` was called.
            ProblemError, UsageError, ModelError, SandboxError, RunFileError.
        """
        asked = from_text(problem) if isinstance(problem, str) else problem
        if ask:
            yield from self._stream_asking(asked, run, stages)
            return
        cancelled = threading.Event()
        self._streams.add(cancelled)
        try:
            with self._opened(run) as file:
                yield from Pipeline(
                    asked,
                    file,
                    self.settings,
                    model=self._model.get,
                    sandbox=self._sandbox.get,
                    drawing=self._drawing,
                    cancelled=cancelled,
                    stages=stages,
                ).run_to_end()
        finally:
            self._streams.discard(cancelled)

    def _stream_asking(
        self, problem: Problem, run: RunFile | str | Path | None, stages: frozenset[str]
    ) -> Iterator[Event]:
        with self._opened(run) as file:
            for event in self.stream(problem, run=file, stages=stages - RANK):
                if not isinstance(event, events.Done):
                    yield event
            limits = limits_for(problem, self.settings.limits)
            asking = Asking(file, problem, limits=limits, perform=self._perform)
            yield from asking.questions()
            for event in self.stream(problem, run=file, stages=stages & RANK):
                if not isinstance(event, events.Started):
                    yield event

    def _perform(self, task: Task) -> Any:
        return task.perform(self._sandbox.get(), lambda: False)

    def solve(
        self,
        problem: Problem | str,
        *,
        run: RunFile | str | Path | None = None,
        on_event: Callable[[Event], None] | None = None,
        stages: frozenset[str] = ALL_STAGES,
        ask: bool = False,
    ) -> Report:
        """`stream` to its end; the report. `on_event` is called with every event, in the caller's thread.

        With `ask` it is for `on_event` to answer `QuestionAsked` events.
        """
        report: Report | None = None
        for event in self.stream(problem, run=run, stages=stages, ask=ask):
            if on_event is not None:
                on_event(event)
            if isinstance(event, events.Done):
                report = event.report
        assert report is not None  # `stream` ends with Done or raises
        return report

    def open_run(self, path: str | Path) -> RunFile:
        """The run file for this engine's model and settings, made or resumed (see `RunFile.create_or_resume`)."""
        model = self._model.get()
        return RunFile.create_or_resume(
            path, model={"name": model.name, "batch_size": model.batch_size}, settings=self.settings
        )

    def cancel(self) -> None:
        """End all work under way, from any thread; each stream raises CancelledError within a second."""
        for cancelled in tuple(self._streams):
            cancelled.set()

    def close(self) -> None:
        """Cancel, then end the model and the sandbox that this engine started. Idempotent."""
        self.cancel()
        self._sandbox.close()
        self._model.close()

    @contextmanager
    def _opened(self, run: RunFile | str | Path | None) -> Iterator[RunFile]:
        if isinstance(run, RunFile):
            yield run
            return
        with self.open_run(run if run is not None else MEMORY) as file:
            yield file


class _LazyModel:
    """The model, loaded once when first asked for, from any thread. One made by the caller is never closed here."""

    def __init__(self, model: str | Model) -> None:
        self._name = model if isinstance(model, str) else model.name
        self._model = None if isinstance(model, str) else model
        self._own = isinstance(model, str)
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return self._name

    def get(self) -> Model:
        with self._lock:
            if self._model is None:
                self._model = load_model(self._name)
            return self._model

    def close(self) -> None:
        with self._lock:
            if self._own and self._model is not None:
                self._model.close()
                self._model = None


class _LazySandbox:
    """The same for the sandbox."""

    def __init__(self, sandbox: str | Sandbox) -> None:
        self._name = sandbox if isinstance(sandbox, str) else sandbox.name
        self._sandbox = None if isinstance(sandbox, str) else sandbox
        self._own = isinstance(sandbox, str)
        self._lock = threading.Lock()

    def get(self) -> Sandbox:
        with self._lock:
            if self._sandbox is None:
                self._sandbox = open_sandbox(self._name)
            return self._sandbox

    def close(self) -> None:
        with self._lock:
            if self._own and self._sandbox is not None:
                self._sandbox.close()
                self._sandbox = None


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
