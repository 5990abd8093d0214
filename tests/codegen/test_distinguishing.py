"""Searching and shrinking inputs on which two programs differ."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from codegen.distinguishing import Difference, Rivals, all_answer, differ
from codegen.fingerprints import NOT_RUN, Outcome
from codegen.inputs.shrinking import steps
from problems.problem import Call, Problem, TestCase
from problems.values import dumps, loads
from sandbox.execution import Execution, Limits, Program, Status
from sandbox.testing import Answer, FakeSandbox

PROBLEM = Problem(
    id="p",
    statement="",
    interface=Call(entry_point="f", signature="def f(numbers: list[int]) -> int:", starter_code=""),
    public_tests=(TestCase.call(([4, 7, 1],), 12), TestCase.call(([9],), 9)),
)
FAILED = Execution(status=Status.NONZERO_EXIT, exit_code=1)


def pair(one: Callable[[list[int]], Any], other: Callable[[list[int]], Any], **more: Any) -> Rivals:
    functions = {"one": one, "other": other}

    def answer(program: Program, given: bytes) -> Answer:
        try:
            return dumps(functions[program.source](*loads(given))).encode()
        except IndexError:
            return FAILED

    programs = tuple(Program(language="python", source=name, entry_point="f") for name in functions)
    return Rivals(programs=programs, problem=PROBLEM, sandbox=FakeSandbox(answer), limits=Limits(), **more)


def shrunk(asked: Rivals) -> Difference:
    found = asked.find(seed=0)
    assert found is not None
    assert found.executions <= 200
    return asked.shrink(found)


@pytest.mark.parametrize(
    ("one", "other", "smallest"),
    [
        (sum, len, "[[0]]"),
        (sum, lambda numbers: sum(numbers) if len(numbers) < 3 else 0, "[[0,0,1]]"),
        (sum, lambda numbers: sum(numbers[:-1]) + numbers[-1] if numbers else 5, "[[]]"),
        (max, lambda numbers: numbers[0], "[[0,1]]"),
        (sum, lambda numbers: sum(set(numbers)), "[[1,1]]"),
    ],
)
def test_the_smallest_difference(one: Any, other: Any, smallest: str) -> None:
    found = shrunk(pair(one, other, accept=all_answer))
    assert (found.input, found.minimal) == (smallest, True)


def test_no_single_step_shows_the_difference_still() -> None:
    asked = pair(lambda numbers: max(numbers) * 2, lambda numbers: numbers[-1] * 2)
    found = shrunk(asked)
    assert asked.differ_on(found.input)
    assert not any(asked.differ_on(text) for text in steps(PROBLEM, found.input))
    assert found.outcomes[0].preview != found.outcomes[1].preview


def test_programs_that_behave_the_same_are_not_told_apart() -> None:
    asked = pair(sum, lambda numbers: sum(reversed(numbers)))
    assert asked.find(seed=0, most=60) is None
    assert isinstance(asked.sandbox, FakeSandbox)
    assert sum(len(call.inputs) for call in asked.sandbox.calls) <= 60


def test_shrinking_that_is_cut_short_is_not_called_minimal() -> None:
    asked = pair(sum, lambda numbers: 0)
    found = Difference(input="[[40,50,60,70]]", outcomes=(NOT_RUN, NOT_RUN), executions=0)
    assert not asked.shrink(found, most=20).minimal


def test_only_outputs_may_be_asked_for() -> None:
    crash, two = Outcome(digest="NONZERO_EXIT", preview=""), Outcome(digest="2", preview="2")
    assert differ((crash, two))
    assert not all_answer((crash, two))
    assert not differ((NOT_RUN, two))
