"""Standard input drawn for an inferred grammar. Import it only where values are drawn: it brings Hypothesis in."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from codegen.inputs.grammar import Fixed, Part, Repeat, Row, Tree, counted
from codegen.inputs.room import widened
from codegen.inputs.shapes import Range
from codegen.inputs.words import is_decimal, is_integer

MAX_COUNT = 8


def trees_like(grammar: tuple[Part, ...], known: list[Tree]) -> SearchStrategy[Tree]:
    counts = counted(grammar)

    @st.composite
    def trees(draw: DrawFn) -> Tree:
        return _draw_parts(draw, grammar, known, {}, counts, 0)

    return trees()


def _draw_parts(
    draw: DrawFn,
    parts: tuple[Part, ...],
    known: list[Tree],
    sizes: dict[int, int],
    counts: frozenset[int],
    offset: int,
) -> Tree:
    """`known` are the trees that examples have here; `sizes` the counts drawn so far."""
    tree: Tree = []
    own = offset
    for number, part in enumerate(parts):
        seen = [each[number] for each in known]
        match part:
            case Fixed(width):
                line = []
                for place in range(width):
                    tokens = [node[place] for node in seen]
                    if own + place in counts:
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
                tree.append([_draw_parts(draw, body, inner, dict(sizes), counts, own) for _ in range(size)])
    return tree


def _tokens(seen: list[str]) -> SearchStrategy[str]:
    """Tokens like those seen: numbers in a widened range, words of their letters and lengths."""
    if not seen:
        return st.just("1")
    if all(is_integer(token) for token in seen):
        values = [int(token) for token in seen]
        near = widened(Range(low=min(values), high=max(values)))
        return st.integers(int(near.low), int(near.high)).map(str)
    if all(is_integer(token) or is_decimal(token) for token in seen):
        values_f = [float(token) for token in seen]
        near = widened(Range(low=min(values_f), high=max(values_f)))
        decimals = max(len(token.partition(".")[2]) for token in seen)
        scale = 10**decimals
        return st.integers(int(near.low) * scale, int(near.high) * scale).map(lambda n: f"{n / scale:.{decimals}f}")
    letters = sorted({letter for token in seen for letter in token})
    lengths = sorted({len(token) for token in seen})
    words = st.sampled_from(lengths).flatmap(lambda n: st.text(st.sampled_from(letters), min_size=n, max_size=n))
    return st.one_of(st.sampled_from(sorted(set(seen))), words)
