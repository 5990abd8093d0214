"""Programs that may differ -> the smallest input on which they do.

First a search: the examples, then fresh inputs, a few at a time, until two programs give different outputs. Then the
found input is shrunk step by step (`codegen.inputs.shrinking`) for as long as they still differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, zip_longest

from codegen.fingerprints import NOT_RUN, Outcome, observe
from codegen.inputs import GeneratedInput, generate_inputs
from codegen.inputs.shrinking import steps
from problems.problem import Problem
from sandbox.execution import Grain, Limits, Program, Sandbox

MAX_EXECUTIONS = 200
"""Of a search: one program on one input is one execution."""
MAX_SHRINKING = 4000
_BATCHES = (4, 8, 16)
_SHRINKING_BATCH = 32

Accept = Callable[[Outcome, Outcome], bool]
"""Whether two outcomes on one input are the difference that is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """An input on which two programs differ.

    Attributes:
        outcomes: Of the two programs, in their order.
        executions: How many the search took, and how many the shrinking (0 before).
        minimal: No single step (`steps`) leads to a smaller input on which they still differ.
    """

    input: str
    outcomes: tuple[Outcome, Outcome]
    executions: int
    shrinking: int = 0
    minimal: bool = False


def differ(one: Outcome, other: Outcome) -> bool:
    """The outputs differ, or how the runs ended."""
    return one.digest != other.digest and NOT_RUN.digest not in (one.digest, other.digest)


def both_answer(one: Outcome, other: Outcome) -> bool:
    """Both give an output, and not the same one."""
    return one.ok and other.ok and differ(one, other)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two programs of one problem, and where to run them."""

    one: Program
    other: Program
    problem: Problem
    sandbox: Sandbox
    limits: Limits
    accept: Accept = differ

    def find(self, *, seed: int, most: int = MAX_EXECUTIONS) -> Difference | None:
        """Search from the examples on. None when `most` executions showed no difference.

        Raises:
            SandboxError: The host is at fault.
        """
        used = 0
        candidates = _candidates(self.problem, seed=seed, count=most // 2)
        for width in chain(_BATCHES, iter(lambda: _BATCHES[-1], 0)):
            batch = list(islice(candidates, min(width, (most - used) // 2)))
            if not batch:
                return None
            found, executions = self._first_difference(batch)
            used += executions
            if found is not None:
                return Difference(input=found[0], outcomes=found[1], executions=used)
        return None

    def shrink(self, found: Difference, *, most: int = MAX_SHRINKING) -> Difference:
        """The smallest input that steps lead to. Raises as `find` does."""
        used = 0
        while True:
            smaller = iter(steps(self.problem, found.input))
            better: tuple[str, tuple[Outcome, Outcome]] | None = None
            while better is None and used < most and (batch := list(islice(smaller, _SHRINKING_BATCH))):
                better, executions = self._first_difference(batch)
                used += executions
            if better is None:
                return Difference(
                    input=found.input,
                    outcomes=found.outcomes,
                    executions=found.executions,
                    shrinking=used,
                    minimal=next(smaller, None) is None,
                )
            found = Difference(input=better[0], outcomes=better[1], executions=found.executions)

    def differs_on(self, text: str) -> bool:
        """Whether an input, with a process for each program, shows the difference that is looked for."""
        one, other = self._alone(GeneratedInput(text=text, source="mutation"))
        return self.accept(one, other)

    def _alone(self, item: GeneratedInput) -> tuple[Outcome, Outcome]:
        one, other = (self._outcomes(program, [item], Grain.PER_INPUT)[0] for program in (self.one, self.other))
        return one, other

    def _first_difference(self, texts: Sequence[str]) -> tuple[tuple[str, tuple[Outcome, Outcome]] | None, int]:
        """The first of the inputs on which the programs differ, and the number of executions.

        Both programs stay in one process for all inputs; a difference counts when processes of their own show it too.
        """
        inputs = [GeneratedInput(text=text, source="mutation") for text in texts]
        left = self._outcomes(self.one, inputs, Grain.PER_BATCH)
        right = self._outcomes(self.other, inputs, Grain.PER_BATCH)
        executions = sum(outcome != NOT_RUN for outcome in (*left, *right))
        for item, *seen in zip(inputs, left, right, strict=True):
            if self.accept(*seen):
                alone = self._alone(item)
                executions += 2
                if self.accept(*alone):
                    return (item.text, alone), executions
        return None, executions

    def _outcomes(self, program: Program, inputs: Sequence[GeneratedInput], grain: Grain) -> tuple[Outcome, ...]:
        return observe(program, inputs, self.problem, self.sandbox, self.limits, grain=grain).outcomes


def _candidates(problem: Problem, *, seed: int, count: int) -> Iterator[str]:
    """The examples, then mutations of them and drawn inputs in turn, none twice."""
    fresh = generate_inputs(problem, seed=seed, count=count)
    mutated = [each.text for each in fresh if each.source != "hypothesis"]
    drawn = [each.text for each in fresh if each.source == "hypothesis"]
    mixed = (text for pair in zip_longest(mutated, drawn) for text in pair if text is not None)
    return iter(dict.fromkeys(chain((test.input for test in problem.public_tests), mixed)))
