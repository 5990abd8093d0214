"""Fresh standard input: examples changed a step, and trees drawn for an inferred grammar."""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from codegen.inputs.grammar import Fixed, Part, Repeat, Row, Tree, counted_nodes, infer, parse, write
from codegen.inputs.mutation import mutate
from codegen.inputs.shapes import Range
from codegen.inputs.strategies import draw_many, widened

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

MAX_COUNT = 8
_INTEGER = re.compile(r"-?\d{1,18}$")
_DECIMAL = re.compile(r"-?\d+\.\d+$")

Leaf = tuple[list[str], int]
"""A token that is not a count: the line it stands in, and where."""


def mutations(texts: Sequence[str], chance: random.Random) -> Iterator[str]:
    """Endless: examples with one or two things changed. Counts stay true where a grammar fits."""
    grammar = infer(texts)
    while texts:
        text = chance.choice(texts)
        tree = parse(grammar, text) if grammar is not None else None
        if grammar is None or tree is None:
            yield _changed_token(text, chance)
            continue
        changed = copy.deepcopy(tree)
        counted = _counted(grammar)
        for _ in range(chance.choice((1, 1, 2))):
            leaves = list(_leaves(grammar, changed, counted, 0))
            groups = list(_groups(grammar, changed, 0))
            if groups and (not leaves or chance.random() < 0.35):
                _resize(chance.choice(groups), chance)
            elif leaves:
                _change_leaf(leaves, chance)
        yield write(grammar, changed)


def drawn(texts: Sequence[str], *, count: int, seed: int) -> list[str]:
    """New inputs for the grammar of the examples; none where there is no grammar."""
    grammar = infer(texts)
    trees = [parse(grammar, text) for text in texts] if grammar is not None else []
    known = [tree for tree in trees if tree is not None]
    if grammar is None or not known:
        return []
    return [write(grammar, tree) for tree in draw_many(_trees(grammar, known), count=count, seed=seed)]


# -- changing ------------------------------------------------------------------------------------------------------


def _change_leaf(leaves: list[Leaf], chance: random.Random) -> None:
    line, place = chance.choice(leaves)
    if len(line) > 1 and chance.random() < 0.25:
        other = chance.choice([p for owner, p in leaves if owner is line])
        line[place], line[other] = line[other], line[place]
    elif chance.random() < 0.2:
        owner, other = chance.choice(leaves)
        line[place] = owner[other] if _kind(owner[other]) is _kind(line[place]) else line[place]
    else:
        line[place] = _changed(line[place], chance)


def _changed(token: str, chance: random.Random) -> str:
    if _INTEGER.match(token):
        value = int(token)
        changed = int(mutate(value, (), chance))
        return str(changed if value < 0 else abs(changed))  # a number without a sign rarely may be negative
    if _DECIMAL.match(token):
        decimals = len(token.partition(".")[2])
        return f"{float(mutate(float(token), (), chance)):.{decimals}f}"
    letters = list(token)
    letters[chance.randrange(len(letters))] = chance.choice(letters)
    if chance.random() < 0.3:
        chance.shuffle(letters)
    return "".join(letters)


def _changed_token(text: str, chance: random.Random) -> str:
    """Without a grammar: one token changed in place, the layout as it is."""
    tokens = list(re.finditer(r"\S+", text))
    if not tokens:
        return text
    token = chance.choice(tokens)
    return text[: token.start()] + _changed(token.group(), chance) + text[token.end() :]


def _groups(parts: tuple[Part, ...], tree: Tree, offset: int) -> Iterator[list[list[Any]]]:
    """For each count in the tree, everything whose length it gives."""
    own = offset + sum(part.width for part in parts if isinstance(part, Fixed))
    for variable in range(offset, own):
        nodes = list(counted_nodes(parts, tree, variable))
        if nodes and nodes[0]:
            yield nodes
    for part, node in zip(parts, tree, strict=True):
        if isinstance(part, Repeat):
            for inner in node:
                yield from _groups(part.body, inner, own)


def _resize(nodes: list[list[Any]], chance: random.Random) -> None:
    """The same change of length to everything that one count counts, so that it stays true."""
    size = len(nodes[0])
    at, source = chance.randrange(size), chance.randrange(size)
    change: Callable[[list[Any]], list[Any]] = chance.choice(
        [
            lambda node: [*node[:at], *node[at + 1 :]] if size > 1 else node,
            lambda node: [*node, copy.deepcopy(node[source])],
            lambda node: node[:1],
            lambda node: node[::-1],
            lambda node: node + copy.deepcopy(node) if size <= MAX_COUNT else node,
        ]
    )
    for node in nodes:
        node[:] = change(node)


def _counted(parts: tuple[Part, ...]) -> frozenset[int]:
    """Variables that count something."""
    found: set[int] = set()
    for part in parts:
        if isinstance(part, (Row, Repeat)):
            found.add(part.count.variable)
        if isinstance(part, Repeat):
            found |= _counted(part.body)
    return frozenset(found)


def _leaves(parts: tuple[Part, ...], tree: Tree, counted: frozenset[int], offset: int) -> Iterator[Leaf]:
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
                    yield from _leaves(body, inner, counted, own)


# -- drawing -------------------------------------------------------------------------------------------------------


def _trees(grammar: tuple[Part, ...], known: list[Tree]) -> SearchStrategy[Tree]:
    from hypothesis import strategies as st

    counted = _counted(grammar)

    @st.composite
    def trees(draw: DrawFn) -> Tree:
        return _draw_parts(draw, grammar, known, {}, counted, 0)

    return trees()


def _draw_parts(
    draw: DrawFn,
    parts: tuple[Part, ...],
    known: list[Tree],
    sizes: dict[int, int],
    counted: frozenset[int],
    offset: int,
) -> Tree:
    """`known` are the trees that examples have here; `sizes` the counts drawn so far."""
    from hypothesis import strategies as st

    tree: Tree = []
    own = offset
    for number, part in enumerate(parts):
        seen = [each[number] for each in known]
        match part:
            case Fixed(width):
                line = []
                for place in range(width):
                    tokens = [node[place] for node in seen]
                    if own + place in counted:
                        most = max((int(token) for token in tokens), default=3)
                        least = min((int(token) for token in tokens), default=1)
                        size = draw(st.integers(min(1, least), min(MAX_COUNT, max(3, 2 * most))))
                        sizes[own + place] = size
                        line.append(str(size))
                    else:
                        line.append(draw(_tokens(tokens)))
                own += width
                tree.append(line)
            case Row(count):
                size = max(0, sizes.get(count.variable, 1) + count.plus)
                source = _tokens([token for node in seen for token in node])
                tree.append(draw(st.lists(source, min_size=size, max_size=size)))
            case Repeat(count, body):
                size = max(0, sizes.get(count.variable, 1) + count.plus)
                inner = [each for node in seen for each in node]
                tree.append([_draw_parts(draw, body, inner, dict(sizes), counted, own) for _ in range(size)])
    return tree


def _tokens(seen: list[str]) -> SearchStrategy[str]:
    """Tokens like those seen: numbers in a widened range, words of their letters and lengths."""
    from hypothesis import strategies as st

    if not seen:
        return st.just("1")
    if all(_INTEGER.match(token) for token in seen):
        values = [int(token) for token in seen]
        low, high = widened(Range(low=min(values), high=max(values)))
        return st.integers(low, high).map(str)
    if all(_INTEGER.match(token) or _DECIMAL.match(token) for token in seen):
        values_f = [float(token) for token in seen]
        low, high = widened(Range(low=min(values_f), high=max(values_f)))
        return st.integers(low * 100, high * 100).map(lambda n: f"{n / 100:.2f}")
    letters = sorted({letter for token in seen for letter in token})
    lengths = sorted({len(token) for token in seen})
    words = st.sampled_from(lengths).flatmap(lambda n: st.text(st.sampled_from(letters), min_size=n, max_size=n))
    return st.one_of(st.sampled_from(sorted(set(seen))), words)


def _kind(token: str) -> type:
    return int if _INTEGER.match(token) else float if _DECIMAL.match(token) else str
