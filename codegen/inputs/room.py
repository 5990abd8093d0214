"""How far from the examples an input may be: near, so that a slow but right program does not die of it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from codegen.inputs.shapes import Range, Shape

MAX_SIZE = 12
MAX_LENGTH = 40
"""Elements of a container, characters of a text; more only where an example has more."""


def widened(seen: Range) -> Range:
    """Integers around what was seen. Numbers that were never negative, or never zero, stay so."""
    low, high = math.floor(seen.low), math.ceil(seen.high)
    space = max(3, high - low, abs(high) // 2)
    if low >= 1:
        return Range(low=1, high=high + space)
    if low >= 0:
        return Range(low=0, high=high + space)
    return Range(low=low - space, high=max(0, high + space))


def widen(seen: Shape) -> Shape:
    """The shape with room around every range in it. What was never empty stays so."""
    return replace(
        seen,
        ints=widened(seen.ints) if seen.ints is not None else None,
        floats=_widened_floats(seen.floats) if seen.floats is not None else None,
        length=_longer(seen.length, 2.0, 3, MAX_LENGTH) if seen.length is not None else None,
        size=_longer(seen.size, 1.5, 1, MAX_SIZE) if seen.size is not None else None,
        items=widen(seen.items) if seen.items is not None else None,
        sets=widen(seen.sets) if seen.sets is not None else None,
        keys=widen(seen.keys) if seen.keys is not None else None,
        values=widen(seen.values) if seen.values is not None else None,
        tuples=tuple(tuple(map(widen, places)) for places in seen.tuples),
    )


def clip(shape: Shape, values: Range | None, sizes: Range | None) -> Shape:
    """Keep to the bounds a statement gives for the numbers of an argument, and for its length.

    Where the statement allows less than was seen, it also opens the range downwards, as far as it goes upwards.
    """
    items = shape.items and clip(shape.items, values, None)
    return replace(
        shape,
        items=items,
        ints=_clipped(shape.ints, values, open_below=True),
        floats=_clipped(shape.floats, values, open_below=True),
        size=_clipped(shape.size, sizes, open_below=False),
        length=_clipped(shape.length, sizes, open_below=False),
    )


def holds(shape: Shape, value: Any) -> bool:
    """Whether a value lies within a shape. The empty shape, which says nothing, holds everything."""
    if shape.empty:
        return True
    match value:
        case None:
            return shape.none
        case bool():
            return shape.bools
        case int() | float():
            return any(value in numbers for numbers in (shape.ints, shape.floats) if numbers is not None)
        case str():
            return shape.alphabet is not None and (shape.length is None or len(value) in shape.length)
        case list():
            return shape.items is not None and _sized(shape, value) and all(holds(shape.items, v) for v in value)
        case tuple():
            return any(len(places) == len(value) and all(map(holds, places, value)) for places in shape.tuples)
        case set() | frozenset():
            return shape.sets is not None and _sized(shape, value) and all(holds(shape.sets, v) for v in value)
        case dict():
            keys, values = shape.keys, shape.values
            if keys is None or values is None or not _sized(shape, value):
                return False
            return all(holds(keys, k) and holds(values, v) for k, v in value.items())
        case _:  # bytes and complex have no shape
            return True


def _sized(shape: Shape, value: Any) -> bool:
    return shape.size is None or len(value) in shape.size


def _widened_floats(seen: Range) -> Range:
    return widened(seen) if math.isfinite(seen.low) and math.isfinite(seen.high) else Range(low=-100, high=100)


def _longer(seen: Range, factor: float, plus: int, most: int) -> Range:
    return Range(low=min(seen.low, 1), high=max(seen.high, min(most, round(factor * seen.high) + plus)))


def _clipped(numbers: Range | None, said: Range | None, *, open_below: bool) -> Range | None:
    if numbers is None or said is None:
        return numbers
    low = max(said.low, min(numbers.low, -numbers.high) if open_below else numbers.low)
    return Range(low=low, high=max(low, min(numbers.high, said.high)))
