"""Values a step away from known ones: what off-by-one errors and forgotten edge cases trip over."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from codegen.inputs.words import is_number, is_word, runs

MAX_LENGTH = 40


def mutate(value: Any, donors: Sequence[Any], chance: random.Random) -> Any:
    """A value of the same kind, changed in one place. `donors` are other values seen at this place.

    Containers are changed as a whole or, as often, in one element.
    """
    kind = type(value)
    if kind in _CONTAINERS and value and chance.random() < 0.5:
        return _inside(value, chance)
    if donors and chance.random() < 0.15:
        return chance.choice(donors)
    if kind in _MUTATORS:
        return _MUTATORS[kind](value, chance)
    return value


def mutate_arguments(arguments: Sequence[Any], others: Sequence[Sequence[Any]], chance: random.Random) -> list[Any]:
    """Arguments with one of them changed, at times two. `others` are the arguments of all examples."""
    changed = list(arguments)
    for _ in range(1 if chance.random() < 0.7 else 2):
        if changed:
            place = chance.randrange(len(changed))
            donors = [other[place] for other in others if len(other) == len(changed)]
            changed[place] = mutate(changed[place], donors, chance)
    return changed


def _int(value: int, chance: random.Random) -> int:
    return chance.choice([value + 1, value - 1, 0, 1, 2 * value, value // 2, -value, value + chance.randint(-5, 5)])


def _float(value: float, chance: random.Random) -> float:
    near = [value + 1, value - 1, value + 0.5, 0.0, 1.0, value * 2, value / 2, -value, float(round(value, 1))]
    return chance.choice(near)


def _str(value: str, chance: random.Random) -> str:
    if not value:
        return chance.choice(["a", " ", "0"])
    turn = chance.random()
    if turn < 0.4:
        return "".join(_sequence(list(value), chance))[:MAX_LENGTH]
    parts = runs(value)
    if turn < 0.8 and len(parts) > 1:
        return "".join(_run(parts, chance))[:MAX_LENGTH]
    options = [value.swapcase(), value.upper(), value.lower(), value + value, value[::-1], value[:1], "", value + " "]
    place = chance.randrange(len(value))
    neighbour = chr((ord(value[place]) + chance.choice([-1, 1])) % 0x110000)
    if neighbour.isprintable():
        options.append(value[:place] + neighbour + value[place + 1 :])
    return chance.choice(options)[:MAX_LENGTH]


def _run(parts: list[str], chance: random.Random) -> list[str]:
    """A word or a number in a text: changed, or exchanged with another."""
    changed = list(parts)
    places = [place for place, part in enumerate(parts) if is_word(part) or is_number(part)]
    if not places:
        return _sequence(changed, chance)
    one, other = chance.choice(places), chance.choice(places)
    match chance.randrange(4):
        case 0:
            changed[one], changed[other] = changed[other], changed[one]
        case 1:
            changed[one] = changed[other]
        case 2 if one > 0:
            del changed[one - 1 : one + 1]  # with what parts it from the one before
        case _:
            part = changed[one]
            number = is_number(part) and len(part) <= 18
            changed[one] = str(abs(_int(int(part), chance))) if number else _str_inside(part, chance)
    return changed


def _str_inside(word: str, chance: random.Random) -> str:
    return "".join(_sequence(list(word), chance)) or word


def _list(value: list[Any], chance: random.Random) -> list[Any]:
    if not value:
        return []
    return _sequence(value, chance)[:MAX_LENGTH]


def _sequence(items: Sequence[Any], chance: random.Random) -> list[Any]:
    """Duplicate, drop, swap, shuffle, reverse, sort, cut, empty, double."""
    changed = list(items)
    one, other = chance.randrange(len(changed)), chance.randrange(len(changed))
    match chance.randrange(9):
        case 0:
            changed.insert(one, changed[other])
        case 1:
            del changed[one]
        case 2:
            changed[one], changed[other] = changed[other], changed[one]
        case 3:
            chance.shuffle(changed)
        case 4:
            changed.reverse()
        case 5:
            changed = _sorted(changed)
        case 6:
            changed = [changed[one]]
        case 7:
            changed = []
        case _:
            changed = changed + changed
    return changed


def _ordered(value: Any) -> list[Any]:
    """Elements in an order that is the same in every process: a set of texts has none."""
    return sorted(value, key=repr) if isinstance(value, (set, frozenset)) else list(value)


def _sorted(items: list[Any]) -> list[Any]:
    try:
        return sorted(items)
    except TypeError:  # a mix of kinds has no order
        return items


def _inside(value: Any, chance: random.Random) -> Any:
    kind = type(value)
    if kind is dict:
        key = chance.choice(list(value))
        return value | {key: mutate(value[key], list(value.values()), chance)}
    items = _ordered(value)
    place = chance.randrange(len(items))
    items[place] = mutate(items[place], items, chance)
    return _rebuilt(kind, items, value)


def _rebuilt(kind: type, items: list[Any], fallback: Any) -> Any:
    try:
        return kind(items)
    except TypeError:  # an element of a set that has become unhashable
        return fallback


def _dict(value: dict[Any, Any], chance: random.Random) -> dict[Any, Any]:
    if not value:
        return {}
    keys = list(value)
    match chance.randrange(3):
        case 0:
            keys.remove(chance.choice(keys))
        case 1:
            keys.reverse()
        case _:
            keys = []
    return {key: value[key] for key in keys}


_CONTAINERS = (list, tuple, set, frozenset, dict)
_MUTATORS: dict[type, Callable[[Any, random.Random], Any]] = {
    bool: lambda value, chance: not value,  # noqa: ARG005
    int: _int,
    float: _float,
    str: _str,
    list: _list,
    tuple: lambda value, chance: tuple(chance.sample(value, len(value))),  # of the same arity: places have meanings
    set: lambda value, chance: set(_list(_ordered(value), chance)),
    frozenset: lambda value, chance: frozenset(_list(_ordered(value), chance)),
    dict: _dict,
    bytes: lambda value, chance: bytes(_list(list(value), chance)),
}
