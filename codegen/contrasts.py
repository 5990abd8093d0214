"""The largest clusters -> the smallest inputs on which they differ, with each one's output: what a report shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from codegen.clustering import Cluster
from codegen.distinguishing import MAX_TIMEOUTS, Difference, Rivals, all_answer, differ
from codegen.fingerprints import Outcome
from codegen.inputs.shrinking import size_of
from codegen.inputs.validity import allowed_from
from problems.problem import Problem
from sandbox.execution import Limits, Program, Sandbox

CLUSTERS = 4
"""The largest ones are told apart from the largest."""
MAX_SHRINKING = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """An input on which clusters differ.

    Attributes:
        minimal: No single step makes it smaller, without leaving what is like the examples.
        keys: A program of each cluster, the largest cluster's first.
        outputs: What these give.
    """

    input: str
    minimal: bool
    keys: tuple[str, ...]
    outputs: tuple[str, ...]

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Contrast:
        return cls(**data | {"keys": tuple(data["keys"]), "outputs": tuple(data["outputs"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class ContrastTask:
    """Shrink the inputs that tell the first of these programs from each other one.

    Attributes:
        starts: For each program but the first an input on which it and the first differ; "" where none is known.
    """

    problem: Problem
    keys: tuple[str, ...]
    programs: tuple[Program, ...]
    starts: tuple[str, ...]
    limits: Limits
    stage: str = "execute"

    def perform(self, sandbox: Sandbox, cancelled: Callable[[], bool]) -> tuple[Contrast, ...]:
        every = Rivals(programs=self.programs, problem=self.problem, sandbox=sandbox, limits=self.limits)
        found: dict[str, Contrast] = {}
        for other, start in zip(self.programs[1:], self.starts, strict=True):
            if not start or cancelled():
                continue
            smallest = self._smallest(other, start, sandbox)
            if smallest is not None and smallest.input not in found:
                outcomes = every.outcomes_on(smallest.input)
                found[smallest.input] = Contrast(
                    input=smallest.input,
                    minimal=smallest.minimal,
                    keys=self.keys,
                    outputs=tuple(outcome.preview for outcome in outcomes),
                )
        return tuple(found.values())

    def _smallest(self, other: Program, start: str, sandbox: Sandbox) -> Difference | None:
        pair = Rivals(programs=(self.programs[0], other), problem=self.problem, sandbox=sandbox, limits=self.limits)
        outcomes = pair.outcomes_on(start)
        if not differ(outcomes):
            return None
        accept = all_answer if all_answer(outcomes) else differ
        shrinking = Rivals(
            programs=pair.programs,
            problem=self.problem,
            sandbox=sandbox,
            limits=self.limits,
            accept=accept,
            allowed=allowed_from(self.problem, start),
        )
        found = Difference(input=start, outcomes=outcomes)
        return shrinking.shrink(found, most=MAX_SHRINKING, most_timeouts=MAX_TIMEOUTS)


def start_of(largest: Cluster, other: Cluster, inputs: Sequence[str], problem: Problem) -> str:
    """The smallest known input on which both give outputs that differ, or else how they end; "" where there is none."""
    best: tuple[Any, ...] | None = None
    text = ""
    for position, one, two in _pairs(largest, other):
        if position < len(inputs) and differ((one, two)):
            rank = (not all_answer((one, two)), size_of(problem, inputs[position]))
            if best is None or rank < best:
                best, text = rank, inputs[position]
    return text


def _pairs(one: Cluster, other: Cluster) -> Iterator[tuple[int, Outcome, Outcome]]:
    for position, both in enumerate(zip(one.fingerprint.outcomes, other.fingerprint.outcomes, strict=False)):
        yield position, *both
