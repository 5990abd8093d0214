"""Smaller inputs, one step at a time: what a found input is shrunk by, and what "smallest" means.

An input is smaller than another when it has fewer elements and characters; of equally many, when its numbers are nearer
to zero; of equally near, when it is plainer (fewer decimals, signs and letters other than "a"). Every step leads to a
smaller input, so shrinking ends; where no step is left that keeps what is wanted, the input is minimal.
"""

from __future__ import annotations

import copy
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from codegen.inputs.grammar import Part, Tree, counted, infer, parse, write
from codegen.inputs.references import references
from codegen.inputs.stdin import groups, leaves
from codegen.inputs.words import is_decimal, is_integer
from problems.errors import ValueFormatError
from problems.problem import Call, Problem
from problems.values import dumps, loads

Size = tuple[int, float, int]
"""Elements and characters; sum of the absolute values of all numbers; how far from plain."""


def steps(problem: Problem, text: str) -> tuple[str, ...]:
    """Every input that is one step smaller than `text`, smallest first.

    For a `Call` problem: halves or single elements of a list, set, dict or text left out (tuples keep their arity:
    their places have meanings); an integer set to 0, halved, one nearer to 0, or without its sign; a float likewise,
    or without its decimals; True to False; a letter to "a", a digit to "0"; equal numbers or texts together.
    For standard input the same is done to rows, lines and tokens, with counts corrected, what refers to a node kept
    within the graph, and no number below 0, or below 1, where no example has one.
    """
    if isinstance(problem.interface, Call):
        found = {_written(each): size(each) for each in _of_value(loads(text))}
        found.pop(None, None)
    else:
        found = {each: size(each.split()) for each in _of_text(problem, text)}
    known = size_of(problem, text)
    smaller = {each: its for each, its in found.items() if each is not None and its < known}
    return tuple(sorted(smaller, key=lambda each: (smaller[each], each)))


def size_of(problem: Problem, text: str) -> Size:
    """Size of an input of a problem."""
    return size(loads(text) if isinstance(problem.interface, Call) else text.split())


def size(value: Any) -> Size:
    """See the module docstring. Of a value, or of the tokens of a text."""
    match value:
        case bool():
            return 1, 0.0, int(value)
        case int():
            return 1, _magnitude(value), int(value < 0)
        case float():
            plain = value.is_integer()
            return 1, _magnitude(value), int(value < 0) + (0 if plain else len(repr(value)))
        case str() if is_integer(value) or is_decimal(value):
            number = float(value)
            return 1 + len(value), _magnitude(number), int(number < 0)
        case str() | bytes():
            return 1 + len(value), 0.0, sum(map(_rank, value)) if isinstance(value, str) else sum(value)
        case list() | tuple() | set() | frozenset():
            return _sum(value)
        case dict():
            return _sum([*value, *value.values()])
        case _:
            return 1, 0.0, 0


def _sum(values: Any) -> Size:
    sizes = [size(each) for each in values]
    return 1 + sum(s[0] for s in sizes), math.fsum(s[1] for s in sizes), sum(s[2] for s in sizes)


def _magnitude(value: float) -> float:
    try:
        return min(abs(float(value)), 1e300)
    except OverflowError:  # an integer beyond any float
        return 1e300


def _rank(char: str) -> int:
    """0 for the plainest of its kind."""
    if char in "a0 ":
        return 0
    if char.isdigit() or char.islower():
        return 1
    return 2 if char.isalpha() else 3


def _written(value: Any) -> str | None:
    try:
        return dumps(value)
    except (ValueFormatError, UnicodeEncodeError):
        return None


# -- values --------------------------------------------------------------------------------------------------------


def _of_value(arguments: list[Any]) -> Iterator[list[Any]]:
    """Every step in every place, and in all places of equal numbers or texts at once; the number of arguments kept."""
    for place, argument in enumerate(arguments):
        for each in _smaller(argument):
            yield [*arguments[:place], each, *arguments[place + 1 :]]
    seen = Counter((type(each), each) for argument in arguments for each in _scalars(argument))
    for (kind, scalar), times in seen.items():
        for each in _smaller(scalar) if times > 1 else ():
            yield [_exchanged(argument, kind, scalar, each) for argument in arguments]


def _scalars(value: Any) -> Iterator[Any]:
    """The numbers and texts in lists and tuples, at any depth."""
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _scalars(item)
    elif isinstance(value, (int, float, str)) and not isinstance(value, bool):
        yield value


def _exchanged(value: Any, kind: type, old: Any, new: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value)(_exchanged(item, kind, old, new) for item in value)
    return new if type(value) is kind and value == old else value


def _smaller(value: Any) -> Iterator[Any]:
    match value:
        case bool():
            if value:
                yield False
        case int():
            yield from _ints(value)
        case float():
            yield from _floats(value)
        case str():
            yield from map("".join, _shorter(list(value)))
            for place, char in enumerate(value):
                plain = "0" if char.isdigit() else "a" if char.isalpha() else char
                yield value[:place] + plain + value[place + 1 :]
        case bytes():
            yield from map(bytes, _shorter(list(value)))
        case list():
            yield from _shorter(value)
            yield from _inside(value)
        case tuple():
            yield from map(tuple, _inside(list(value)))
        case set() | frozenset():
            items = sorted(value, key=repr)
            yield from (type(value)(kept) for kept in _shorter(items))
            yield from (type(value)(kept) for kept in _inside(items) if _all_hashable(kept))
        case dict():
            pairs = list(value.items())
            yield from map(dict, _shorter(pairs))
            for place, (key, item) in enumerate(pairs):
                for each in _smaller(item):
                    yield dict([*pairs[:place], (key, each), *pairs[place + 1 :]])
                for each in _smaller(key):
                    if each not in value:
                        yield dict([*pairs[:place], (each, item), *pairs[place + 1 :]])


def _shorter(items: Sequence[Any]) -> Iterator[list[Any]]:
    """Without one half, without one element."""
    half = len(items) // 2
    if half > 1:
        yield list(items[:half])
        yield list(items[half:])
    for place in range(len(items)):
        yield [*items[:place], *items[place + 1 :]]


def _inside(items: Sequence[Any]) -> Iterator[list[Any]]:
    for place, item in enumerate(items):
        for each in _smaller(item):
            yield [*items[:place], each, *items[place + 1 :]]


def _ints(value: int) -> Iterator[int]:
    sign = -1 if value < 0 else 1
    if value:
        yield 0
        yield sign * (abs(value) // 2)
        yield value - sign
    if value < 0:
        yield -value


def _floats(value: float) -> Iterator[float]:
    if not math.isfinite(value):
        yield 0.0
        return
    sign = -1.0 if value < 0 else 1.0
    if value:
        yield 0.0
        yield float(math.trunc(value / 2))
        yield float(math.trunc(value))
        if abs(value) < 1e15:
            yield math.trunc(value * 10) / 10
        if abs(value) >= 1:
            yield value - sign
    if value < 0:
        yield -value


def _all_hashable(items: Sequence[Any]) -> bool:
    try:
        return bool(len({hash(item) for item in items}) >= 0)
    except TypeError:
        return False


# -- standard input ------------------------------------------------------------------------------------------------


def _of_text(problem: Problem, text: str) -> Iterator[str]:
    examples = [test.input for test in problem.public_tests]
    grammar = infer(examples)
    tree = parse(grammar, text) if grammar is not None else None
    lowest = _lowest(examples)
    if grammar is None or tree is None:
        yield from (each for each in _without_grammar(text) if _lowest([each]) >= lowest)
        return
    known = [parsed for each in examples if (parsed := parse(grammar, each)) is not None]
    kept = references(grammar, known)
    for changed in _of_tree(grammar, tree):
        counts_made_true = parse(grammar, write(grammar, changed))
        if counts_made_true is not None:
            shrunk = write(grammar, kept.repair(grammar, counts_made_true))
            if _lowest([shrunk]) >= lowest:
                yield shrunk


def _lowest(texts: Sequence[str]) -> float:
    """1 or 0 where no number is below that."""
    numbers = [int(token) for text in texts for token in text.split() if is_integer(token)]
    return next((low for low in (1, 0) if min(numbers, default=1) >= low), -math.inf)


def _of_tree(grammar: tuple[Part, ...], tree: Tree) -> Iterator[Tree]:
    """Without one of what a count counts, wherever that stands; with one token smaller."""
    for number, nodes in enumerate(groups(grammar, tree, 0)):
        for place in range(len(nodes[0])) if len(nodes[0]) > 1 else ():
            changed = copy.deepcopy(tree)
            for node in [*groups(grammar, changed, 0)][number]:
                if len(node) == len(nodes[0]):
                    del node[place]
                elif node:  # one shorter or longer than the others by a constant
                    del node[min(place, len(node) - 1)]
            yield changed
    for number, (line, place) in enumerate(leaves(grammar, tree, counted(grammar), 0)):
        for token in _tokens(line[place]):
            changed = copy.deepcopy(tree)
            own, at = [*leaves(grammar, changed, counted(grammar), 0)][number]
            own[at] = token
            yield changed
    tokens = Counter(line[place] for line, place in leaves(grammar, tree, counted(grammar), 0))
    for old in [token for token, times in tokens.items() if times > 1]:
        for token in _tokens(old):
            changed = copy.deepcopy(tree)
            for line, place in leaves(grammar, changed, counted(grammar), 0):
                line[place] = token if line[place] == old else line[place]
            yield changed


def _tokens(token: str) -> Iterator[str]:
    if is_integer(token):
        yield from map(str, _ints(int(token)))
    elif is_decimal(token):
        decimals = len(token.partition(".")[2])
        yield from (f"{value:.{decimals}f}" for value in _floats(float(token)))
    else:
        yield from (each for each in _smaller(token) if each)


def _without_grammar(text: str) -> Iterator[str]:
    """One token smaller, the layout as it is: what may be left out is not known."""
    lines = [line.split(" ") for line in text.split("\n")]
    for row, line in enumerate(lines):
        for place, token in enumerate(line):
            for each in _tokens(token) if token else ():
                changed = [*line[:place], each, *line[place + 1 :]]
                yield "\n".join(" ".join(words) for words in [*lines[:row], changed, *lines[row + 1 :]])
