"""One problem's way through the sieve in one process: generation and execution overlapped, every result stored at once.

A producer thread draws samples; worker threads, one a sandbox slot, judge programs and observe survivors; the caller's
thread alone writes the run file and yields events. Nothing depends on the order in which results arrive, so a run that
was killed and resumed ends as an undisturbed one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from codegen import events
from codegen.config import Settings
from codegen.errors import CancelledError
from codegen.events import Event
from codegen.filtering import filters, survives
from codegen.fingerprints import Fingerprint, observe
from codegen.inputs import GeneratedInput, generate_inputs
from codegen.judging import Judgement, judge, limits_for
from codegen.models.base import Model
from codegen.programs import executable, program_key
from codegen.report import SubmittedProgram, build_report
from codegen.runs import RunFile
from codegen.sampling import Sample, draw
from codegen.selection import select
from problems.problem import Problem
from sandbox.execution import Limits, Sandbox

SAMPLE = frozenset({"sample"})
JUDGE = frozenset({"judge"})
RANK = frozenset({"rank"})
ALL_STAGES = SAMPLE | JUDGE | RANK

_TICK_S = 0.1
"""How often the waiting caller looks whether it was cancelled."""


@dataclass(frozen=True, slots=True)
class _Drawn:
    """The producer has ended."""

    seconds: float


@dataclass(frozen=True, slots=True)
class _SandboxOpen:
    sandbox: Sandbox
    seconds: float


@dataclass(frozen=True, slots=True)
class _Inputs:
    inputs: tuple[GeneratedInput, ...]


@dataclass(frozen=True, slots=True)
class _Judged:
    key: str
    judgement: Judgement
    seconds: float


@dataclass(frozen=True, slots=True)
class _Observed:
    key: str
    fingerprint: Fingerprint
    seconds: float


@dataclass(frozen=True, slots=True)
class _Failed:
    error: BaseException


_Message = Event | Sample | _Drawn | _SandboxOpen | _Inputs | _Judged | _Observed | _Failed


class Pipeline:
    """Iterate `run_to_end` for the events. One use only.

    Args:
        model, sandbox: Called in a thread of the pipeline when first needed; they may take their time.
        drawing: Held while the model writes: a model serves one pipeline at a time.
        cancelled: Set from any thread; the iteration then raises CancelledError within a second.
    """

    def __init__(
        self,
        problem: Problem,
        run: RunFile,
        settings: Settings,
        *,
        model: Callable[[], Model],
        sandbox: Callable[[], Sandbox],
        drawing: threading.Lock,
        cancelled: threading.Event,
        stages: frozenset[str] = ALL_STAGES,
    ) -> None:
        self._problem, self._run, self._settings, self._stages = problem, run, settings, stages
        self._get_model, self._get_sandbox = model, sandbox
        self._drawing_lock, self._cancelled = drawing, cancelled
        self._stop = threading.Event()
        self._messages: SimpleQueue[_Message] = SimpleQueue()
        self._limits = limits_for(
            problem,
            Limits(
                cpu_s=settings.cpu_s,
                wall_s=settings.wall_s,
                memory_bytes=settings.memory_bytes,
                output_bytes=settings.output_bytes,
            ),
        )
        self._executor: ThreadPoolExecutor | None = None
        self._sandbox: Sandbox | None = None
        self._inputs: tuple[GeneratedInput, ...] | None = None
        self._programs: dict[str, tuple[str, str]] = {}  # key -> source, language
        self._judgements: dict[str, Judgement] = {}
        self._fingerprints: dict[str, Fingerprint] = {}
        self._to_judge: list[str] = []
        self._to_observe: list[str] = []
        self._under_way = 0
        self._drawing = False
        self._drawn = self._tokens = 0
        self._drawing_since = 0.0

    def run_to_end(self) -> Iterator[Event]:
        """Events as they happen, `Done` last. Closing the iterator stops the work; what is stored stays.

        Raises:
            CancelledError: `cancelled` was set.
            ModelError, SandboxError, RunFileError: From the stage at fault.
        """
        begun = time.monotonic()
        try:
            yield from self._resume()
            while self._drawing or self._under_way or self._to_judge or self._to_observe:
                yield from self._handle(self._next_message())
            if "rank" in self._stages:
                self._rank()
            self._run.add_seconds(self._problem.id, "total", time.monotonic() - begun)
            report = build_report(self._run, self._problem)
            if "rank" in self._stages:
                yield from map(self._submitted, report.submissions)
            yield events.Done(problem_id=self._problem.id, report=report)
        finally:
            self._stop.set()
            if self._executor is not None:
                self._executor.shutdown(wait=False, cancel_futures=True)

    # -- beginning ---------------------------------------------------------------------------------------------

    def _resume(self) -> Iterator[Event]:
        """Take up what the run file holds, and start what is left to do."""
        problem, run = self._problem, self._run
        run.add_problem(problem)
        self._judgements = run.judgements(problem.id)
        self._fingerprints = run.fingerprints(problem.id)
        stored = set()
        tokens = 0
        for sample, key in run.samples(problem.id):
            stored.add(sample.index)
            tokens += sample.completion.token_count
            self._queue(sample, key)
        missing = [i for i in range(self._settings.samples) if i not in stored] if "sample" in self._stages else []
        self._drawn = len(stored)
        yield events.Started(
            problem_id=problem.id,
            samples=len(stored) + len(missing),
            stored=len(stored),
            filtering=filters(problem),
        )
        if missing:
            self._drawing = True
            threading.Thread(target=self._produce, args=(missing,), name="codesieve-draw", daemon=True).start()
        if "judge" in self._stages and (missing or self._to_judge or self._to_observe):
            self._inputs = run.inputs(problem.id) or None
            threading.Thread(target=self._prepare_execution, name="codesieve-sandbox", daemon=True).start()

    def _produce(self, missing: list[int]) -> None:
        begun = time.monotonic()
        drawing_since = begun
        try:
            model = self._get_model()
            model.load()
            drawing_since = time.monotonic()
            self._drawing_since = drawing_since
            self._messages.put(
                events.ModelLoaded(problem_id=self._problem.id, model=model.name, seconds=drawing_since - begun)
            )
            with self._drawing_lock:
                for sample in draw(
                    model,
                    self._problem,
                    missing,
                    run_seed=self._settings.seed,
                    params=self._settings.sampling,
                    samples=self._settings.samples,
                    languages=self._settings.languages,
                    cancelled=self._stop.is_set,
                ):
                    self._messages.put(sample)
        except BaseException as error:  # noqa: BLE001 (raised again in the caller's thread)
            self._messages.put(_Failed(error))
        self._messages.put(_Drawn(time.monotonic() - drawing_since))

    def _prepare_execution(self) -> None:
        begun = time.monotonic()
        try:
            sandbox = self._get_sandbox()
            self._messages.put(_SandboxOpen(sandbox, time.monotonic() - begun))
            if self._inputs is None:
                count = self._settings.generated_inputs
                self._messages.put(_Inputs(generate_inputs(self._problem, seed=self._settings.seed, count=count)))
        except BaseException as error:  # noqa: BLE001 (raised again in the caller's thread)
            self._messages.put(_Failed(error))

    # -- the loop of the caller's thread -----------------------------------------------------------------------

    def _next_message(self) -> _Message:
        while True:
            if self._cancelled.is_set():
                raise CancelledError(f"{self._problem.id}: cancelled; what was done is in {self._run.path}")
            try:
                return self._messages.get(timeout=_TICK_S)
            except Empty:
                continue

    def _handle(self, message: _Message) -> Iterator[Event]:
        problem_id = self._problem.id
        match message:
            case _Failed(error):
                raise error
            case _Drawn(seconds):
                self._drawing = False
                self._run.add_seconds(problem_id, "generate", seconds)
            case Sample():
                yield self._store_sample(message)
            case _SandboxOpen(sandbox, seconds):
                self._sandbox = sandbox
                self._executor = ThreadPoolExecutor(sandbox.slots, thread_name_prefix="codesieve-run")
                yield events.SandboxReady(problem_id=problem_id, sandbox=sandbox.name, seconds=seconds)
            case _Inputs(inputs):
                self._inputs = inputs
                self._run.add_inputs(problem_id, inputs)
            case _Judged(key, judgement, seconds):
                self._under_way -= 1
                self._judgements[key] = judgement
                self._run.add_judgement(problem_id, key, judgement)
                self._run.add_seconds(problem_id, "execute", seconds)
                if survives(judgement):
                    self._to_observe.append(key)
                yield events.ProgramJudged(
                    problem_id=problem_id,
                    verdict=judgement.verdict,
                    detail=judgement.detail,
                    judged=len(self._judgements),
                    survivors=sum(map(survives, self._judgements.values())),
                )
            case _Observed(key, fingerprint, seconds):
                self._under_way -= 1
                self._fingerprints[key] = fingerprint
                self._run.add_fingerprint(problem_id, key, fingerprint)
                self._run.add_seconds(problem_id, "execute", seconds)
                yield events.ProgramObserved(
                    problem_id=problem_id,
                    observed=len(self._fingerprints),
                    clusters=len({each.behaviour for each in self._fingerprints.values()}),
                )
            case _:
                yield message
        self._dispatch()

    def _store_sample(self, sample: Sample) -> Event:
        found = sample.extraction
        key = program_key(found.program, found.language) if found.program is not None else None
        self._run.add_sample(sample, key)
        self._queue(sample, key)
        self._drawn += 1
        self._tokens += sample.completion.token_count
        elapsed = time.monotonic() - self._drawing_since
        return events.SampleDrawn(
            problem_id=self._problem.id,
            index=sample.index,
            has_program=key is not None,
            drawn=self._drawn,
            tokens=self._tokens,
            tokens_per_s=self._tokens / elapsed if elapsed > 0 else 0.0,
        )

    def _queue(self, sample: Sample, key: str | None) -> None:
        """Note what is still to be done for a sample's program; nothing if an equal one is known."""
        if "judge" not in self._stages or key is None or sample.extraction.program is None or key in self._programs:
            return
        self._programs[key] = (sample.extraction.program, sample.extraction.language)
        judgement = self._judgements.get(key)
        if judgement is None:
            self._to_judge.append(key)
        elif survives(judgement) and key not in self._fingerprints:
            self._to_observe.append(key)

    def _dispatch(self) -> None:
        """Hand waiting programs to the workers, as soon as there is a sandbox (and inputs, for observing)."""
        if self._executor is None or self._sandbox is None:
            return
        for key in self._to_judge:
            self._submit(self._judge, key, self._sandbox)
        self._to_judge.clear()
        if self._inputs is not None:
            for key in self._to_observe:
                self._submit(self._observe, key, self._sandbox)
            self._to_observe.clear()

    def _submit(self, work: Callable[[str, Sandbox], _Message], key: str, sandbox: Sandbox) -> None:
        def guarded() -> None:
            try:
                self._messages.put(work(key, sandbox))
            except BaseException as error:  # noqa: BLE001 (raised again in the caller's thread)
                self._messages.put(_Failed(error))

        assert self._executor is not None
        self._executor.submit(guarded)
        self._under_way += 1

    # -- in the worker threads ---------------------------------------------------------------------------------

    def _judge(self, key: str, sandbox: Sandbox) -> _Message:
        begun = time.monotonic()
        source, language = self._programs[key]
        judgement = judge(
            executable(self._problem, source, language),
            self._problem.public_tests,
            self._problem,
            sandbox,
            self._limits,
        )
        return _Judged(key, judgement, time.monotonic() - begun)

    def _observe(self, key: str, sandbox: Sandbox) -> _Message:
        begun = time.monotonic()
        source, language = self._programs[key]
        assert self._inputs is not None
        fingerprint = observe(
            executable(self._problem, source, language),
            self._inputs,
            self._problem,
            sandbox,
            self._limits,
            cancelled=self._stop.is_set,
        )
        return _Observed(key, fingerprint, time.monotonic() - begun)

    # -- end ---------------------------------------------------------------------------------------------------

    def _rank(self) -> None:
        chosen = self._settings
        selection = select(
            self._run, self._problem.id, ranker=chosen.ranker, seed=chosen.seed, limit=chosen.submissions
        )
        self._run.set_submissions(self._problem.id, selection.submissions)

    def _submitted(self, submission: SubmittedProgram) -> Event:
        return events.Submitted(
            problem_id=self._problem.id,
            rank=submission.rank,
            language=submission.language,
            program=submission.program,
            cluster_size=submission.cluster_size,
        )
