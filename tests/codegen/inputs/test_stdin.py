"""Grammars of standard input, and what is made with them."""

from __future__ import annotations

import random
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codegen.inputs import stdin
from codegen.inputs.generated import Drawn
from codegen.inputs.grammar import MAX_STEPS, Count, Fixed, Repeat, Row, _grammars, _Place, infer, parse, write
from codegen.inputs.references import references
from problems.problem import Problem, Stdio, TestCase

CASES = "2\n3\n1 2 3\n2\n9 9\n"
GRID = "2\n3 4\n....\n.#..\n..#.\n2 2\n#.\n.#\n"
TREE = "4\n1 2\n2 3\n2 4\n3\n7 8 9\n"


def drawn_from(*examples: str, count: int = 60) -> list[Drawn]:
    tests = tuple(TestCase(input=example) for example in examples)
    problem = Problem(id="p", statement="", interface=Stdio(), public_tests=tests)
    mutated, fresh = stdin.sources(problem, random.Random(0), count=count, seed=0)
    return [*islice(mutated, count), *fresh]


@pytest.mark.parametrize(
    ("examples", "grammar"),
    [
        (["3\n1 2 3\n", "2\n5 5\n"], (Fixed(1), Row(Count(0)))),
        (["2\n1 2\n3 4\n", "1\n5 6\n"], (Fixed(1), Repeat(Count(0), (Fixed(2),)))),
        (["4\n1 2\n2 3\n2 4\n"], (Fixed(1), Repeat(Count(0, -1), (Fixed(2),)))),
        ([CASES], (Fixed(1), Repeat(Count(0), (Fixed(1), Row(Count(1)))))),
        ([GRID], (Fixed(1), Repeat(Count(0), (Fixed(2), Repeat(Count(1), (Fixed(1),)))))),
        (["2 3\n1 2 3\n4 5 6\n", "1 2\n7 8\n"], (Fixed(2), Repeat(Count(0), (Row(Count(1)),)))),
        (["a b\n"], (Fixed(2),)),
    ],
)
def test_the_plainest_layout_is_found(examples: list[str], grammar: object) -> None:
    assert infer(examples) == grammar


@pytest.mark.parametrize("examples", [["1 2\n3\n", "1\n2\n3 4\n"], [""], ["\n\n"], []])
def test_where_no_layout_fits_there_is_none(examples: list[str]) -> None:
    assert infer(examples) is None


@st.composite
def texts_with_counts(draw: st.DrawFn) -> str:
    lines: list[str] = []
    cases = draw(st.integers(1, 3))
    lines.append(str(cases))
    for _ in range(cases):
        row = draw(st.lists(st.integers(-9, 99), min_size=1, max_size=5))
        lines += [str(len(row)), " ".join(map(str, row))]
    return "\n".join(lines) + "\n"


@given(st.lists(texts_with_counts(), min_size=1, max_size=3))
def test_reading_and_writing_gives_the_text_back(texts: list[str]) -> None:
    grammar = infer(texts)
    assert grammar is not None
    for text in texts:
        tree = parse(grammar, text)
        assert tree is not None
        assert write(grammar, tree) == text


@given(st.lists(st.text("12 \na.-", max_size=30), min_size=1, max_size=3))
def test_any_examples_can_be_read(texts: list[str]) -> None:
    grammar = infer(texts)
    if grammar is not None:
        for text in texts:
            assert parse(grammar, text) is not None


@pytest.mark.parametrize(
    "examples",
    [["3\n1 2 3\n", "2\n5 5\n"], [CASES], [GRID], [TREE], ["4\n1 2\n2 3\n2 4\n"], ["2 3\n1 2 3\n4 5 6\n"]],
    ids=["row", "cases", "grids", "tree", "edges", "matrix"],
)
def test_counts_stay_true(examples: list[str]) -> None:
    grammar = infer(examples)
    assert grammar is not None
    kept = [each for each in drawn_from(*examples) if not each.odd]
    assert len(kept) > 60
    assert all(parse(grammar, each.text) is not None for each in kept)


def test_words_keep_the_length_that_a_number_tells() -> None:
    for each in drawn_from("2 7\nRG\n", "5 1\nRGBRR\n"):
        (length, _), (word,) = [line.split() for line in each.text.splitlines()]
        assert len(word) == int(length) or each.odd
    for each in drawn_from(GRID):
        lines = each.text.split("\n")
        width = 0
        for line in lines[1:]:
            if " " in line:
                width = int(line.split()[1])
            elif line and not each.odd:
                assert len(line) == width


def test_ends_of_ranges_stay_in_order() -> None:
    for each in drawn_from("6 3\n1 4\n2 2\n3 6\n", "5 2\n1 5\n2 3\n"):
        for line in each.text.splitlines()[1:]:
            low, high = map(int, line.split())
            assert low <= high


def test_sorted_rows_stay_sorted() -> None:
    for each in drawn_from("6\n1 2 2 5 8 9\n", "3\n1 4 4\n"):
        row = list(map(int, each.text.splitlines()[1].split()))
        assert row == sorted(row)


def test_numbers_that_only_happen_to_be_small_are_no_nodes() -> None:
    grammar = infer(["3\n100 7 9\n", "2\n55 1\n"])
    assert grammar is not None
    trees = [parse(grammar, text) for text in ("3\n100 7 9\n", "2\n55 1\n")]
    assert references(grammar, [tree for tree in trees if tree is not None]).nodes == {}


def test_without_a_layout_one_token_is_changed_in_place() -> None:
    examples = ("1  2\n3\n", "1\n\n2 3 x\n")
    made = drawn_from(*examples)
    assert len(made) == 60
    for each in made:
        shapes = [[len(line.split()) for line in text.split("\n")] for text in (each.text, *examples)]
        assert shapes[0] in shapes[1:]


def test_decimals_keep_their_places() -> None:
    for each in drawn_from("1.50 2.25\n", "0.10 3.00\n"):
        assert all(len(token.partition(".")[2]) == 2 for token in each.text.split())


@pytest.mark.parametrize("line", ["1 1", "2 1 1", "1", "3", "0 1 2", "2"])
def test_a_layout_with_very_many_readings_is_given_up_in_bounded_time(line: str) -> None:
    counting = sum(1 for _ in _grammars([_Place([line.split()] * 180, 0, ())], 0, iter(range(MAX_STEPS))))
    assert counting <= MAX_STEPS
    infer([f"{line}\n" * 180] * 3)
