"""The importable face: a warm model and a warm sandbox over many problems."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from codegen import events
from codegen.asking import Asking, contrast
from codegen.config import Settings
from codegen.errors import CancelledError
from codegen.events import Event
from codegen.executor import Executor, LocalExecutor
from codegen.inputs import generate_inputs
from codegen.inputs.rounds import in_turn
from codegen.inputs.written import TOKENS_AN_INPUT, input_prompt, read_inputs
from codegen.judging import limits_for
from codegen.models.base import Model
from codegen.models.loading import DEFAULT_MODEL
from codegen.pipeline import ALL_STAGES, JUDGE, RANK, SAMPLE, Pipeline
from codegen.report import Report
from codegen.runs import MEMORY, RunFile
from codegen.tasks import Examiner, Runner, SandboxRunner, Task
from problems.library import from_text
from problems.problem import Problem
from sandbox.execution import Sandbox

__all__ = ["ALL_STAGES", "JUDGE", "RANK", "SAMPLE", "Engine", "solve"]


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
        self._model = _LazyModel(model, self._executor)
        self._runner = _LazyRunner(sandbox, self._executor)
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
        self._runner.get()

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
        if ask or stages >= JUDGE | RANK:
            yield from self._stream_one(asked, run, stages, ask=ask)
        else:
            yield from self.stream_all([asked], run=run, stages=stages)

    def stream_all(
        self,
        problems: Iterable[Problem],
        *,
        run: RunFile | str | Path | None = None,
        stages: frozenset[str] = ALL_STAGES,
        examiner: Examiner | None = None,
    ) -> Iterator[Event]:
        """Work on many problems side by side: the model writes for the next ones while programs are still run.

        Args:
            problems: Read one by one, when their turn comes; ids must differ.
            run, stages: See `stream`.
            examiner: Asks more of the programs, in the same queue.

        Raises: As `stream`.
        """
        cancelled = threading.Event()
        self._streams.add(cancelled)
        try:
            with self._opened(run) as file:
                yield from Pipeline(
                    problems,
                    file,
                    self.settings,
                    model=self._model.get,
                    runner=self._runner.get,
                    lock=self._drawing,
                    cancelled=cancelled,
                    stages=stages,
                    examiner=examiner,
                ).run_to_end()
        finally:
            self._streams.discard(cancelled)

    def _stream_one(
        self, problem: Problem, run: RunFile | str | Path | None, stages: frozenset[str], *, ask: bool
    ) -> Iterator[Event]:
        """Before ranking, what takes a sandbox and all behaviours: questions, and inputs that tell clusters apart."""
        cancelled = threading.Event()
        self._streams.add(cancelled)

        def perform(task: Task) -> Any:
            result = self._runner.get().perform(task, cancelled.is_set).result
            if cancelled.is_set():
                raise CancelledError(f"{problem.id}: cancelled")
            return result

        try:
            with self._opened(run) as file:
                if self.settings.model_inputs and stages >= SAMPLE:
                    self._write_inputs(problem, file, cancelled)
                for event in self.stream_all([problem], run=file, stages=stages - RANK):
                    if not isinstance(event, events.Done):
                        yield event
                limits = limits_for(problem, self.settings.limits)
                if ask:
                    yield from Asking(file, problem, limits=limits, perform=perform).questions()
                contrast(file, problem, limits=limits, perform=perform)
                for event in self.stream_all([problem], run=file, stages=stages & RANK):
                    if not isinstance(event, events.Started):
                        yield event
        finally:
            self._streams.discard(cancelled)

    def _write_inputs(self, problem: Problem, run: RunFile, cancelled: threading.Event) -> None:
        """Let the model write inputs, and store these with the generated ones; once a run."""
        settings, model = self.settings, self._model.get()
        if run.inputs(problem.id) or model.available(problem.id) is not None:  # what is recorded holds no inputs
            return
        model.load()
        prompt = input_prompt(problem, settings.model_inputs, settings.seed)
        params = replace(settings.sampling, max_tokens=TOKENS_AN_INPUT * settings.model_inputs)
        with self._drawing:
            answers = list(model.generate([prompt], params, cancelled=cancelled.is_set))
        written = [each for answer in answers for each in read_inputs(problem, prompt, answer, settings.model_inputs)]
        generated = generate_inputs(problem, seed=settings.seed, count=settings.generated_inputs)
        whole = {each.text: each for each in (*written, *generated)}
        run.add_inputs(problem.id, in_turn(whole.values()))

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
        (report,) = _reports(self.stream(problem, run=run, stages=stages, ask=ask), on_event).values()
        return report

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
        self._runner.close()
        self._model.close()
        self._executor.close()

    @contextmanager
    def _opened(self, run: RunFile | str | Path | None) -> Iterator[RunFile]:
        if isinstance(run, RunFile):
            yield run
            return
        with self.open_run(run if run is not None else MEMORY) as file:
            yield file


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


class _LazyModel:
    """The model, loaded once when first asked for, from any thread. One made by the caller is never closed here."""

    def __init__(self, model: str | Model, executor: Executor) -> None:
        self._executor = executor
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
                self._model = self._executor.model(self._name)
            return self._model

    def close(self) -> None:
        with self._lock:
            if self._own and self._model is not None:
                self._model.close()
                self._model = None


class _LazyRunner:
    """The same for the sandbox, with what runs tasks in it."""

    def __init__(self, sandbox: str | Sandbox, executor: Executor) -> None:
        self._executor = executor
        self._name = sandbox if isinstance(sandbox, str) else sandbox.name
        self._runner: Runner | None = None if isinstance(sandbox, str) else SandboxRunner(sandbox)
        self._own = isinstance(sandbox, str)
        self._lock = threading.Lock()

    def get(self) -> Runner:
        with self._lock:
            if self._runner is None:
                self._runner = self._executor.runner(self._name)
            return self._runner

    def close(self) -> None:
        with self._lock:
            if self._own and self._runner is not None:
                self._runner.close()
                self._runner = None


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
