"""What values look like: kinds and ranges seen in examples, or said by type hints."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

from problems import syntax

MAX_TEXTS = 20
LOWER = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Both ends included."""

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    def join(self, other: Range | None) -> Range:
        return self if other is None else Range(low=min(self.low, other.low), high=max(self.high, other.high))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A set of values, as the union of its parts. The empty shape says nothing.

    Attributes:
        ints, floats: Ranges of the numbers in it; None: no such numbers.
        alphabet: Characters of its texts; None: no texts. `length` is the range of their lengths, `texts` some of
            them, as patterns for others.
        items: Shape of the elements of its lists; None: no lists. `size` is the range of lengths of all containers.
        tuples: Shapes of the places of its tuples, one entry an arity.
        sets, keys, values: Elements of sets; keys and values of dicts.
    """

    ints: Range | None = None
    floats: Range | None = None
    bools: bool = False
    none: bool = False
    alphabet: frozenset[str] | None = None
    length: Range | None = None
    texts: tuple[str, ...] = ()
    items: Shape | None = None
    tuples: tuple[tuple[Shape, ...], ...] = ()
    sets: Shape | None = None
    keys: Shape | None = None
    values: Shape | None = None
    size: Range | None = None

    @property
    def empty(self) -> bool:
        return self == Shape()


def of_value(value: Any) -> Shape:
    """The shape that holds just this value (an exact built-in)."""
    match value:
        case None:
            return Shape(none=True)
        case bool():
            return Shape(bools=True)
        case int():
            return Shape(ints=Range(low=value, high=value))
        case float():
            return Shape(floats=Range(low=value, high=value))
        case str():
            return Shape(alphabet=frozenset(value), length=_exactly(len(value)), texts=(value,))
        case list():
            return Shape(items=of_values(value), size=_exactly(len(value)))
        case tuple():
            return Shape(tuples=(tuple(of_value(item) for item in value),), size=_exactly(len(value)))
        case set() | frozenset():
            return Shape(sets=of_values(value), size=_exactly(len(value)))
        case dict():
            return Shape(keys=of_values(value), values=of_values(value.values()), size=_exactly(len(value)))
        case _:  # bytes and complex: rare as arguments, and only mutated
            return Shape()


def of_values(values: Iterable[Any]) -> Shape:
    return reduce(join, map(of_value, values), Shape())


def join(one: Shape, other: Shape) -> Shape:
    """The smallest shape that holds both."""
    alphabets = [a for a in (one.alphabet, other.alphabet) if a is not None]
    return Shape(
        ints=_ranges(one.ints, other.ints),
        floats=_ranges(one.floats, other.floats),
        bools=one.bools or other.bools,
        none=one.none or other.none,
        alphabet=frozenset().union(*alphabets) if alphabets else None,
        length=_ranges(one.length, other.length),
        texts=tuple(sorted({*one.texts, *other.texts}, key=lambda text: (len(text), text)))[:MAX_TEXTS],
        items=_shapes(one.items, other.items),
        tuples=_tuples(one.tuples, other.tuples),
        sets=_shapes(one.sets, other.sets),
        keys=_shapes(one.keys, other.keys),
        values=_shapes(one.values, other.values),
        size=_ranges(one.size, other.size),
    )


def of_argument_hint(hint: str) -> Shape:
    """As `of_hint`, but an integer that is an argument by itself is not negative: most often it counts something."""
    shape = of_hint(hint)
    return replace(shape, ints=_NATURAL) if shape.ints == _SMALL else shape


def of_hint(hint: str) -> Shape:
    """The shape of an annotation such as ``List[Optional[int]]``; the empty shape where it says nothing."""
    try:
        return _of_node(syntax.parse(hint, "eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Shape()


def fill(seen: Shape, said: Shape) -> Shape:
    """What was seen; where nothing was (an empty list, say), what the hint says."""
    if seen.empty:
        return said
    return replace(
        seen,
        items=fill(seen.items, said.items or Shape()) if seen.items is not None else None,
        sets=fill(seen.sets, said.sets or Shape()) if seen.sets is not None else None,
        keys=fill(seen.keys, said.keys or Shape()) if seen.keys is not None else None,
        values=fill(seen.values, said.values or Shape()) if seen.values is not None else None,
        none=seen.none or said.none,
    )


_SMALL = Range(low=-10, high=20)
_NATURAL = Range(low=0, high=20)
LISTED = Range(low=-20, high=120)
"""Numbers in a container, which rarely cost time by their size: some have two and three digits."""
_SIZES = Range(low=0, high=6)
_NAMES = {
    "int": Shape(ints=_SMALL),
    "float": Shape(floats=Range(low=-10.0, high=20.0)),
    "bool": Shape(bools=True),
    "None": Shape(none=True),
    "str": Shape(alphabet=frozenset(LOWER[:5] + "AB 1,."), length=Range(low=0, high=8)),
}


def _of_node(node: ast.expr) -> Shape:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return _generic(name, ())
        case ast.Constant(value=None):
            return _NAMES["None"]
        case ast.Constant(value=str() as quoted):
            return of_hint(quoted)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return join(_of_node(left), _of_node(right))
        case ast.Subscript(value=ast.Name(id=name) | ast.Attribute(attr=name), slice=inner):
            return _generic(name, tuple(inner.elts) if isinstance(inner, ast.Tuple) else (inner,))
        case _:
            return Shape()


def _generic(name: str, inner: tuple[ast.expr, ...]) -> Shape:
    if name in _NAMES:
        return _NAMES[name]
    numbers = _NAMES["int"]
    shapes = [_of_node(node) for node in inner if not (isinstance(node, ast.Constant) and node.value is ...)]
    match name.lower():
        case "list" | "sequence" | "iterable" | "collection":
            return Shape(items=_listed(shapes[0] if shapes else numbers), size=_SIZES)
        case "set" | "frozenset":
            return Shape(sets=_listed(shapes[0] if shapes else numbers), size=_SIZES)
        case "dict" | "mapping":
            keys, values = shapes if len(shapes) == 2 else (_NAMES["str"], numbers)
            return Shape(keys=keys, values=values, size=_SIZES)
        case "tuple" if len(shapes) == len(inner) and shapes:
            return Shape(tuples=(tuple(shapes),), size=_exactly(len(shapes)))
        case "tuple":
            item = shapes[0] if shapes else numbers
            return Shape(tuples=((item,) * 2, (item,) * 3), size=Range(low=2, high=3))
        case "optional":
            return join(shapes[0] if shapes else numbers, _NAMES["None"])
        case "union":
            return reduce(join, shapes, Shape())
        case _:
            return Shape()


def _listed(item: Shape) -> Shape:
    return replace(item, ints=LISTED) if item.ints == _SMALL else item


def _exactly(count: int) -> Range:
    return Range(low=count, high=count)


def _ranges(one: Range | None, other: Range | None) -> Range | None:
    return other if one is None else one.join(other)


def _shapes(one: Shape | None, other: Shape | None) -> Shape | None:
    return join(one, other) if one is not None and other is not None else (other if one is None else one)


def _tuples(one: tuple[tuple[Shape, ...], ...], other: tuple[tuple[Shape, ...], ...]) -> tuple[tuple[Shape, ...], ...]:
    by_arity: dict[int, tuple[Shape, ...]] = {}
    for places in one + other:
        known = by_arity.get(len(places))
        by_arity[len(places)] = places if known is None else tuple(map(join, known, places))
    return tuple(by_arity[arity] for arity in sorted(by_arity))
