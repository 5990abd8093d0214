"""Fresh arguments for `Call` problems: examples changed a step, and draws from the shape of each argument."""

from __future__ import annotations

import ast
import random
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from codegen.inputs.constraints import bounds
from codegen.inputs.generated import Drawn
from codegen.inputs.guesses import guess
from codegen.inputs.mutation import mutate_arguments
from codegen.inputs.relations import Relations, relations
from codegen.inputs.room import clip, holds, widen
from codegen.inputs.shapes import Shape, fill, join, of_argument_hint, of_value
from problems import syntax
from problems.errors import ValueFormatError
from problems.problem import Call, Problem
from problems.values import dumps, loads


def sources(
    problem: Problem, interface: Call, chance: random.Random, *, count: int, seed: int
) -> tuple[Iterator[Drawn], Iterable[Drawn]]:
    """Endless mutations of the examples, and `count` arguments drawn with Hypothesis."""
    examples = _of_one_arity([loads(test.input) for test in problem.public_tests])
    shapes = argument_shapes(problem, interface, examples)
    kept = relations(examples)
    mutations = _written(_mutations(examples, kept, chance), shapes)
    if not shapes:
        return mutations, []
    from hypothesis import strategies as st

    from codegen.inputs.drawing import draw_many
    from codegen.inputs.strategies import strategy

    source = st.tuples(*map(strategy, shapes))
    drawn = (kept.repair(each) for each in draw_many(source, count=count, seed=seed))
    return mutations, list(_written(drawn, shapes))


def argument_shapes(problem: Problem, interface: Call, examples: Sequence[Sequence[Any]]) -> list[Shape]:
    """One shape an argument: seen in examples, said by hints, guessed from names; within the statement's bounds."""
    parameters = _parameters(interface)
    arity = len(examples[0]) if examples else len(parameters)
    said = bounds(problem.statement)
    shapes = []
    for place in range(arity):
        name, hint = parameters[place] if place < len(parameters) else ("", "")
        seen = Shape()
        for arguments in examples:
            seen = join(seen, of_value(arguments[place]))
        shape = fill(widen(seen), of_argument_hint(hint))
        if shape.empty:
            shape = guess(name, problem.statement, alone=arity == 1)
        shapes.append(clip(shape, said.values.get(name), said.sizes.get(name)))
    return shapes


def _of_one_arity(examples: list[list[Any]]) -> list[list[Any]]:
    """Those with as many arguments as the first: others leave out what has a default."""
    return [each for each in examples if len(each) == len(examples[0])]


def _mutations(examples: Sequence[Sequence[Any]], kept: Relations, chance: random.Random) -> Iterator[list[Any]]:
    while examples:
        yield kept.repair(mutate_arguments(chance.choice(examples), examples, chance))


def _written(drawn: Iterable[Sequence[Any]], shapes: Sequence[Shape]) -> Iterator[Drawn]:
    for each in drawn:
        try:
            text = dumps(list(each))
        except (ValueFormatError, UnicodeEncodeError):  # what a mutation made has no wire form
            continue
        yield Drawn(text=text, odd=not all(map(holds, shapes, each)))


def _parameters(interface: Call) -> list[tuple[str, str]]:
    """Names and annotations of the entry point's positional parameters."""
    for code in (interface.starter_code, interface.signature + "\n    pass"):
        try:
            tree = syntax.parse(code)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name == interface.entry_point:
                arguments = node.args.posonlyargs + node.args.args
                return [(a.arg, ast.unparse(a.annotation) if a.annotation else "") for a in arguments]
    return []
