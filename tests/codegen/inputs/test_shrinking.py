"""Single steps to smaller inputs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codegen.inputs.shrinking import size, steps
from problems.problem import Call, Problem, Stdio, TestCase
from problems.values import dumps, loads
from tests.problems.strategies import values

CALL = Problem(id="p", statement="", interface=Call(entry_point="f"))
GRAPH = Problem(
    id="g",
    statement="",
    interface=Stdio(),
    public_tests=(TestCase(input="4 3\n1 2\n2 3\n3 4\n"), TestCase(input="5 4\n1 5\n5 2\n2 3\n3 1\n")),
)


def smaller(*arguments: Any) -> list[list[Any]]:
    return [loads(text) for text in steps(CALL, dumps(list(arguments)))]


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        (5, [0, 2, 4]),
        (-2, [0, -1, 2]),
        (0, []),
        (True, [False]),
        (False, []),
        (None, []),
        (2.5, [0.0, 1.0, 1.5, 2.0]),
        ("", []),
        ("b", ["", "a"]),
        ("a7", ["a", "7", "a0"]),
        ([], []),
        ([1, 0], [[0], [1], [0, 0]]),
        ([1, 1], [[1], [0, 1], [1, 0], [0, 0]]),
        ((2, 1), [(0, 1), (1, 1), (2, 0)]),
        ({3}, [set(), {0}, {1}, {2}]),
        ({"b": 1}, [{}, {"": 1}, {"a": 1}, {"b": 0}]),
    ],
)
def test_steps_of_a_value(argument: Any, expected: list[Any]) -> None:
    found = [arguments[0] for arguments in smaller(argument)]
    assert sorted(map(repr, found)) == sorted(map(repr, expected))


def test_the_number_of_arguments_is_kept_and_each_is_made_smaller() -> None:
    assert smaller(1, "a") == [[1, ""], [0, "a"]]


@given(st.lists(values, max_size=3))
def test_every_step_is_smaller_so_that_shrinking_ends(arguments: list[Any]) -> None:
    text = dumps(arguments)
    found = steps(CALL, text)
    assert all(size(loads(each)) < size(loads(text)) for each in found)
    assert len(set(found)) == len(found)


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=6))
def test_every_element_may_be_left_out_and_every_number_brought_nearer_to_zero(numbers: list[int]) -> None:
    found = [arguments[0] for arguments in smaller(numbers)]
    for place, number in enumerate(numbers):
        assert numbers[:place] + numbers[place + 1 :] in found
        if number:
            nearer = number - (1 if number > 0 else -1)
            assert [*numbers[:place], nearer, *numbers[place + 1 :]] in found


def test_a_graph_stays_one() -> None:
    found = steps(GRAPH, "4 3\n1 2\n2 3\n3 4\n")
    assert "4 2\n2 3\n3 4\n" in found
    for text in found:
        (nodes, edges), *ends = [[int(token) for token in line.split()] for line in text.splitlines()]
        assert len(ends) == edges
        assert all(1 <= end <= nodes for edge in ends for end in edge)


def test_without_a_grammar_tokens_shrink_in_place() -> None:
    problem = Problem(
        id="p", statement="", interface=Stdio(), public_tests=(TestCase(input="1\n2 3\n"), TestCase(input="x 2\n\n5\n"))
    )
    assert set(steps(problem, "2\n4 3\n")) == {"1\n4 3\n", "2\n2 3\n", "2\n3 3\n", "2\n4 1\n", "2\n4 2\n"}
