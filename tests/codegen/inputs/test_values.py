"""Shapes of values, room around them, relations between them, steps away from them, and what statements say."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codegen.inputs.constraints import bounds
from codegen.inputs.guesses import guess
from codegen.inputs.mutation import mutate
from codegen.inputs.relations import relations
from codegen.inputs.room import clip, holds, widen
from codegen.inputs.shapes import Range, Shape, join, of_hint, of_value, of_values
from codegen.inputs.words import runs
from problems.values import dumps

SCALARS = st.none() | st.booleans() | st.integers(-99, 99) | st.floats(-9, 9) | st.text("ab 1", max_size=5)
KEYS = st.integers(-9, 9) | st.text("ab", max_size=3)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=2).map(tuple)
        | st.sets(KEYS, max_size=3)
        | st.dictionaries(KEYS, inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.lists(VALUES, max_size=4))
def test_a_shape_holds_what_it_was_made_of_and_so_it_does_with_room(values: list[Any]) -> None:
    shape = of_values(values)
    for value in values:
        assert holds(shape, value)
        assert holds(widen(shape), value)


@given(VALUES, VALUES)
def test_joining_has_no_order(one: Any, other: Any) -> None:
    assert join(of_value(one), of_value(other)) == join(of_value(other), of_value(one))


@pytest.mark.parametrize(
    ("hint", "inside", "outside"),
    [
        ("int", 3, "3"),
        ("List[Tuple[str, int]]", [("a", 1)], [["a", 1]]),
        ("Optional[int]", None, ""),
        ("dict[str, list[int]]", {"a": [1]}, {1: [1]}),
        ("int | str", "a", []),
        ("'list[int]'", [1], [""]),
        ("typing.Sequence[float]", [1.5], 1.5),
        ("Set[int]", {1}, [1]),
        ("tuple[int, ...]", (1, 2), [1, 2]),
    ],
)
def test_hints_are_read(hint: str, inside: Any, outside: Any) -> None:
    assert holds(of_hint(hint), inside)
    assert not holds(of_hint(hint), outside)


@given(st.text(max_size=40))
def test_any_hint_can_be_read(hint: str) -> None:
    of_hint(hint)


@pytest.mark.parametrize(
    ("seen", "near", "far"),
    [(10, [1, 15], [0, -1, 40]), (0, [0, 3], [-1, 9]), (-4, [-7, 0], [-40, 40]), ("abc", ["a" * 9], ["", "a" * 10])],
)
def test_how_much_room_there_is(seen: Any, near: list[Any], far: list[Any]) -> None:
    shape = widen(of_value(seen))
    assert all(holds(shape, value) for value in near)
    assert not any(holds(shape, value) for value in far)


def test_bounds_of_a_statement_reach_the_elements_and_the_length() -> None:
    shape = clip(widen(of_value([5, 8])), Range(low=1, high=9), Range(low=2, high=3))
    assert (shape.items or Shape()).ints == Range(low=1, high=9)
    assert shape.size == Range(low=2, high=3)


@given(VALUES, st.randoms(use_true_random=False))
def test_a_mutation_is_of_the_same_kind_and_leaves_its_origin_alone(value: Any, chance: random.Random) -> None:
    before = repr(value)
    for _ in range(5):
        changed = mutate(value, (), chance)
        assert type(changed) is type(value)
        dumps(changed)
    assert repr(value) == before


@given(st.text())
def test_runs_make_up_the_text(text: str) -> None:
    assert "".join(runs(text)) == text


@pytest.mark.parametrize(
    ("examples", "broken", "repaired"),
    [
        ([[[1, 2, 3], [4, 5, 6]], [[1], [9]]], [[1, 2], [3]], [[1, 2], [3, 3]]),
        ([[[7, 7], 2], [[8, 9, 7], 3]], [[1, 2, 3, 4], 3], [[1, 2, 3, 4], 4]),
        ([[3, "abc"], [2, "ab"]], [9, "abcd"], [4, "abcd"]),
        ([[[[1, 2, 3], [4, 5, 6]]], [[[1, 2]]]], [[[1, 2], [3]]], [[[1, 2], [3, 3]]]),
        ([[[[1, 2], [3, 4]]], [[[1]]]], [[[1, 2, 3], [4]]], [[[1, 2, 3], [4, 4, 4], [1, 2, 3]]]),
        ([[[1, 2, 3, 5]], [[2, 2, 9, 9]]], [[3, 1, 2]], [[1, 2, 3]]),
        ([[[3, 1, 2, 9, 8, 7]], [[2, 5, 4, 1, 6, 3]]], [[3, 1, 3]], [[3, 1]]),
        ([[[1, 2], 7], [[8, 9, 7], 3]], [[1], 3], [[1], 3]),
    ],
    ids=["as-long", "count", "length", "even", "square", "sorted", "distinct", "nothing"],
)
def test_what_all_examples_keep_is_kept(examples: list[list[Any]], broken: list[Any], repaired: list[Any]) -> None:
    assert relations(examples).repair(broken) == repaired


@given(
    st.lists(st.lists(VALUES, min_size=2, max_size=2), min_size=1, max_size=3), st.lists(VALUES, min_size=2, max_size=2)
)
def test_examples_are_never_in_need_of_repair_and_anything_can_be_repaired(
    examples: list[list[Any]], other: list[Any]
) -> None:
    kept = relations(examples)
    for example in examples:
        assert kept.repair(example) == example
    fixed = kept.repair(other)
    assert len(fixed) == len(other)


@pytest.mark.parametrize(
    ("statement", "name", "low", "high"),
    [
        ("where 1 <= n <= 1000.", "n", 1, 1000),
        ("1 ≤ a_i ≤ 10^5", "a", 1, 10**5),
        ("$-10^{9} \\le x_1, y_1 \\leq 2 \\cdot 10^9$", "y", -(10**9), 2 * 10**9),
        ("`0 < k < 1,000,000`", "k", 0, 1_000_000),
        ("1 ≤ n, m ≤ 5 * 10^3", "m", 1, 5000),
        ("0 <= nums[i] <= 1e4", "nums", 0, 10**4),
        ("1 <= n <= 10**3", "n", 1, 1000),
        ("1 ≤ n ≤ 10; later 1 ≤ n ≤ 100", "n", 1, 100),
    ],
)
def test_constraints_are_read(statement: str, name: str, low: int, high: int) -> None:
    assert bounds(statement).values == {**bounds(statement).values, name: Range(low=low, high=high)}


@pytest.mark.parametrize("text", ["1 <= |s| <= 50", "1 <= len(s) <= 50", "1 <= s.length <= 50"])
def test_constraints_on_lengths_are_apart(text: str) -> None:
    assert bounds(text).sizes == {"s": Range(low=1, high=50)}
    assert bounds(text).values == {}


@given(st.text("1n<= ^{}10*e9≤,_", max_size=60))
def test_any_statement_can_be_read(statement: str) -> None:
    for found in bounds(statement).values.values():
        assert found.low <= found.high


def test_numbers_beyond_use_are_no_constraint() -> None:
    assert bounds("1 <= n <= 10^100000 and 9^9^9 <= m <= " + "9" * 5000).values == {}


@pytest.mark.parametrize(
    ("name", "statement", "kind"),
    [
        ("lst", "", [1]),
        ("lst", "Given a list of strings, return the longest.", ["a"]),
        ("x", "You get a list of positive integers x. Return a sorted list.", [1]),
        ("n", "Return an array of the first n integers.", 1),
        ("grid", "", [[1]]),
        ("thing", "Here thing is a string of digits.", "a"),
        ("class_name", "", "a"),
        ("q", "", 1),
    ],
)
def test_names_and_words_tell_kinds(name: str, statement: str, kind: Any) -> None:
    assert holds(widen(guess(name, statement, alone=False)), kind)


@given(st.text(max_size=200), st.text(max_size=10))
def test_any_statement_gives_a_guess(statement: str, name: str) -> None:
    assert not guess(name, statement, alone=True).empty
