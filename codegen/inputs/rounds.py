"""How much of the inputs is worth running: a first round for all survivors, and more for as long as clusters split."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, zip_longest

from codegen.inputs.generated import GeneratedInput

FIRST = 16
STEP = 8
"""Inputs of the first round, and of each one after it."""


def border(number: int, inputs: int) -> int:
    """How many inputs have been run after round `number`, the first being 0."""
    return min(inputs, FIRST + number * STEP)


def splits(behaviours: Mapping[tuple[str, ...], int], before: int) -> bool:
    """Whether the inputs from place `before` on told programs apart, and there are more that may be.

    Args:
        behaviours: Programs by what they did on all inputs run so far.
    """
    known = {behaviour[:before] for behaviour in behaviours}
    return len(behaviours) > len(known) and any(programs > 1 for programs in behaviours.values())


def in_turn(inputs: Iterable[GeneratedInput]) -> tuple[GeneratedInput, ...]:
    """The sources taking turns, so that every round has of all; the examples, which come first, stay first."""
    by_source: dict[str, list[GeneratedInput]] = {}
    for each in inputs:
        by_source.setdefault(each.source, []).append(each)
    examples: Sequence[GeneratedInput] = by_source.pop("example", [])
    turns = zip_longest(*by_source.values())
    return (*examples, *(each for each in chain.from_iterable(turns) if each is not None))
