"""How likely an input is one that the problem allows, where nobody says so."""

from __future__ import annotations

import re
from collections.abc import Callable

from codegen.inputs.arguments import argument_shapes
from codegen.inputs.grammar import infer, parse, write
from codegen.inputs.references import references
from codegen.inputs.relations import relations
from codegen.inputs.room import holds
from codegen.inputs.stdin import near_of
from codegen.inputs.words import is_integer
from problems.errors import ValueFormatError
from problems.problem import Call, Problem
from problems.values import canonical, loads

IMPLAUSIBLE = 0.5
"""What is left of the estimate for an input that is unlike the examples or breaks what the statement says."""


def validity(*, plausible: bool, answered: float, programs: float) -> float:
    """Estimate that an input is valid, 0 to 1.

    Args:
        plausible: See `plausible`.
        answered, programs: How many of the survivors end well on it, and how many there are; or weights of these.
    """
    share = (answered + 1) / (programs + 2) if programs else 0.5
    return share if plausible else IMPLAUSIBLE * share


def plausibility(problem: Problem) -> Callable[[str], bool]:
    """A function that tells whether an input keeps to the statement's constraints and to what all examples keep."""
    if isinstance(problem.interface, Call):
        return _of_arguments(problem, problem.interface)
    return _of_text(problem)


def allowed_from(problem: Problem, start: str) -> Callable[[str], bool]:
    """What a shown input may shrink to: from one that is plausible only to such, from another to any."""
    plausible = plausibility(problem)
    return plausible if plausible(start) else lambda _: True


def _of_arguments(problem: Problem, interface: Call) -> Callable[[str], bool]:
    examples = [loads(test.input) for test in problem.public_tests]
    examples = [each for each in examples if len(each) == len(examples[0])]
    shapes = argument_shapes(problem, interface, examples)
    kept = relations(examples)

    def plausible(text: str) -> bool:
        try:
            arguments = loads(text)
        except ValueFormatError:
            return False
        if not isinstance(arguments, list) or len(arguments) != len(shapes):
            return not shapes
        return all(map(holds, shapes, arguments)) and canonical(kept.repair(arguments)) == canonical(arguments)

    return plausible


def _of_text(problem: Problem) -> Callable[[str], bool]:
    texts = [test.input for test in problem.public_tests]
    grammar, near = infer(texts), near_of(texts)
    trees = [tree for text in texts if grammar is not None and (tree := parse(grammar, text)) is not None]
    kept = references(grammar, trees) if grammar is not None else None

    def plausible(text: str) -> bool:
        if near is not None and any(int(token) not in near for token in re.findall(r"\S+", text) if is_integer(token)):
            return False
        if grammar is None or kept is None:
            return True
        tree = parse(grammar, text)
        return tree is not None and write(grammar, kept.repair(grammar, tree)).split() == text.split()

    return plausible
