"""Shapes as Hypothesis strategies, and Hypothesis as a source of values outside of tests."""

from __future__ import annotations

import math
import string
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from codegen.inputs.shapes import LOWER, Range, Shape
from codegen.models.cache import cache_dir

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

MAX_SIZE = 12
MAX_LENGTH = 24
_CLASSES = (LOWER, LOWER.upper(), string.digits)


def strategy(shape: Shape) -> SearchStrategy[Any]:
    """Values like those of the shape, with ranges widened a little; integers where it says nothing."""
    from hypothesis import strategies as st

    size = _sizes(shape.size)
    parts: list[SearchStrategy[Any]] = []
    if shape.none:
        parts.append(st.none())
    if shape.bools:
        parts.append(st.booleans())
    if shape.ints is not None:
        low, high = widened(shape.ints)
        parts.append(st.integers(low, high))
    if shape.floats is not None:
        parts.append(_floats(shape.floats))
    if shape.alphabet is not None:
        parts.append(_texts(shape.alphabet, shape.length))
    if shape.items is not None:
        parts.append(st.lists(strategy(shape.items), min_size=size[0], max_size=size[1]))
    parts += [st.tuples(*map(strategy, places)) for places in shape.tuples]
    if shape.sets is not None:
        parts.append(st.sets(strategy(_hashable(shape.sets)), min_size=0, max_size=size[1]))
    if shape.keys is not None and shape.values is not None:
        keys, values = strategy(_hashable(shape.keys)), strategy(shape.values)
        parts.append(st.dictionaries(keys, values, min_size=0, max_size=size[1]))
    return st.one_of(parts) if parts else st.integers(-10, 20)


def widened(seen: Range) -> tuple[int, int]:
    """A range of integers around what was seen; numbers that were never negative, or never zero, stay so."""
    low, high = math.floor(seen.low), math.ceil(seen.high)
    room = max(3, high - low, abs(high) // 2)
    if low >= 1:
        return 1, high + room
    if low >= 0:
        return 0, high + room
    return low - room, high + room


def draw_many(source: SearchStrategy[Any], *, count: int, seed: int) -> list[Any]:
    """Up to `count` values of a strategy, the same ones for the same seed; small ones come first."""
    import hypothesis
    from hypothesis.configuration import set_hypothesis_home_dir

    set_hypothesis_home_dir(str(cache_dir() / "hypothesis"))  # else it leaves a folder where the user stands
    drawn: list[Any] = []
    _collector(source, drawn, hypothesis, count, seed)()
    return drawn


def _collector(source: Any, drawn: list[Any], hypothesis: Any, count: int, seed: int) -> Callable[[], None]:
    def collect(value: Any) -> None:
        drawn.append(value)

    settings = hypothesis.settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
        verbosity=hypothesis.Verbosity.quiet,
    )
    collected: Callable[[], None] = hypothesis.seed(seed)(settings(hypothesis.given(source)(collect)))
    return collected


def _floats(seen: Range) -> SearchStrategy[float]:
    from hypothesis import strategies as st

    if not (math.isfinite(seen.low) and math.isfinite(seen.high)):
        return st.floats(-100, 100)
    low, high = widened(seen)
    # As people write them: whole numbers, and a few decimals.
    whole = st.integers(low, high).map(float)
    return st.one_of(whole, st.integers(low * 100, high * 100).map(lambda n: n / 100))


def _texts(alphabet: frozenset[str], length: Range | None) -> SearchStrategy[str]:
    from hypothesis import strategies as st

    known = sorted(alphabet | {c for group in _CLASSES if alphabet & set(group) for c in group[:4]}) or list("abc")
    longest = min(MAX_LENGTH, round(2 * (length.high if length else 5)) + 3)
    return st.text(st.sampled_from(known), min_size=0, max_size=longest)


def _sizes(seen: Range | None) -> tuple[int, int]:
    if seen is None:
        return 0, 6
    low = 0 if seen.low <= 1 else 1
    return low, min(MAX_SIZE, max(4, round(seen.high * 1.5)))


def _hashable(shape: Shape) -> Shape:
    """Only the parts that can stand in a set."""
    return Shape(
        ints=shape.ints, floats=shape.floats, bools=shape.bools, none=shape.none, alphabet=shape.alphabet,
        length=shape.length, tuples=shape.tuples,
    )  # fmt: skip
