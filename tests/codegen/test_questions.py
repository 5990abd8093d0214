"""Which input to ask about."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from codegen.questions import MAX_OPTIONS, Behaviour, best_input, offered, value, worth

CRASH = "NONZERO_EXIT"
digests = st.sampled_from(["a", "b", "c", CRASH, "-"])
tables = st.integers(1, 5).flatmap(
    lambda count: st.lists(st.lists(digests, min_size=count, max_size=count), min_size=1, max_size=5)
)


def behaviours(*rows: str, weights: tuple[float, ...] = ()) -> list[Behaviour]:
    """One letter an outcome, "!" for a crash."""
    known = {"!": CRASH}
    return [
        Behaviour(digests=[known.get(letter, letter) for letter in row], weight=weight)
        for row, weight in zip(rows, weights or (1.0,) * len(rows), strict=True)
    ]


def test_the_input_that_tells_most_is_asked_about() -> None:
    assert best_input(behaviours("aaa", "aba", "abc")) == 1
    assert best_input(behaviours("aaa", "aab", "aac")) == 2
    assert best_input(behaviours("aaa", "aab", "aac"), asked=[2]) is None


def test_what_matters_is_the_weight_that_is_kept() -> None:
    # The first input tells the two light ones apart, the second the heavy one from both.
    assert best_input(behaviours("ab", "aa", "ba", weights=(6, 3, 1))) == 1


def test_an_input_without_any_output_is_not_asked_about() -> None:
    assert best_input(behaviours("!a", "-a", "!a")) is None


def test_crashes_count_for_nothing_but_the_likeliest() -> None:
    assert value(["a", CRASH], [3, 2]) == 3
    assert value([CRASH, "a"], [3, 2]) == 5
    assert value(["a", "b"], [3, 2]) == 5
    assert best_input(behaviours("a!", "!b", "bb", weights=(2, 1, 1))) == 0


def test_outputs_are_offered_by_weight() -> None:
    assert offered(["a", "b", CRASH, "b"], [3, 2, 9, 2]) == ("b", "a")
    assert len(offered([str(i) for i in range(20)], [1.0] * 20)) == MAX_OPTIONS


@given(tables, st.lists(st.integers(1, 9), min_size=5, max_size=5))
def test_asking_comes_to_an_end_with_nothing_told_apart_on_what_was_not_asked(
    table: list[list[str]], weights: list[int]
) -> None:
    rows = [Behaviour(digests=row, weight=float(weight)) for row, weight in zip(table, weights, strict=False)]
    asked: list[int] = []
    while (position := best_input(rows, asked)) is not None:
        assert position not in asked
        asked.append(position)
    for position in set(range(len(table[0]))) - set(asked):
        seen = {row[position] for row in table} - {"-"}
        assert len(seen) < 2 or seen <= {CRASH, "-"}


@given(tables, st.lists(st.integers(1, 9), min_size=5, max_size=5))
def test_the_first_question_is_the_best(table: list[list[str]], weights: list[int]) -> None:
    rows = [Behaviour(digests=row, weight=float(weight)) for row, weight in zip(table, weights, strict=False)]
    asked: list[int] = []
    values = []
    while (position := best_input(rows, asked)) is not None:
        values.append(worth([row.digests[position] for row in rows], [row.weight for row in rows]))
        asked.append(position)
    assert all(one >= other for one, other in pairwise(values))
