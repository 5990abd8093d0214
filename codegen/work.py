"""One problem under way in the pipeline: what is known of its programs, and what is still to be done for them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from codegen.config import Settings
from codegen.filtering import bar_of, filters, goes_on, survives
from codegen.fingerprints import MAX_TIMEOUTS, NOT_RUN, Fingerprint
from codegen.inputs import GeneratedInput
from codegen.inputs.rounds import border, splits
from codegen.judging import Judgement, limits_for
from codegen.runs import RunFile
from codegen.sampling import Sample
from codegen.tasks import JudgeTask, ObserveTask
from problems.problem import Problem
from sandbox.execution import Limits, Status


@dataclass(slots=True, kw_only=True)
class Work:
    """Counts and keys only: texts are held by the tasks that need them, and go with them.

    Attributes:
        drawing: Samples are still to come from the model.
        target: How many samples are asked for by now.
        repaired: Rounds of repair that were begun.
        enough: More samples would hardly change the answer.
        stored: Samples of the run file that were not looked at yet; None when all were, or none need be.
        under_way: Tasks queued or running.
        round: Of observing, the first being 0; `border` inputs have been run when it ends.
        nearest: No program passes all public tests, so those that come nearest go on.
        behaviours: How many programs show each, on the first `border` inputs.
        seconds: By stage, not yet in the run file.
    """

    problem: Problem
    limits: Limits
    drawing: bool = False
    target: int = 0
    repaired: int = 0
    enough: bool = False
    stored: Iterator[tuple[Sample, str | None]] | None = None
    inputs: tuple[GeneratedInput, ...] | None = None
    round: int = 0
    nearest: bool = False
    under_way: int = 0
    drawn: int = 0
    tokens: int = 0
    judged: int = 0
    survivors: int = 0
    observed: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    behaviours: Counter[tuple[str, ...]] = field(default_factory=Counter)
    seen: set[str] = field(default_factory=set)
    waiting: list[JudgeTask] = field(default_factory=list)
    """Survivors that are to be observed as soon as there are inputs."""
    judged_before: dict[str, bool] = field(default_factory=dict)
    observed_before: dict[str, Fingerprint] = field(default_factory=dict)
    begun: dict[str, Fingerprint] = field(default_factory=dict)
    """What is known of survivors that are to be run on more inputs."""

    @property
    def border(self) -> int:
        return border(self.round, len(self.inputs or ()))

    @property
    def finished(self) -> bool:
        return not (self.drawing or self.under_way or self.waiting or self.stored)

    def spent(self, stage: str, seconds: float) -> None:
        self.seconds[stage] = self.seconds.get(stage, 0.0) + seconds

    def task(self, sample: Sample, key: str | None) -> JudgeTask | None:
        """What is to be done for a sample's program; None if nothing, or if an equal one is known."""
        found = sample.extraction
        if key is None or found.program is None or key in self.seen:
            return None
        self.seen.add(key)
        task = JudgeTask(
            problem=self.problem, key=key, source=found.program, language=found.language, limits=self.limits
        )
        survived = self.judged_before.pop(key, None)
        if survived is None:
            return task
        self.judged += 1
        if survived:
            self.survived(task)
        return None

    def survived(self, task: JudgeTask) -> None:
        """Its program passed the public tests; unless that is known, its behaviour is to be seen next."""
        self.survivors += 1
        known = self.observed_before.pop(task.key, None)
        if known is None or len(known.outcomes) < self.border:
            self.begun[task.key] = known or Fingerprint(outcomes=())
            self.waiting.append(task)
        else:
            self.observe(known)

    def judge(self, task: JudgeTask, judgement: Judgement) -> None:
        self.judged += 1
        if survives(judgement):
            self.survived(task)

    def observe(self, fingerprint: Fingerprint) -> None:
        self.observed += 1
        self.behaviours[fingerprint.behaviour[: self.border]] += 1

    def behaviour_of(self, fingerprint: Fingerprint) -> str:
        """A short name of what a program does on the first `border` inputs."""
        return hashlib.sha256("\0".join(fingerprint.behaviour[: self.border]).encode()).hexdigest()[:12]

    def completed(self, key: str, more: Fingerprint) -> Fingerprint:
        """What is known of a program, with what the last round showed."""
        known = self.begun.pop(key).outcomes + more.outcomes
        return Fingerprint(outcomes=known + (NOT_RUN,) * (self.border - len(known)))

    @property
    def splits(self) -> bool:
        """Whether another round is worth it: there are more inputs, and the last ones split a cluster."""
        before = border(self.round - 1, len(self.inputs or ())) if self.round else 0
        return self.border < len(self.inputs or ()) and splits(self.behaviours, before)

    @property
    def without_survivors(self) -> bool:
        """Whether programs were judged and none passed all public tests, and that is not made up for yet."""
        return filters(self.problem) and bool(self.judged) and not self.survivors and not self.nearest

    def take_nearest(self, run: RunFile) -> None:
        """Go on with the programs that come nearest to passing all public tests."""
        self.nearest = True
        self._look_again(run)

    def next_round(self, run: RunFile) -> None:
        """Look at the survivors again, to run them on more inputs."""
        self.round += 1
        self._look_again(run)

    def _look_again(self, run: RunFile) -> None:
        self.judged = self.survivors = self.observed = 0
        self.seen.clear()
        self.behaviours.clear()
        self.know(run)

    def know(self, run: RunFile) -> None:
        """Take up what the run file holds."""
        judgements = run.judgements(self.problem.id)
        bar = bar_of(each.passed for each in judgements.values())
        self.judged_before = {
            key: goes_on(found, bar) if self.nearest else survives(found) for key, found in judgements.items()
        }
        self.observed_before = run.fingerprints(self.problem.id)
        self.stored = run.samples(self.problem.id)

    def to_observe(self) -> list[ObserveTask]:
        """Tasks for the survivors that waited; none before there are inputs."""
        if self.inputs is None or not self.waiting:
            return []
        tasks = [
            ObserveTask(
                problem=task.problem,
                key=task.key,
                source=task.source,
                language=task.language,
                limits=task.limits,
                inputs=self._next_inputs(self.begun[task.key]),
            )
            for task in self.waiting
        ]
        self.waiting.clear()
        return tasks

    def _next_inputs(self, known: Fingerprint) -> tuple[GeneratedInput, ...]:
        """Up to the border; none for a program that was too slow too often."""
        slow = sum(digest == Status.TIME_LIMIT.value for digest in known.behaviour)
        return () if slow >= MAX_TIMEOUTS else (self.inputs or ())[len(known.outcomes) : self.border]


def take_up(run: RunFile, problem: Problem, settings: Settings, *, judging: bool, examined: bool) -> Work:
    """The problem as the run file has it. Nothing is started.

    Args:
        judging, examined: Whether programs are judged, and looked at by an examiner, in this run of the pipeline.
    """
    work = Work(problem=problem, limits=limits_for(problem, settings.limits))
    if judging:
        work.inputs = run.inputs(problem.id) or None
        work.know(run)
    elif examined:
        work.stored = run.samples(problem.id)
    return work
