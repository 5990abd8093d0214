"""Fresh standard input: examples changed a step, and trees drawn for an inferred grammar."""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import cycle, islice
from typing import Any

from codegen.inputs.generated import Drawn
from codegen.inputs.grammar import Fixed, Part, Repeat, Row, Tree, counted, counted_nodes, infer, parse, write
from codegen.inputs.mutation import mutate
from codegen.inputs.references import References, references
from codegen.inputs.room import widened
from codegen.inputs.shapes import Range
from codegen.inputs.words import is_decimal, is_integer
from problems.problem import Problem

MAX_COUNT = 8

Leaf = tuple[list[str], int]
"""A token that is not a count: the line it stands in, and where."""


def sources(
    problem: Problem, chance: random.Random, *, count: int, seed: int
) -> tuple[Iterator[Drawn], Iterable[Drawn]]:
    """Endless mutations of the examples, and up to `count` inputs drawn with Hypothesis (none without a grammar)."""
    texts = [test.input for test in problem.public_tests]
    grammar = infer(texts)
    trees = [parse(grammar, text) for text in texts] if grammar is not None else []
    known = [tree for tree in trees if tree is not None]
    near = near_of(texts)
    if grammar is None or not known:
        return (_judged(text, near) for text in _without_grammar(texts, chance)), []
    from codegen.inputs.drawing import draw_many
    from codegen.inputs.stdin_strategies import trees_like

    kept = references(grammar, known)
    mutated = (_written(grammar, kept, tree, near) for tree in _mutations(grammar, known, chance))
    drawn = draw_many(trees_like(grammar, known), count=count, seed=seed)
    return mutated, [_written(grammar, kept, tree, near) for tree in drawn]


def _written(grammar: tuple[Part, ...], kept: References, tree: Tree, near: Range | None) -> Drawn:
    text = write(grammar, tree)
    counts_made_true = parse(grammar, text)
    if counts_made_true is None:
        return Drawn(text=text, odd=True)
    return _judged(write(grammar, kept.repair(grammar, counts_made_true)), near)


def near_of(texts: Sequence[str]) -> Range | None:
    """The room around all integers of the examples."""
    numbers = [int(token) for text in texts for token in text.split() if is_integer(token)]
    return widened(Range(low=min(numbers), high=max(numbers))) if numbers else None


def _judged(text: str, near: Range | None) -> Drawn:
    odd = near is not None and any(int(token) not in near for token in text.split() if is_integer(token))
    return Drawn(text=text, odd=odd)


def _mutations(grammar: tuple[Part, ...], known: Sequence[Tree], chance: random.Random) -> Iterator[Tree]:
    counts = counted(grammar)
    while True:
        changed = copy.deepcopy(chance.choice(known))
        for _ in range(chance.choice((1, 1, 2))):
            tokens = list(leaves(grammar, changed, counts, 0))
            counted_parts = list(groups(grammar, changed, 0))
            if counted_parts and (not tokens or chance.random() < 0.35):
                _resize(chance.choice(counted_parts), chance)
            elif tokens:
                _change_leaf(tokens, chance)
        yield changed


# -- changing ------------------------------------------------------------------------------------------------------


def _change_leaf(tokens: list[Leaf], chance: random.Random) -> None:
    line, place = chance.choice(tokens)
    if len(line) > 1 and chance.random() < 0.25:
        other = chance.choice([p for owner, p in tokens if owner is line])
        line[place], line[other] = line[other], line[place]
    elif chance.random() < 0.2:
        owner, other = chance.choice(tokens)
        line[place] = owner[other] if _kind(owner[other]) is _kind(line[place]) else line[place]
    else:
        line[place] = _changed(line[place], chance)


def _changed(token: str, chance: random.Random) -> str:
    if is_integer(token):
        value = int(token)
        changed = int(mutate(value, (), chance))
        return str(changed if value < 0 else abs(changed))  # a number without a sign rarely may be negative
    if is_decimal(token):
        decimals = len(token.partition(".")[2])
        return f"{float(mutate(float(token), (), chance)):.{decimals}f}"
    letters = list(token)
    letters[chance.randrange(len(letters))] = chance.choice(letters)
    if chance.random() < 0.3:
        chance.shuffle(letters)
    return "".join(letters)


def _without_grammar(texts: Sequence[str], chance: random.Random) -> Iterator[str]:
    """One token changed in place, the layout as it is: the first line, which tells sizes, rather not."""
    while texts:
        text = chance.choice(texts)
        tokens = list(re.finditer(r"\S+", text))
        later = [token for token in tokens if "\n" in text[: token.start()]]
        if not tokens:
            yield text
            continue
        token = chance.choice(later if later and chance.random() < 0.9 else tokens)
        yield text[: token.start()] + _changed(token.group(), chance) + text[token.end() :]


def groups(parts: tuple[Part, ...], tree: Tree, offset: int) -> Iterator[list[list[Any]]]:
    """For each count in the tree, everything whose length it gives."""
    own = offset + sum(part.width for part in parts if isinstance(part, Fixed))
    for variable in range(offset, own):
        nodes = list(counted_nodes(parts, tree, variable))
        if nodes and nodes[0]:
            yield nodes
    for part, node in zip(parts, tree, strict=True):
        if isinstance(part, Repeat):
            for inner in node:
                yield from groups(part.body, inner, own)


def _resize(nodes: list[list[Any]], chance: random.Random) -> None:
    """The same change of length to everything that one count counts, so that it stays true.

    The first may be shorter or longer than the others by a constant (n - 1 edges beside n nodes).
    """
    size = len(nodes[0])
    order = list(range(size))
    one, other = chance.randrange(size), chance.randrange(size)
    match chance.randrange(5):
        case 0 if size > 1:
            del order[one]
        case 1:
            order.append(other)
        case 2:
            order.reverse()
        case 3 if size <= MAX_COUNT:
            order += order
        case _:
            order = [one]
    for node in nodes:
        length = len(order) + len(node) - size
        node[:] = [copy.deepcopy(node[at % len(node)]) for at in islice(cycle(order), max(0, length)) if node]


def leaves(parts: tuple[Part, ...], tree: Tree, counted: frozenset[int], offset: int) -> Iterator[Leaf]:
    own = offset
    for part, node in zip(parts, tree, strict=True):
        match part:
            case Fixed(width):
                yield from ((node, place) for place in range(width) if own + place not in counted)
                own += width
            case Row():
                yield from ((node, place) for place in range(len(node)))
            case Repeat(_, body):
                for inner in node:
                    yield from leaves(body, inner, counted, own)


def _kind(token: str) -> type:
    return int if is_integer(token) else float if is_decimal(token) else str
