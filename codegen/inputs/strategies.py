"""Shapes as Hypothesis strategies. Import it only where values are drawn: it brings Hypothesis in."""

from __future__ import annotations

import string
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from codegen.inputs.shapes import LISTED, LOWER, Range, Shape
from codegen.inputs.words import is_number, is_word, runs

_CLASSES = (LOWER, LOWER.upper(), string.digits)
_SIZES = Range(low=0, high=6)


def strategy(shape: Shape) -> SearchStrategy[Any]:
    """Values of the shape; integers where it says nothing."""
    size = shape.size or _SIZES
    low, high = int(size.low), int(size.high)
    parts: list[SearchStrategy[Any]] = []
    if shape.none:
        parts.append(st.none())
    if shape.bools:
        parts.append(st.booleans())
    if shape.ints is not None:
        parts.append(st.integers(int(shape.ints.low), int(shape.ints.high)))
        if shape.ints == LISTED:  # small ones too: they repeat, and have signs
            parts.append(st.integers(-5, 12))
    if shape.floats is not None:
        parts.append(_floats(shape.floats))
    if shape.alphabet is not None:
        parts.append(texts(shape))
    if shape.items is not None:
        parts.append(st.lists(strategy(shape.items), min_size=low, max_size=high))
    parts += [st.tuples(*map(strategy, places)) for places in shape.tuples]
    if shape.sets is not None:
        parts.append(st.lists(strategy(_hashable(shape.sets)), min_size=low, max_size=high).map(set))
    if shape.keys is not None and shape.values is not None:
        pairs = st.tuples(strategy(_hashable(shape.keys)), strategy(shape.values))
        parts.append(st.lists(pairs, min_size=low, max_size=high).map(dict))
    return st.one_of(parts) if parts else st.integers(-10, 20)


def texts(shape: Shape) -> SearchStrategy[str]:
    """Texts of the seen letters, and texts built like a seen one: its words and numbers exchanged or made anew."""
    seen = shape.alphabet or frozenset()
    letters = sorted(seen | {c for group in _CLASSES if seen & set(group) for c in group[:4]}) or list("abc")
    length = shape.length or Range(low=0, high=8)
    free = st.text(st.sampled_from(letters), min_size=int(length.low), max_size=int(length.high))
    patterns = [text for text in shape.texts if len(runs(text)) > 1]
    if not patterns:
        return free
    return st.one_of(free, _like(patterns, letters, exchange=True), _like(patterns, letters, exchange=False))


def _like(patterns: list[str], letters: list[str], *, exchange: bool) -> SearchStrategy[str]:
    """A pattern with each word and each number replaced: by another of the patterns, or by a new one."""
    parts = [part for text in patterns for part in runs(text)]
    words = sorted({part for part in parts if is_word(part)})
    numbers = sorted({part for part in parts if is_number(part)})
    new_word = st.text(st.sampled_from([c for c in letters if c.isalpha()] or ["a"]), min_size=1, max_size=6)

    @st.composite
    def built(draw: DrawFn) -> str:
        out = []
        for part in runs(draw(st.sampled_from(patterns))):
            if is_word(part):
                out.append(draw(st.sampled_from(words) if exchange else new_word))
            elif is_number(part):
                new_number = st.integers(0 if part == "0" else 1, 10 ** min(len(part), 9) + 2).map(str)
                out.append(draw(st.sampled_from(numbers) if exchange else new_number))
            else:
                out.append(part)
        return "".join(out)

    return built()


def _floats(seen: Range) -> SearchStrategy[float]:
    """As people write them: whole numbers, and a few decimals."""
    low, high = int(seen.low), int(seen.high)
    whole = st.integers(low, high).map(float)
    return st.one_of(whole, st.integers(low * 100, high * 100).map(lambda n: n / 100))


def _hashable(shape: Shape) -> Shape:
    """Only the parts that can stand in a set."""
    return Shape(
        ints=shape.ints,
        floats=shape.floats,
        bools=shape.bools,
        none=shape.none,
        alphabet=shape.alphabet,
        length=shape.length,
        texts=shape.texts,
        tuples=tuple(tuple(map(_hashable, places)) for places in shape.tuples),
    )
