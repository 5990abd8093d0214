"""Problem -> generated inputs: the mix of sources, without repeats, the same for the same seed."""

from __future__ import annotations

import ast
import random
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from codegen.inputs import stdin
from codegen.inputs.constraints import bounds
from codegen.inputs.generated import GeneratedInput, Source
from codegen.inputs.mutation import mutate_arguments
from codegen.inputs.shapes import Range, Shape, fill, join, of_hint, of_value
from codegen.inputs.strategies import draw_many, strategy
from problems.errors import ValueFormatError
from problems.problem import Call, Problem
from problems.values import dumps, loads

TRIES = 8
"""How many draws a wanted mutation may cost: most repeat what is there."""

_LISTS = ("lst", "arr", "array", "list", "nums", "numbers", "values", "items", "xs", "seq")
_TEXTS = ("s", "string", "text", "str", "word", "sentence", "message", "txt")


def generate_inputs(problem: Problem, *, seed: int, count: int) -> tuple[GeneratedInput, ...]:
    """At most `count` different inputs: half of them mutations of the examples, the rest drawn with Hypothesis.

    Examples without a known output come first. Those with one are left out: survivors agree on them. Fewer inputs, or
    none, come back for a problem of which too little is known (no examples, no type hints, no names that tell).
    """
    if isinstance(problem.interface, Call):
        mutated, fresh = _call_sources(problem, problem.interface, seed=seed, count=count)
    else:
        mutated, fresh = _stdio_sources(problem, seed=seed, count=count)
    known = {test.input for test in problem.public_tests}
    taken = {test.input: _input(test.input, "example") for test in problem.public_tests if test.output is None}
    half = len(taken) + (count - len(taken) + 1) // 2
    for text in islice(mutated, count * TRIES):
        if len(taken) >= half:
            break
        if text not in known:
            taken.setdefault(text, _input(text, "mutation"))
    for text in fresh:
        if len(taken) >= count:
            break
        if text not in known:
            taken.setdefault(text, _input(text, "hypothesis"))
    return tuple(taken.values())[:count]


def _input(text: str, source: Source) -> GeneratedInput:
    return GeneratedInput(text=text, source=source)


def _stdio_sources(problem: Problem, *, seed: int, count: int) -> tuple[Iterable[str], Iterable[str]]:
    texts = [test.input for test in problem.public_tests]
    chance = random.Random(seed)  # noqa: S311 (variety, no secret)
    return stdin.mutations(texts, chance), stdin.drawn(texts, count=2 * count, seed=seed)


def _call_sources(problem: Problem, interface: Call, *, seed: int, count: int) -> tuple[Iterable[str], Iterable[str]]:
    examples: list[list[Any]] = [loads(test.input) for test in problem.public_tests]
    shapes = _argument_shapes(problem, interface, examples)
    fresh: list[str] = []
    if shapes:
        from hypothesis import strategies as st

        source = st.tuples(*map(strategy, shapes))
        fresh = list(_written(draw_many(source, count=2 * count, seed=seed)))
    chance = random.Random(seed)  # noqa: S311 (variety, no secret)
    return _written(_mutations(examples, chance)), fresh


def _mutations(examples: Sequence[Sequence[Any]], chance: random.Random) -> Iterator[list[Any]]:
    while examples:
        yield mutate_arguments(chance.choice(examples), examples, chance)


def _written(arguments: Iterable[Sequence[Any]]) -> Iterator[str]:
    for each in arguments:
        try:
            yield dumps(list(each))
        except (ValueFormatError, UnicodeEncodeError):  # what a mutation made has no wire form
            continue


def _argument_shapes(problem: Problem, interface: Call, examples: list[list[Any]]) -> list[Shape]:
    """One shape an argument: seen in examples, said by hints, told by names, within the statement's bounds."""
    parameters = _parameters(interface)
    arity = len(examples[0]) if examples else len(parameters)
    said = bounds(problem.statement)
    shapes = []
    for place in range(arity):
        name, hint = parameters[place] if place < len(parameters) else ("", "")
        seen = Shape()
        for arguments in examples:
            if len(arguments) == arity:
                seen = join(seen, of_value(arguments[place]))
        shape = fill(seen, of_hint(hint))
        if shape.empty:
            shape = _by_name(name)
        shapes.append(_within(shape, said.get(name)))
    return shapes


def _parameters(interface: Call) -> list[tuple[str, str]]:
    """Names and annotations of the entry point's positional parameters."""
    for code in (interface.starter_code, interface.signature + "\n    pass"):
        try:
            tree = ast.parse(code)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name == interface.entry_point:
                arguments = node.args.posonlyargs + node.args.args
                return [(a.arg, ast.unparse(a.annotation) if a.annotation else "") for a in arguments]
    return []


def _by_name(name: str) -> Shape:
    plain = name.lower().rstrip("0123456789")
    if plain in _LISTS:
        return of_hint("list[int]")
    return of_hint("str") if plain in _TEXTS else of_hint("int")


def _within(shape: Shape, said: Range | None) -> Shape:
    """Integers no lower than the statement allows, and no higher if what was seen leaves room."""
    if said is None or shape.ints is None:
        return shape
    low = max(shape.ints.low, said.low)
    high = max(low, min(shape.ints.high, said.high))
    return join(Shape(ints=Range(low=low, high=high)), _without_ints(shape))


def _without_ints(shape: Shape) -> Shape:
    from dataclasses import replace

    return replace(shape, ints=None)
