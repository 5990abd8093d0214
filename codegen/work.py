"""One problem under way in the pipeline: what is known of its programs, and what is still to be done for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from codegen.config import Settings
from codegen.filtering import survives
from codegen.fingerprints import Fingerprint
from codegen.inputs import GeneratedInput
from codegen.judging import Judgement, limits_for
from codegen.runs import RunFile
from codegen.sampling import Sample
from codegen.tasks import JudgeTask, ObserveTask
from problems.problem import Problem
from sandbox.execution import Limits


@dataclass(slots=True, kw_only=True)
class Work:
    """Counts and keys only: texts are held by the tasks that need them, and go with them.

    Attributes:
        drawing: Samples are still to come from the model.
        stored: Samples of the run file that were not looked at yet; None when all were, or none need be.
        under_way: Tasks queued or running.
        seconds: By stage, not yet in the run file.
    """

    problem: Problem
    limits: Limits
    drawing: bool = False
    stored: Iterator[tuple[Sample, str | None]] | None = None
    inputs: tuple[GeneratedInput, ...] | None = None
    under_way: int = 0
    drawn: int = 0
    tokens: int = 0
    judged: int = 0
    survivors: int = 0
    observed: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    behaviours: set[tuple[str, ...]] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    waiting: list[JudgeTask] = field(default_factory=list)
    """Survivors that are to be observed as soon as there are inputs."""
    judged_before: dict[str, bool] = field(default_factory=dict)
    observed_before: dict[str, Fingerprint] = field(default_factory=dict)

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
        if known is None:
            self.waiting.append(task)
        else:
            self.observe(known)

    def judge(self, task: JudgeTask, judgement: Judgement) -> None:
        self.judged += 1
        if survives(judgement):
            self.survived(task)

    def observe(self, fingerprint: Fingerprint) -> None:
        self.observed += 1
        self.behaviours.add(fingerprint.behaviour)

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
                inputs=self.inputs,
            )
            for task in self.waiting
        ]
        self.waiting.clear()
        return tasks


def take_up(run: RunFile, problem: Problem, settings: Settings, *, judging: bool, examined: bool) -> Work:
    """The problem as the run file has it. Nothing is started.

    Args:
        judging, examined: Whether programs are judged, and looked at by an examiner, in this run of the pipeline.
    """
    work = Work(problem=problem, limits=limits_for(problem, settings.limits))
    if judging:
        work.judged_before = {key: survives(found) for key, found in run.judgements(problem.id).items()}
        work.observed_before = run.fingerprints(problem.id)
        work.inputs = run.inputs(problem.id) or None
    if judging or examined:
        work.stored = run.samples(problem.id)
    return work
