"""How likely an input is a valid one."""

from __future__ import annotations

import pytest

from codegen.inputs import generate_inputs
from codegen.inputs.validity import allowed_from, plausibility, validity
from problems.problem import Call, Problem, Stdio, TestCase
from problems.values import dumps


def test_the_share_of_programs_that_answer_counts() -> None:
    assert validity(plausible=True, answered=8, programs=8) > validity(plausible=True, answered=4, programs=8)
    assert validity(plausible=True, answered=4, programs=8) == 0.5
    assert validity(plausible=False, answered=4, programs=8) == 0.25
    assert validity(plausible=True, answered=0, programs=0) == 0.5


CALL = Problem(
    id="p",
    statement="Both lists are equally long, and 1 <= n <= 9.",
    interface=Call(entry_point="f", signature="def f(a: list[int], b: list[int], n: int) -> int:"),
    public_tests=(TestCase.call(([4, 7, 1], [1, 2, 3], 3), 0), TestCase.call(([9], [5], 1), 0)),
)
GRAPH = Problem(
    id="g",
    statement="",
    interface=Stdio(),
    public_tests=(TestCase(input="4 3\n1 2\n2 3\n3 4\n"), TestCase(input="5 4\n1 5\n5 2\n2 3\n3 1\n")),
)


@pytest.mark.parametrize(
    ("arguments", "plausible"),
    [
        (([1, 2], [3, 4], 2), True),
        (([1, 2], [3], 2), False),
        (([], [], 2), False),
        (([-3], [4], 1), False),
        (([1], [4], 12), False),
        (([1], [4], 0), False),
        (("word", [4], 1), False),
        (([1], [4]), False),
    ],
)
def test_arguments_are_like_the_examples_and_as_the_statement_says(
    arguments: tuple[object, ...], plausible: bool
) -> None:
    assert plausibility(CALL)(dumps(list(arguments))) is plausible


@pytest.mark.parametrize(
    ("text", "plausible"),
    [("3 2\n1 2\n2 3\n", True), ("3 2\n1 2\n", False), ("3 1\n1 4\n", False), ("3 1\n1 900\n", False), ("", False)],
)
def test_standard_input_likewise(text: str, plausible: bool) -> None:
    assert plausibility(GRAPH)(text) is plausible


@pytest.mark.parametrize("problem", [CALL, GRAPH], ids=["call", "stdio"])
def test_examples_and_most_generated_inputs_are_plausible(problem: Problem) -> None:
    plausible = plausibility(problem)
    assert all(plausible(test.input) for test in problem.public_tests)
    inputs = generate_inputs(problem, seed=0, count=40)
    assert sum(plausible(each.text) for each in inputs) >= 0.8 * len(inputs)


def test_what_is_plausible_stays_so_while_it_shrinks() -> None:
    assert not allowed_from(CALL, "[[1],[4],1]")("[[],[4],1]")
    assert allowed_from(CALL, "[[],[4],1]")("[[],[],1]")
    assert not plausibility(CALL)("no value")
