"""What holds between and within the arguments of all examples, and is kept true in inputs made from them.

An input that breaks what every example keeps (two lists of one length, a count beside a list, rows of one length, a
sorted list) is most often invalid, and right programs may do anything on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice, pairwise
from typing import Any

_ENOUGH_STEPS = 5
_ENOUGH_ITEMS = 12
"""Less than this is sorted, or without repeats, by chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relations:
    """Places of arguments.

    Attributes:
        as_long: (place, other): the list is as long as the other.
        counts: (place, other): the integer is the length of the list or text.
        even: Lists of lists whose rows are of one length; `square`: and as many as that.
        sorted, distinct: Lists that ascend; lists without repeats.
    """

    as_long: tuple[tuple[int, int], ...] = ()
    counts: tuple[tuple[int, int], ...] = ()
    even: frozenset[int] = frozenset()
    square: frozenset[int] = frozenset()
    sorted: frozenset[int] = frozenset()
    distinct: frozenset[int] = frozenset()

    def repair(self, arguments: Sequence[Any]) -> list[Any]:
        """The arguments with every relation made true, changing as little as can be."""
        fixed = list(arguments)
        for place in self.even:
            fixed[place] = _with_even_rows(fixed[place], square=place in self.square)
        for place in self.distinct:
            fixed[place] = _without_repeats(fixed[place])
        for place, other in self.as_long:
            fixed[place] = _as_long_as(fixed[place], fixed[other])
        for place in self.sorted:
            fixed[place] = _ascending(fixed[place])
        for place, other in self.counts:
            if isinstance(fixed[other], (list, str)):
                fixed[place] = len(fixed[other])
        return fixed


def relations(examples: Sequence[Sequence[Any]]) -> Relations:
    """What all examples keep. One example shows little: then only what it can hardly show by chance."""
    arity = {len(arguments) for arguments in examples}
    if len(arity) != 1:
        return Relations()
    columns = list(zip(*examples, strict=True))
    lists = [place for place, column in enumerate(columns) if all(type(value) is list for value in column)]
    as_long = []
    for position, place in enumerate(lists):
        for other in lists[:position]:
            if _same_lengths(columns[place], columns[other]):
                as_long.append((place, other))
                break
    even = frozenset(place for place in lists if _are_even(columns[place]))
    return Relations(
        as_long=tuple(as_long),
        counts=tuple(_counts(columns)),
        even=even,
        square=frozenset(p for p in even if all(not grid or len(grid) == len(grid[0]) for grid in columns[p])),
        sorted=frozenset(place for place in lists if _are_sorted(columns[place])),
        distinct=frozenset(place for place in lists if _are_distinct(columns[place])),
    )


def _same_lengths(one: Sequence[Any], other: Sequence[Any]) -> bool:
    lengths = {len(value) for value in one}
    shown = len(lengths) > 1 or max(lengths) > 2
    return shown and all(len(mine) == len(theirs) for mine, theirs in zip(one, other, strict=True))


def _counts(columns: Sequence[Sequence[Any]]) -> list[tuple[int, int]]:
    found = []
    for place, column in enumerate(columns):
        if len(set(map(repr, column))) < 2 or any(type(value) is not int for value in column):
            continue
        for other, sized in enumerate(columns):
            if all(isinstance(value, (list, str)) for value in sized) and list(column) == list(map(len, sized)):
                found.append((place, other))
                break
    return found


def _are_even(grids: Sequence[list[Any]]) -> bool:
    rows = [row for grid in grids for row in grid]
    if not rows or any(type(row) is not list for row in rows):
        return False
    return max(map(len, grids)) > 1 and max(map(len, rows)) > 1 and all(len(set(map(len, grid))) <= 1 for grid in grids)


def _are_sorted(lists: Sequence[list[Any]]) -> bool:
    steps = [pair for items in lists for pair in pairwise(items)]
    try:
        return len(steps) >= _ENOUGH_STEPS and all(one <= other for one, other in steps)
    except TypeError:
        return False


def _are_distinct(lists: Sequence[list[Any]]) -> bool:
    if sum(map(len, lists)) < _ENOUGH_ITEMS:
        return False
    return all(len(set(map(repr, items))) == len(items) for items in lists)


def _with_even_rows(grid: Any, *, square: bool) -> Any:
    if not isinstance(grid, list) or not all(isinstance(row, list) for row in grid):
        return grid
    full = [row for row in grid if row]
    if not full:
        return []
    width = len(full[0])
    rows = list(islice(cycle(full), width)) if square else full
    return [list(islice(cycle(row), width)) for row in rows]


def _without_repeats(items: Any) -> Any:
    return list({repr(item): item for item in items}.values()) if isinstance(items, list) else items


def _as_long_as(items: Any, other: Any) -> Any:
    if not isinstance(items, list) or not isinstance(other, list):
        return items
    return list(islice(cycle(items or other), len(other)))


def _ascending(items: Any) -> Any:
    try:
        return sorted(items) if isinstance(items, list) else items
    except TypeError:
        return items
