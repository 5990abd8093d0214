"""Work for a sandbox as values: a task can wait in a queue, be done in another thread or on another machine.

A runner does tasks, `slots` of them at once. The one here runs them in a sandbox of this process.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from codegen.errors import CancelledError
from codegen.fingerprints import Fingerprint, observe
from codegen.inputs import GeneratedInput
from codegen.judging import Judgement
from codegen.programs import executable
from codegen.sampling import Sample
from codegen.test_code import judge_on_all
from problems.problem import Problem
from sandbox.execution import Execution, Grain, Limits, Program, Run, Sandbox

Cancelled = Callable[[], bool]


class Task(Protocol):
    """What is done with one program. Frozen; everything it needs but the sandbox is in it."""

    @property
    def stage(self) -> str:
        """Under which name its time is counted."""

    def perform(self, sandbox: Sandbox, cancelled: Cancelled) -> Any:
        """The result, which belongs to the task's own kind. May stop early, with any result, once `cancelled`.

        Raises:
            SandboxError: The host is at fault.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeTask:
    """Run a program on the public tests."""

    problem: Problem
    key: str
    source: str
    language: str
    limits: Limits

    @property
    def stage(self) -> str:
        return "execute"

    def perform(self, sandbox: Sandbox, cancelled: Cancelled) -> Judgement:
        program = executable(self.problem, self.source, self.language)
        return judge_on_all(program, self.problem, sandbox, self.limits, cancelled=cancelled)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObserveTask:
    """Run a survivor on the generated inputs."""

    problem: Problem
    key: str
    source: str
    language: str
    limits: Limits
    inputs: tuple[GeneratedInput, ...]

    @property
    def stage(self) -> str:
        return "execute"

    def perform(self, sandbox: Sandbox, cancelled: Cancelled) -> Fingerprint:
        program = executable(self.problem, self.source, self.language)
        return observe(program, self.inputs, self.problem, sandbox, self.limits, cancelled=cancelled)


@dataclass(frozen=True, slots=True)
class Performed:
    """A task's result, how long it kept its slot busy, and how many executions (program and input) it took."""

    result: Any
    seconds: float
    executions: int


class Runner(Protocol):
    """Does tasks. Safe to call from `slots` threads at once."""

    @property
    def name(self) -> str:
        """Of the sandbox, for events."""

    @property
    def slots(self) -> int:
        """How many tasks may be under way at once."""

    def perform(self, task: Task, cancelled: Cancelled) -> Performed:
        """Do one task.

        Raises:
            SandboxError: The host is at fault.
        """

    def close(self) -> None:
        """End everything that was started. Idempotent; a task under way in another thread raises SandboxError."""


class Examiner(Protocol):
    """Asks more of a run's programs than the pipeline does: its tasks go through the same queue.

    All methods are called in the thread that iterates the pipeline.
    """

    def begin(self, problem: Problem) -> None:
        """Work on a problem begins."""

    def tasks(self, sample: Sample) -> Iterable[Task]:
        """What is to be done for a sample; each task once, and none whose result is stored."""

    def store(self, problem: Problem, task: Task, result: Any) -> None:
        """Keep the result of one of these tasks."""


class SandboxRunner:
    """Tasks in a sandbox of this process."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    @property
    def name(self) -> str:
        return self._sandbox.name

    @property
    def slots(self) -> int:
        return self._sandbox.slots

    def perform(self, task: Task, cancelled: Cancelled) -> Performed:
        begun = time.monotonic()
        counted = _Counted(self._sandbox, cancelled)
        result = task.perform(counted, cancelled)
        return Performed(result, time.monotonic() - begun, counted.executions)

    def close(self) -> None:
        self._sandbox.close()


class _Counted:
    """A sandbox that counts what one task ran in it, and runs nothing more once the task is cancelled."""

    def __init__(self, sandbox: Sandbox, cancelled: Cancelled) -> None:
        self._sandbox = sandbox
        self._cancelled = cancelled
        self.executions = 0

    @property
    def name(self) -> str:
        return self._sandbox.name

    @property
    def slots(self) -> int:
        return self._sandbox.slots

    def run(
        self,
        program: Program,
        inputs: Sequence[bytes],
        limits: Limits,
        *,
        grain: Grain = Grain.PER_INPUT,
        keep_going: Callable[[Execution], bool] | None = None,
    ) -> Run:
        def going_on(execution: Execution) -> bool:
            return not self._cancelled() and (keep_going is None or keep_going(execution))

        self._check()
        run = self._sandbox.run(program, inputs, limits, grain=grain, keep_going=going_on)
        self.executions += len(run.executions)
        return run

    def converse(self, program: Program, driver: Program, limits: Limits) -> tuple[Execution, Execution]:
        self._check()
        self.executions += 1
        return self._sandbox.converse(program, driver, limits)

    def close(self) -> None:
        """Not this one's to close."""

    def _check(self) -> None:
        if self._cancelled():
            raise CancelledError("cancelled")
