"""When more inputs are worth running."""

from __future__ import annotations

from codegen.inputs import GeneratedInput
from codegen.inputs.generated import Source
from codegen.inputs.rounds import FIRST, STEP, border, in_turn, splits


def test_rounds_grow_to_the_last_input() -> None:
    assert [border(number, 40) for number in range(5)] == [FIRST, FIRST + STEP, FIRST + 2 * STEP, 40, 40]
    assert [border(number, 5) for number in range(2)] == [5, 5]
    assert border(0, 0) == 0


def test_a_round_that_told_nothing_apart_is_the_last() -> None:
    assert splits({("a", "x"): 2, ("a", "y"): 1}, 1)
    assert not splits({("a", "x"): 2, ("b", "y"): 1}, 1)
    assert splits({("a", "x"): 2, ("b", "y"): 1}, 0)
    assert not splits({("a", "x"): 2}, 0)


def test_where_every_program_is_alone_nothing_can_split() -> None:
    assert not splits({("a",): 1, ("b",): 1}, 0)


def test_sources_take_turns_behind_the_examples() -> None:
    sources: tuple[Source, ...] = ("example", "mutation", "mutation", "mutation", "hypothesis", "model", "model")
    inputs = [GeneratedInput(text=str(number), source=source) for number, source in enumerate(sources)]
    assert "".join(each.text for each in in_turn(inputs)) == "0145263"
