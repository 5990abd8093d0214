"""The layout of standard input, inferred from examples: lines of tokens, and counts that say how many follow.

A grammar is a tuple of parts, matched line by line:

    Fixed(kinds)          a line with one token a kind; its integers can be counts of what follows
    Row(count)            a line of as many tokens as a count says
    Repeat(count, body)   the body (a tuple of parts with counts of its own) as often as a count says

`infer` finds one that fits all examples at once; `parse` reads an input by it into a tree; `write` turns a tree back
into text, counts always made true. So whatever is changed in a tree, counts agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

MAX_LINES = 200
MAX_GRAMMARS = 500
MAX_STEPS = 3_000
"""Ways to go on that are tried before the search ends with what it has: dead ends can be many."""
MAX_FIXED = 8
"""A line of more tokens is not taken for one of fixed length, unless all examples have it so."""


@dataclass(frozen=True, slots=True)
class Count:
    """A reference to an integer read before: which one (numbered through the enclosing parts), plus a constant."""

    variable: int
    plus: int = 0


@dataclass(frozen=True, slots=True)
class Fixed:
    width: int


@dataclass(frozen=True, slots=True)
class Row:
    count: Count


@dataclass(frozen=True, slots=True)
class Repeat:
    count: Count
    body: tuple[Part, ...]


Part = Fixed | Row | Repeat
Tree = list[Any]
"""One node a part: a list of tokens for Fixed and Row, a list of trees for Repeat."""

Lines = list[list[str]]


def split(text: str) -> Lines:
    """Tokens by line; empty lines at the end do not count."""
    lines = [line.split() for line in text.split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def infer(texts: Sequence[str]) -> tuple[Part, ...] | None:
    """A grammar for all texts, None when none of this kind fits."""
    examples = [split(text) for text in texts]
    if not examples or any(not lines or len(lines) > MAX_LINES for lines in examples):
        return None
    starts = [_Place(lines=lines, at=0, seen=()) for lines in examples]
    fitting = islice(_grammars(starts, 0, iter(range(MAX_STEPS))), MAX_GRAMMARS)
    return min((grammar for grammar, _ in fitting), key=_cost, default=None)


def parse(grammar: tuple[Part, ...], text: str) -> Tree | None:
    """The tree of a text, None when it does not fit."""
    place = _Place(lines=split(text), at=0, seen=())
    tree = _read_parts(grammar, place)
    if tree is None or tree[1].at != len(place.lines):
        return None
    return tree[0]


def write(grammar: tuple[Part, ...], tree: Tree) -> str:
    """Text of a tree. Counts are written as the length of what they count."""
    lines: list[str] = []
    _write_parts(grammar, tree, 0, lines)
    return "\n".join(lines) + "\n"


def _cost(parts: tuple[Part, ...]) -> int:
    """The shortest description wins; counts "one less than" are rarer than plain ones."""
    cost = 0
    for part in parts:
        cost += 2
        if isinstance(part, (Row, Repeat)):
            cost += bool(part.count.plus)
        if isinstance(part, Repeat):
            cost += _cost(part.body)
    return cost


@dataclass(frozen=True, slots=True)
class _Place:
    """How far an example is read, and the integers that stood on Fixed lines so far (None: no integer there)."""

    lines: Lines
    at: int
    seen: tuple[int | None, ...]

    def line(self) -> list[str] | None:
        return self.lines[self.at] if self.at < len(self.lines) else None

    def value(self, count: Count) -> int | None:
        known = self.seen[count.variable]
        return None if known is None else known + count.plus


def _grammars(
    places: list[_Place], depth: int, steps: Iterator[int]
) -> Iterator[tuple[tuple[Part, ...], list[_Place]]]:
    """All grammars from here to the end of the (sub-)input, likeliest first, with where each leaves the examples."""
    if all(place.line() is None for place in places):
        yield (), places
        return
    if any(place.line() is None for place in places):
        return
    for part, after in _parts(places, depth):
        if next(steps, None) is None:
            return
        for rest, ends in _grammars(after, depth, steps):
            yield (part, *rest), ends


def _parts(places: list[_Place], depth: int) -> Iterator[tuple[Part, list[_Place]]]:
    counts = _counts(places)
    widths = [len(place.line() or []) for place in places]
    if depth < 2:
        for count in counts:
            yield from _repeats(places, count, depth)
    for count in counts:  # a row as long as a number before it
        if all(place.value(count) == width for place, width in zip(places, widths, strict=True)) and max(widths) > 1:
            yield Row(count), [_Place(p.lines, p.at + 1, p.seen) for p in places]
    if len(set(widths)) == 1:
        yield Fixed(widths[0]), [_after_fixed(place) for place in places]


def _counts(places: list[_Place]) -> list[Count]:
    """Numbers read before that may count something, the latest first."""
    known = min(len(place.seen) for place in places)
    plain = [Count(i) for i in reversed(range(known)) if all(_may_count(place.seen[i]) for place in places)]
    return plain + [Count(c.variable, -1) for c in plain]


def _may_count(value: int | None) -> bool:
    return value is not None and 0 <= value <= MAX_LINES


def _repeats(places: list[_Place], count: Count, depth: int) -> Iterator[tuple[Part, list[_Place]]]:
    """Bodies of one line, of a count and what it counts, and of a few fixed lines."""
    times = [place.value(count) or 0 for place in places]
    if max(times) < 1:
        return
    for body in _bodies(places, times, depth):
        ends: list[_Place] = []
        for place, number in zip(places, times, strict=True):
            end: _Place | None = place
            for _ in range(number):
                read = _read_parts(body, end) if end is not None else None
                end = _Place(place.lines, read[1].at, place.seen) if read is not None else None
            if end is None:
                break
            ends.append(end)
        if len(ends) == len(places):
            yield Repeat(count, body), ends


def _bodies(places: list[_Place], times: list[int], depth: int) -> Iterator[tuple[Part, ...]]:
    first = next((place for place, number in zip(places, times, strict=True) if number > 0), None)
    line = first.line() if first is not None else None
    if first is None or line is None:
        return
    base = len(first.seen)
    width = len(line)
    if 1 <= width <= MAX_FIXED:
        yield (Fixed(width),)
    for count in _counts(places):
        if first.value(count) == width and width > 1:
            yield (Row(count),)
    if depth == 0 and 1 <= width <= 4:
        for variable in range(base, base + width):
            yield Fixed(width), Row(Count(variable))
            for inner in (1, 2, 3):
                yield Fixed(width), Repeat(Count(variable), (Fixed(inner),))
            yield Fixed(width), Row(Count(variable)), Row(Count(variable))
        following = first.lines[first.at + 1 : first.at + 3]
        widths = [width, *map(len, following)]
        yield tuple(Fixed(each) for each in widths[:2])
        yield tuple(Fixed(each) for each in widths)


def _after_fixed(place: _Place) -> _Place:
    line = place.line() or []
    return _Place(place.lines, place.at + 1, place.seen + tuple(_integer(token) for token in line))


def _integer(token: str) -> int | None:
    digits = token.removeprefix("-")
    return int(token) if digits.isascii() and digits.isdigit() and len(digits) <= 18 else None


def _read_parts(parts: tuple[Part, ...], place: _Place) -> tuple[Tree, _Place] | None:
    tree: Tree = []
    for part in parts:
        line = place.line()
        match part:
            case Fixed(width):
                if line is None or len(line) != width:
                    return None
                tree.append(list(line))
                place = _after_fixed(place)
            case Row(count):
                if len(line or []) != place.value(count):
                    return None
                tree.append(list(line or []))
                place = _Place(place.lines, place.at + 1, place.seen)
            case Repeat(count, body):
                times = place.value(count)
                if times is None or not 0 <= times <= MAX_LINES:
                    return None
                nodes = []
                for _ in range(times):
                    read = _read_parts(body, place)
                    if read is None:
                        return None
                    nodes.append(read[0])
                    place = _Place(place.lines, read[1].at, place.seen)
                tree.append(nodes)
    return tree, place


def counted(parts: tuple[Part, ...]) -> frozenset[int]:
    """Variables that count something, at any depth."""
    found: set[int] = set()
    for part in parts:
        if isinstance(part, (Row, Repeat)):
            found.add(part.count.variable)
        if isinstance(part, Repeat):
            found |= counted(part.body)
    return frozenset(found)


def counted_nodes(parts: tuple[Part, ...], tree: Tree, variable: int) -> Iterator[list[Any]]:
    """The rows and repetitions whose length a variable of this level gives, at any depth."""
    for part, node in zip(parts, tree, strict=True):
        if isinstance(part, Repeat):
            for inner in node:
                yield from counted_nodes(part.body, inner, variable)
        if isinstance(part, (Row, Repeat)) and part.count.variable == variable:
            yield node


def _write_parts(parts: tuple[Part, ...], tree: Tree, offset: int, lines: list[str]) -> None:
    """Lines of a tree whose own variables are numbered from `offset`; counts are filled in before."""
    own = offset
    for part, node in zip(parts, tree, strict=True):
        if isinstance(part, Fixed):
            for place in range(part.width):
                _fill_in(parts, tree, own + place, node, place)
            own += part.width
    for part, node in zip(parts, tree, strict=True):
        if isinstance(part, Repeat):
            for inner in node:
                _write_parts(part.body, inner, own, lines)
        else:
            lines.append(" ".join(node))


def _fill_in(parts: tuple[Part, ...], tree: Tree, variable: int, line: list[str], place: int) -> None:
    plus = _plus(parts, variable)
    counted = next(counted_nodes(parts, tree, variable), None)
    if plus is not None and counted is not None:
        line[place] = str(len(counted) - plus)


def _plus(parts: tuple[Part, ...], variable: int) -> int | None:
    """The constant that is added to a variable where it counts; None where it counts nothing."""
    for part in parts:
        if isinstance(part, Repeat) and (inner := _plus(part.body, variable)) is not None:
            return inner
        if isinstance(part, (Row, Repeat)) and part.count.variable == variable:
            return part.count.plus
    return None
