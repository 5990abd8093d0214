"""What the pipeline's threads tell the one that iterates it."""

from __future__ import annotations

from dataclasses import dataclass

from codegen.inputs import GeneratedInput
from codegen.sampling import Sample
from codegen.tasks import Performed, Runner, Task
from codegen.work import Work


@dataclass(frozen=True, slots=True)
class ModelReady:
    model: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Drawn:
    """All samples asked for of a problem were given out. `seconds`: of the model, without being held back."""

    problem_id: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Failed:
    """To be raised in the caller's thread."""

    error: BaseException


@dataclass(frozen=True, slots=True)
class RunnerReady:
    runner: Runner
    seconds: float


@dataclass(frozen=True, slots=True)
class InputsMade:
    work: Work
    inputs: tuple[GeneratedInput, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """A task was done."""

    work: Work
    task: Task
    performed: Performed


Message = Sample | ModelReady | Drawn | Failed | RunnerReady | InputsMade | Done
