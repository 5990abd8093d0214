"""What one stream of an engine does: the pipeline, and around it what belongs to a single problem."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from codegen import events
from codegen.asking import Asking, contrast
from codegen.budget import Budget, Stopped
from codegen.config import Settings
from codegen.errors import CancelledError
from codegen.events import Event
from codegen.inputs import GeneratedInput, generate_inputs
from codegen.inputs.rounds import in_turn
from codegen.inputs.testing import MAX_TOKENS, asserted_inputs, prompts_for_tests, written_tests
from codegen.inputs.written import TOKENS_AN_INPUT, input_prompt, read_inputs
from codegen.judging import limits_for
from codegen.models.base import Completion, Model, SamplingParams
from codegen.pipeline import RANK, SAMPLE, Pipeline
from codegen.prompts import Prompt
from codegen.runs import RunFile
from codegen.tasks import Examiner, Runner, Task
from codegen.threads import Threads, Turns
from problems.problem import Problem

T = TypeVar("T")


class _LateError(Exception):
    """The deadline passed while something was done aside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One run of the engine's parts. Everything in it is shared with other requests but run, budget and `cancelled`."""

    run: RunFile
    settings: Settings
    model: Callable[[], Model]
    runner: Callable[[], Runner]
    turns: Turns
    threads: Threads
    cancelled: threading.Event
    budget: Budget

    def many(
        self, problems: Iterable[Problem], stages: frozenset[str], *, examiner: Examiner | None = None
    ) -> Iterator[Event]:
        """Problems side by side through the pipeline."""
        writing = self.settings.model_tests > 0 and stages >= SAMPLE
        return Pipeline(
            map(self._with_tests, problems) if writing else problems,
            self.run,
            self.settings,
            model=self.model,
            runner=self.runner,
            turns=self.turns,
            threads=self.threads,
            cancelled=self.cancelled,
            budget=self.budget,
            stages=stages,
            examiner=examiner,
        ).run_to_end()

    def one(self, problem: Problem, stages: frozenset[str], *, ask: bool) -> Iterator[Event]:
        """Before ranking, what takes a sandbox and all behaviours: questions, and inputs that tell clusters apart."""
        stopped: Stopped = ""
        if self.settings.model_inputs and stages >= SAMPLE:
            self._write(problem, self.settings.model_inputs)
        for event in self.many([problem], stages - RANK):
            if isinstance(event, events.Done):
                stopped = event.stopped
            else:
                yield event
        limits = limits_for(problem, self.settings.limits)
        with suppress(_LateError):
            if ask and not problem.is_question:
                yield from Asking(self.run, problem, limits=limits, perform=self._perform).questions()
            if not problem.is_question:  # its one input is the empty one
                contrast(self.run, problem, limits=limits, perform=self._perform)
        for event in self.many([problem], stages & RANK):
            if isinstance(event, events.Done):
                yield replace(event, stopped=event.stopped or stopped)
            elif not isinstance(event, events.Started):
                yield event

    def _perform(self, task: Task) -> Any:
        return self._aside(lambda stop: self.runner().perform(task, stop).result)

    def _aside(self, work: Callable[[Callable[[], bool]], T]) -> T:
        """What `work` gives, done in another thread; it is handed what tells it to stop.

        Raises:
            CancelledError: As soon as the request is cancelled.
            _LateError: At the deadline.
        """
        stop = threading.Event()

        def given_up() -> bool:
            if self.cancelled.is_set() or self.budget.over == "deadline":
                stop.set()
            return stop.is_set()

        try:
            found = self.threads.aside(lambda: [work(stop.is_set)], "codesieve-aside", given_up)
        finally:
            stop.set()
        if self.cancelled.is_set():
            raise CancelledError(f"cancelled; what was done is in {self.run.path}")
        if found is None:
            raise _LateError
        return found[0]

    def _with_tests(self, problem: Problem) -> Problem:
        self._write(problem, 0)
        return problem

    def _write(self, problem: Problem, inputs: int) -> None:
        """Let the model write tests and so many inputs, and store these with the generated ones; once a run."""
        settings, run, model = self.settings, self.run, self.model()
        if run.inputs(problem.id) or model.available(problem.id) is not None:  # what is recorded holds none
            return
        with suppress(_LateError):
            prompts = prompts_for_tests(problem, settings.model_tests, settings.seed)
            answers = self._answers(prompts, replace(settings.sampling, max_tokens=MAX_TOKENS))
            tests = written_tests(prompts, answers)
            written: list[GeneratedInput] = []
            if inputs:
                prompt = input_prompt(problem, inputs, settings.seed)
                answers = self._answers([prompt], replace(settings.sampling, max_tokens=TOKENS_AN_INPUT * inputs))
                written = [each for answer in answers for each in read_inputs(problem, prompt, answer, inputs)]
            generated = generate_inputs(problem, seed=settings.seed, count=settings.generated_inputs)
            run.add_problem(problem)
            run.add_tests(problem.id, tests)
            asserted = asserted_inputs(problem, tests)
            whole = {each.text: each for each in (*asserted, *in_turn((*written, *generated)))}
            run.add_inputs(problem.id, whole.values())

    def _answers(self, prompts: Sequence[Prompt], params: SamplingParams) -> list[Completion]:
        """Of the model, in chunks of its own size."""
        model = self.model()
        size = max(1, model.batch_size)

        def ask(stop: Callable[[], bool]) -> list[Completion]:
            found: list[Completion] = []
            model.load()
            for first in range(0, len(prompts), size):
                with self.turns.turn(stop) as mine:
                    if mine:
                        answers = model.generate(prompts[first : first + size], params, cancelled=stop)
                        found += [replace(each, index=first + each.index) for each in answers]
            return found

        return self._aside(ask) if prompts else []
