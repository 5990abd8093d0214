"""Programs that may differ -> the smallest input on which they do.

First a search: the examples, then fresh inputs, a few at a time, until the programs give different outputs. Then the
found input is shrunk step by step (`codegen.inputs.shrinking`) for as long as they still differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice, zip_longest

from codegen.fingerprints import NOT_RUN, Outcome, observe
from codegen.inputs import GeneratedInput, generate_inputs
from codegen.inputs.shrinking import steps
from problems.problem import Problem
from sandbox.execution import Grain, Limits, Program, Sandbox, Status

MAX_EXECUTIONS = 200
"""Of a search: one program on one input is one execution."""
MAX_SHRINKING = 4000
MAX_TIMEOUTS = 6
"""Where somebody waits for the result, shrinking ends after so many runs that took too long."""
_BATCHES = (4, 8, 16)
_SHRINKING_BATCH = 32
_SHRINKING_BATCH_ALONE = 4
"""For programs that take a process an input."""

Outcomes = tuple[Outcome, ...]
"""One a program, on one input."""
Accept = Callable[[Outcomes], bool]
"""Whether outcomes on one input are the difference that is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """An input on which programs differ.

    Attributes:
        outcomes: Of the programs, in their order.
        executions: How many the search took, and how many the shrinking (0 before).
        minimal: No single step (`steps`) leads to a smaller input that is allowed and on which they still differ.
    """

    input: str
    outcomes: Outcomes
    executions: int = 0
    shrinking: int = 0
    minimal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """Attributes:
    tried: How many of the inputs were; the last of them shows the difference, if one was found.
    outcomes: Of the programs there; None where they did not differ.
    slow: Runs that took too long.
    """

    tried: int
    executions: int
    slow: int
    outcomes: Outcomes | None = None


def differ(outcomes: Outcomes) -> bool:
    """The outputs differ, or how the runs ended."""
    digests = {outcome.digest for outcome in outcomes}
    return len(digests) > 1 and NOT_RUN.digest not in digests


def all_answer(outcomes: Outcomes) -> bool:
    """Every program gives an output, and not all the same one."""
    return differ(outcomes) and all(outcome.ok for outcome in outcomes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rivals:
    """Two or more programs of one problem, and where to run them.

    Attributes:
        accept: What counts as a difference.
        allowed: Which inputs shrinking may lead to.
    """

    programs: tuple[Program, ...]
    problem: Problem
    sandbox: Sandbox
    limits: Limits
    accept: Accept = differ
    allowed: Callable[[str], bool] = lambda _: True

    def find(self, *, seed: int, most: int = MAX_EXECUTIONS) -> Difference | None:
        """Search from the examples on. None when `most` executions showed no difference.

        Raises:
            SandboxError: The host is at fault.
        """
        used = 0
        candidates = _candidates(self.problem, seed=seed, count=most // len(self.programs))
        for width in chain(_BATCHES, iter(lambda: _BATCHES[-1], 0)):
            batch = list(islice(candidates, min(width, (most - used) // len(self.programs))))
            if not batch:
                return None
            seen = self._first_difference(batch)
            used += seen.executions
            candidates = chain(batch[seen.tried :], candidates)
            if seen.outcomes is not None:
                return Difference(input=batch[seen.tried - 1], outcomes=seen.outcomes, executions=used)
        return None

    def shrink(self, found: Difference, *, most: int = MAX_SHRINKING, most_timeouts: int | None = None) -> Difference:
        """The smallest input that steps lead to, or that was reached when `most` executions were made.

        Raises: As `find`.
        """
        used = slow = 0
        allowed = MAX_SHRINKING if most_timeouts is None else most_timeouts
        width = _SHRINKING_BATCH if self.programs[0].entry_point is not None else _SHRINKING_BATCH_ALONE
        left = self._steps(found.input)
        place = 0
        while left and used < most and slow <= allowed:
            batch = left[:width]
            seen = self._first_difference(batch)
            used, slow, place = used + seen.executions, slow + seen.slow, place + seen.tried
            left = left[seen.tried :]
            if seen.outcomes is not None:
                found = replace(found, input=batch[seen.tried - 1], outcomes=seen.outcomes)
                # What was tried in vain before this is tried last: most likely it is in vain again.
                left = self._steps(found.input)
                place = (place - 1) % max(1, len(left))
                left = left[place:] + left[:place]
        return replace(found, shrinking=used, minimal=not left)

    def _steps(self, text: str) -> list[str]:
        return [each for each in steps(self.problem, text) if self.allowed(each)]

    def differ_on(self, text: str) -> bool:
        """Whether an input, with a process for each program, shows the difference that is looked for."""
        return self.accept(self.outcomes_on(text))

    def outcomes_on(self, text: str) -> Outcomes:
        """What each program gives, in a process of its own."""
        inputs = [GeneratedInput(text=text, source="search")]
        return tuple(self._observe(program, inputs, Grain.PER_INPUT)[0] for program in self.programs)

    def _first_difference(self, texts: Sequence[str]) -> _Seen:
        """Run on inputs up to the first on which the programs differ.

        A program stays in one process for all inputs; a difference counts when processes of their own show it too.
        """
        inputs = [GeneratedInput(text=text, source="search") for text in texts]
        rows = [self._observe(program, inputs, Grain.PER_BATCH) for program in self.programs]
        executions = sum(outcome != NOT_RUN for row in rows for outcome in row)
        slow = sum(outcome.digest == Status.TIME_LIMIT.value for row in rows for outcome in row)
        tried = 0
        for text, *together in zip(texts, *rows, strict=True):
            if NOT_RUN in together:  # a program was too slow too often for the rest
                break
            tried += 1
            if self.accept(tuple(together)):
                alone = self.outcomes_on(text)
                executions += len(alone)
                if self.accept(alone):
                    return _Seen(tried=tried, executions=executions, slow=slow, outcomes=alone)
        return _Seen(tried=max(1, tried), executions=executions, slow=slow)

    def _observe(self, program: Program, inputs: Sequence[GeneratedInput], grain: Grain) -> Outcomes:
        return observe(program, inputs, self.problem, self.sandbox, self.limits, grain=grain).outcomes


def _candidates(problem: Problem, *, seed: int, count: int) -> Iterator[str]:
    """The examples, then mutations of them and drawn inputs in turn, none twice."""
    fresh = generate_inputs(problem, seed=seed, count=count)
    mutated = [each.text for each in fresh if each.source != "hypothesis"]
    drawn = [each.text for each in fresh if each.source == "hypothesis"]
    mixed = (text for pair in zip_longest(mutated, drawn) for text in pair if text is not None)
    return iter(dict.fromkeys(chain((test.input for test in problem.public_tests), mixed)))
