"""The way through the sieve for any number of problems: one queue, generation and execution overlapped.

Threads draw samples (`codegen.drawing`), threads do tasks in the sandbox, one a slot (`codegen.workers`); the caller's
thread alone writes the run file and yields events. The model goes on to the next problem while programs of earlier ones
are still run. What is in memory is bounded: drawing is held back while enough tasks wait, and stored samples are read
only when tasks run short. Nothing depends on the order in which results arrive, so a run that was killed and resumed,
or that solved its problems side by side, ends as one that did one thing at a time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from queue import Empty, SimpleQueue

from codegen import events, settling
from codegen.budget import Budget, Over
from codegen.config import Settings
from codegen.drawing import Drawing
from codegen.errors import CancelledError
from codegen.events import Event
from codegen.filtering import filters
from codegen.inputs import GeneratedInput, generate_inputs
from codegen.inputs.rounds import in_turn
from codegen.messages import Done, Drawn, Failed, InputsMade, Message, ModelReady, RunnerReady
from codegen.models.base import Model
from codegen.programs import program_key
from codegen.repairing import failing, repair_prompt
from codegen.report import conclude
from codegen.runs import RunFile
from codegen.sampling import Sample
from codegen.selection import pool_of
from codegen.tasks import Examiner, JudgeTask, ObserveTask, Performed, Runner, Task
from codegen.threads import Threads, Turns
from codegen.work import Work, take_up
from codegen.workers import Workers
from problems.problem import Problem

SAMPLE = frozenset({"sample"})
JUDGE = frozenset({"judge"})
RANK = frozenset({"rank"})
ALL_STAGES = SAMPLE | JUDGE | RANK

BACKLOG = 256
"""Tasks that may wait before drawing is held back."""
OPEN = 64
"""Problems under way at most."""
_TICK_S = 0.1
"""How often the waiting caller looks whether it was cancelled."""
_GATHER_S = 0.25
"""Results of this long may be lost when the process is killed; they are computed again."""
_SECONDS_S = 2.0
"""How often times are written."""


class Pipeline:
    """Iterate `run_to_end` for the events. One use only.

    Args:
        problems: Read one by one, when their turn comes.
        model, runner: Called in a thread of the pipeline when first needed; they may take their time.
        turns: Between the pipelines that share the model.
        threads: Which the threads of this pipeline count among.
        budget: When drawing ends, and when everything does; problems that were not begun then are left out.
        cancelled: Set from any thread; the iteration then raises CancelledError within a second.
    """

    def __init__(
        self,
        problems: Iterable[Problem],
        run: RunFile,
        settings: Settings,
        *,
        model: Callable[[], Model],
        runner: Callable[[], Runner],
        turns: Turns,
        threads: Threads,
        cancelled: threading.Event,
        budget: Budget | None = None,
        stages: frozenset[str] = ALL_STAGES,
        examiner: Examiner | None = None,
    ) -> None:
        self._coming = iter(problems)
        self._run, self._settings, self._stages, self._examiner = run, settings, stages, examiner
        self._cancelled = cancelled
        self._stop = threading.Event()
        self._messages: SimpleQueue[Message] = SimpleQueue()
        self._budget = budget or Budget()
        self._stopped: Over = ""
        self._drawing = Drawing(settings, model=model, turns=turns, threads=threads, emit=self._messages.put)
        self._workers = Workers(runner=runner, threads=threads, emit=self._messages.put, stopped=self._stop.is_set)
        self._works: dict[str, Work] = {}
        self._taken_up: set[str] = set()
        self._more = True
        self._owed = 0
        self._tokens = 0
        self._last_done = self._last_seconds = time.monotonic()

    def run_to_end(self) -> Iterator[Event]:
        """Events as they happen, `Done` last for each problem. Closing the iterator stops the work; what is stored
        stays.

        Raises:
            CancelledError: `cancelled` was set.
            ModelError, SandboxError, RunFileError: From the stage at fault.
        """
        self._last_done = time.monotonic()
        try:
            with self._run.gathered(_GATHER_S):
                try:
                    while self._more or self._works:
                        yield from self._open()
                        yield from self._mind_the_time()
                        if self._stopped == "deadline":
                            break
                        self._read_stored()
                        self._workers.dispatch()
                        if not (yield from self._close_finished()) and (message := self._next_message()):
                            yield from self._handle(message)
                finally:
                    self._write_seconds()
        finally:
            self._stop.set()
            self._drawing.stop()
            self._workers.close()

    # -- problems come and go ----------------------------------------------------------------------------------

    def _open(self) -> Iterator[Event]:
        """Take up problems, as many as keep model and sandbox busy."""
        while (
            self._more
            and len(self._works) < OPEN
            and self._drawing.waiting < self._drawing.threads
            and (self._workers.backlog < BACKLOG or not self._works)
        ):
            problem = next(self._coming, None)
            if problem is None:
                self._more = False
                return
            self._run.add_problem(problem)
            if problem.id not in self._taken_up:
                self._taken_up.add(problem.id)
                yield self._take_up(problem)

    def _take_up(self, problem: Problem) -> Event:
        run, settings = self._run, self._settings
        judging = "judge" in self._stages
        work = take_up(run, problem, settings, judging=judging, examined=self._examiner is not None)
        self._works[problem.id] = work
        if self._examiner is not None:
            self._examiner.begin(problem)
        stored = run.indices(problem.id)
        # A sample that is stored was wanted, so its whole batch is.
        own = [index for index in stored if index < settings.samples]
        work.target = next((each for each in settings.borders if each > max(own, default=-1)), settings.samples)
        if not (settings.auto and judging):
            work.target = settings.samples
        work.enough = len(own) < len(stored) and work.target < settings.samples  # some were mended
        missing = [i for i in range(work.target) if i not in stored] if "sample" in self._stages else []
        work.drawn = len(stored)
        if missing:
            work.drawing = True
            self._drawing.ask(problem, missing)
            if judging or self._examiner is not None:
                self._workers.open()
        return events.Started(
            problem_id=problem.id,
            samples=settings.samples if missing and settings.auto else len(stored) + len(missing),
            stored=len(stored),
            filtering=filters(problem),
        )

    def _read_stored(self) -> None:
        """Look at stored samples, problem by problem, until enough tasks wait."""
        for work in self._works.values():
            while work.stored is not None and self._workers.backlog < BACKLOG:
                found = next(work.stored, None)
                if found is None:
                    work.stored = None
                else:
                    self._queue(work, *found)
            self._observe_waiting(work)

    def _close_finished(self) -> Generator[Event, None, bool]:
        """End the problems for which all is done; whether there was one."""
        finished = [work for work in self._works.values() if work.finished]
        for work in finished:
            if work.splits:
                work.next_round(self._run)
            elif self._ask_for_more(work) or self._ask_for_repairs(work):
                continue
            elif work.without_survivors:
                work.take_nearest(self._run)
            else:
                yield from self._conclude(work)
        return bool(finished)

    def _ask_for_more(self, work: Work) -> bool:
        """Where samples come in batches: have the next one drawn, unless the answer is settled."""
        known = work.enough or self._stopped or not {"sample", "judge"} <= self._stages
        if known or work.target >= self._settings.samples or work.drawn < work.target:  # the model has no more
            return False
        pool = pool_of(self._run, work.problem.id, seed=self._settings.seed)
        if settling.enough(pool, budget=self._settings.samples, filtering=filters(work.problem)):
            work.enough = True
            return False
        first = work.target
        work.target = settling.border(first, self._settings.samples)
        work.drawing = True
        self._drawing.ask(work.problem, list(range(first, work.target)))
        return True

    def _ask_for_repairs(self, work: Work) -> bool:
        """Where failing samples are mended: have the next round drawn, unless there is nothing to mend."""
        problem, settings = work.problem, self._settings
        if self._stopped or not {"sample", "judge"} <= self._stages:
            return False
        while work.repaired < settings.repair:
            generation = range(work.repaired * settings.samples, (work.repaired + 1) * settings.samples)
            work.repaired += 1
            broken = failing(self._run.samples(problem.id), self._run.judgements(problem.id), generation)
            prompts = [
                repair_prompt(problem, sample, judgement, sample.index + settings.samples, settings.seed)
                for sample, judgement in broken
            ]
            stored = self._run.indices(problem.id)
            missing = [prompt.index for prompt in prompts if prompt.index not in stored]
            if missing:
                work.drawing = True
                self._drawing.ask(problem, missing, prompts)
                return True
        return False

    def _conclude(self, work: Work) -> Iterator[Event]:
        del self._works[work.problem.id]
        now = time.monotonic()
        work.spent("total", now - self._last_done)
        self._last_done = now
        self._write(work)
        ranked = "rank" in self._stages
        report = conclude(self._run, work.problem, self._settings if ranked else None)
        if ranked:
            yield from report.submitted()
        yield events.Done(
            problem_id=work.problem.id, report=report, stopped=self._stopped or ("enough" if work.enough else "")
        )

    def _mind_the_time(self) -> Iterator[Event]:
        """When the time to draw is over, draw no more; at the deadline, end with what is known."""
        over = self._budget.over
        if not over or over == self._stopped:
            return
        self._stopped, self._more = over, False
        self._drawing.stop()
        for work in self._works.values():
            work.drawing = False
        if over == "deadline":
            while not self._messages.empty():
                yield from self._handle(self._messages.get())
            for work in tuple(self._works.values()):
                yield from self._conclude(work)

    # -- messages ----------------------------------------------------------------------------------------------

    def _next_message(self) -> Message | None:
        """None after a moment without one."""
        if self._cancelled.is_set():
            raise CancelledError(f"cancelled; what was done is in {self._run.path}")
        if self._messages.empty():
            self._run.commit()  # nothing to do: a good moment
        try:
            return self._messages.get(timeout=_TICK_S)
        except Empty:
            return None

    def _handle(self, message: Message) -> Iterator[Event]:
        match message:
            case Failed(error):
                raise error
            case ModelReady(model, seconds):
                yield events.ModelLoaded(problem_id=next(iter(self._works), ""), model=model, seconds=seconds)
            case Sample(problem_id=problem_id):
                if problem_id in self._works:  # else it was drawn when the time was over
                    yield self._store_sample(message)
            case Drawn(problem_id, seconds):
                if work := self._works.get(problem_id):
                    work.drawing = False
                    work.spent("generate", seconds)
            case RunnerReady(runner, seconds):
                self._workers.opened(runner)
                yield events.SandboxReady(problem_id=next(iter(self._works), ""), sandbox=runner.name, seconds=seconds)
            case InputsMade(work, inputs):
                self._workers.inputs_made(work)
                work.inputs = inputs
                self._run.add_inputs(work.problem.id, inputs)
            case Done(work, task, performed):
                self._workers.done(work)
                work.spent(task.stage, performed.seconds)
                yield from self._store_result(work, task, performed)
        if self._owed and self._workers.backlog < BACKLOG:
            self._drawing.taken(self._owed)
            self._owed = 0
        if time.monotonic() - self._last_seconds > _SECONDS_S:
            self._write_seconds()

    def _store_sample(self, sample: Sample) -> Event:
        work = self._works[sample.problem_id]
        found = sample.extraction
        key = program_key(found.program, found.language) if found.program is not None else None
        mended = sample.index - self._settings.samples
        self._run.add_sample(sample, key, parent=mended if mended >= 0 else None)
        self._queue(work, sample, key, fresh=True)
        self._owed += 1
        work.drawn += 1
        work.tokens += sample.completion.token_count
        self._tokens += sample.completion.token_count
        elapsed = time.monotonic() - (self._drawing.begun_at or time.monotonic())
        return events.SampleDrawn(
            problem_id=sample.problem_id,
            index=sample.index,
            has_program=key is not None,
            program=key,
            drawn=work.drawn,
            tokens=work.tokens,
            tokens_per_s=self._tokens / elapsed if elapsed > 0 else 0.0,
        )

    def _store_result(self, work: Work, task: Task, performed: Performed) -> Iterator[Event]:
        problem, result = work.problem, performed.result
        match task:
            case JudgeTask():
                self._run.add_judgement(problem.id, task.key, result)
                work.judge(task, result)
                self._observe_waiting(work)
                yield events.ProgramJudged(
                    problem_id=problem.id,
                    program=task.key,
                    verdict=result.verdict,
                    detail=result.detail,
                    judged=work.judged,
                    survivors=work.survivors,
                    executions=performed.executions,
                )
            case ObserveTask():
                whole = work.completed(task.key, result)
                self._run.add_fingerprint(problem.id, task.key, whole)
                work.observe(whole)
                yield events.ProgramObserved(
                    problem_id=problem.id,
                    program=task.key,
                    behaviour=work.behaviour_of(whole),
                    observed=work.observed,
                    clusters=len(work.behaviours),
                    executions=performed.executions,
                )
            case _:
                assert self._examiner is not None
                self._examiner.store(problem, task, result)
                yield events.ProgramExamined(problem_id=problem.id, executions=performed.executions)

    # -- tasks -------------------------------------------------------------------------------------------------

    def _queue(self, work: Work, sample: Sample, key: str | None, *, fresh: bool = False) -> None:
        if "judge" in self._stages and (task := work.task(sample, key)) is not None:
            self._workers.add(work, task)
        if self._examiner is not None and (fresh or not work.round):
            for other in self._examiner.tasks(sample):
                self._workers.add(work, other)

    def _observe_waiting(self, work: Work) -> None:
        """Queue survivors that can be observed, or see to it that there will be inputs to observe them on."""
        if not work.waiting:
            return
        if work.inputs is not None:
            for task in work.to_observe():
                self._workers.add(work, task)
        else:
            self._workers.make_inputs(work, lambda: self._make_inputs(work.problem))

    def _make_inputs(self, problem: Problem) -> tuple[GeneratedInput, ...]:
        return in_turn(generate_inputs(problem, seed=self._settings.seed, count=self._settings.generated_inputs))

    # -- times -------------------------------------------------------------------------------------------------

    def _write(self, work: Work) -> None:
        for stage, value in work.seconds.items():
            self._run.add_seconds(work.problem.id, stage, value)
        work.seconds.clear()

    def _write_seconds(self) -> None:
        self._last_seconds = time.monotonic()
        for work in self._works.values():
            self._write(work)
