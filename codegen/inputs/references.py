"""What tokens of standard input mean to each other beyond counts: places of a graph's nodes, ends of a range.

In a graph of n nodes an edge names nodes 1 to n; in a query the left end is not right of the right one. An input that
breaks this makes right programs read beyond their arrays.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice

from codegen.inputs.grammar import Fixed, Part, Repeat, Row, Tree, counted
from codegen.inputs.words import is_integer

_ENOUGH_VALUES = 4
_ENOUGH_PAIRS = 3
_ENOUGH_STEPS = 5
_ANYWHERE = -1
MAX_WORD = 200
"""A word is not made longer than this, whatever the number that tells its length."""

Slot = tuple[int, ...]
"""Where a token stands in the grammar: places of the parts that lead to it, then its place there (-1 in a row)."""


@dataclass(frozen=True, slots=True)
class _Token:
    slot: Slot
    line: list[str]
    place: int
    seen: tuple[int | None, ...]
    """Integers of Fixed lines before this one, as the grammar numbers them."""

    @property
    def text(self) -> str:
        return self.line[self.place]


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """What is kept true.

    Attributes:
        nodes: For a slot: the variable that bounds it, and its lowest value, 0 or 1.
        lengths: For a slot that holds a word: the variable that is its length.
        ordered: Slots whose token is never larger than the next one of its line.
    """

    nodes: dict[Slot, tuple[int, int]]
    lengths: dict[Slot, int]
    ordered: frozenset[Slot]

    def repair(self, grammar: tuple[Part, ...], tree: Tree) -> Tree:
        """The tree with every reference made true, in place. Its counts must be true already."""
        for token in _tokens(grammar, tree, (), ()):
            if token.slot in self.nodes:
                variable, base = self.nodes[token.slot]
                most = token.seen[variable]
                if most and is_integer(token.text):
                    token.line[token.place] = str((int(token.text) - base) % most + base)
            elif token.slot in self.lengths:
                length = token.seen[self.lengths[token.slot]] or 0
                if 0 < length <= MAX_WORD:
                    token.line[token.place] = "".join(islice(cycle(token.text), length))
        for token in _tokens(grammar, tree, (), ()):
            if token.slot in self.ordered:
                _order(token)
        return tree


def references(grammar: tuple[Part, ...], trees: Sequence[Tree]) -> References:
    """What holds in all examples, with enough tokens to show it."""
    counts = counted(grammar)
    by_slot: dict[Slot, list[_Token]] = defaultdict(list)
    for tree in trees:
        for token in _tokens(grammar, tree, (), ()):
            by_slot[token.slot].append(token)
    inner = {slot: tokens for slot, tokens in by_slot.items() if len(slot) > 2 or slot[-1] == _ANYWHERE}
    lengths = {slot: found for slot, tokens in by_slot.items() if (found := _length(tokens)) is not None}
    return References(
        nodes=_nodes({slot: tokens for slot, tokens in inner.items() if slot not in lengths}, counts),
        lengths=lengths,
        ordered=frozenset(slot for slot, tokens in inner.items() if _rises(slot, tokens)),
    )


def _nodes(by_slot: dict[Slot, list[_Token]], counts: frozenset[int]) -> dict[Slot, tuple[int, int]]:
    """For each kind of line the variable that bounds most of its tokens, if one of them reaches it."""
    lines: dict[Slot, list[Slot]] = defaultdict(list)
    for slot in by_slot:
        lines[slot[:-1]].append(slot)
    nodes: dict[Slot, tuple[int, int]] = {}
    for slots in lines.values():
        shown = [token for slot in slots for token in by_slot[slot]]
        if len(shown) < _ENOUGH_VALUES or len({token.text for token in shown}) < 2:
            continue
        best: list[Slot] = []
        known = min(len(token.seen) for token in shown)
        for variable in sorted(range(known), key=lambda v: v not in counts):
            for base in (1, 0):
                room = {slot: _room(by_slot[slot], variable, base) for slot in slots}
                kept = [slot for slot in slots if room[slot] is not None]
                if len(kept) > len(best) and any(room[slot] == 0 for slot in kept):
                    nodes |= dict.fromkeys(kept, (variable, base))
                    best = kept
    return nodes


def _room(tokens: Sequence[_Token], variable: int, base: int) -> int | None:
    """How far the tokens stay below the largest node; None when one is no node at all."""
    room = []
    for token in tokens:
        most = token.seen[variable]
        if most is None or not is_integer(token.text) or not base <= int(token.text) < most + base:
            return None
        room.append(most + base - 1 - int(token.text))
    return min(room)


def _length(tokens: Sequence[_Token]) -> int | None:
    words = [token for token in tokens if not is_integer(token.text)]
    if len(words) < len(tokens) or not words or max(len(token.text) for token in words) < 2:
        return None
    known = min(len(token.seen) for token in tokens)
    return next((v for v in range(known) if all(token.seen[v] == len(token.text) for token in tokens)), None)


def _rises(slot: Slot, tokens: Sequence[_Token]) -> bool:
    pairs = [(token.text, *token.line[token.place + 1 : token.place + 2]) for token in tokens]
    steps = [pair for pair in pairs if len(pair) == 2]
    enough = _ENOUGH_STEPS if slot[-1] == _ANYWHERE else _ENOUGH_PAIRS
    return len(steps) >= enough and all(
        is_integer(one) and is_integer(other) and int(one) <= int(other) for one, other in steps
    )


def _order(token: _Token) -> None:
    """Sort the row that a token begins; or put it and the next one of its line in order."""
    row = token.slot[-1] == _ANYWHERE
    until = len(token.line) if row else token.place + 2
    part = token.line[token.place : until]
    if (token.place == 0 or not row) and all(map(is_integer, part)):
        token.line[token.place : until] = sorted(part, key=int)


def _tokens(parts: tuple[Part, ...], tree: Tree, path: Slot, seen: tuple[int | None, ...]) -> Iterator[_Token]:
    for number, (part, node) in enumerate(zip(parts, tree, strict=True)):
        match part:
            case Fixed(width):
                yield from (_Token((*path, number, place), node, place, seen) for place in range(width))
                seen = (*seen, *(int(token) if is_integer(token) else None for token in node))
            case Row():
                yield from (_Token((*path, number, _ANYWHERE), node, place, seen) for place in range(len(node)))
            case Repeat(_, body):
                for inner in node:
                    yield from _tokens(body, inner, (*path, number), seen)
