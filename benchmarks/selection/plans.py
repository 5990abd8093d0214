"""Recording -> what its programs are run on.

The columns of a problem are the inputs of the model's own tests and fresh ones derived from them, and apart from these
the examples of the statement and fresh inputs derived from the examples.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache as kept
from importlib.metadata import version
from pathlib import Path

import codegen.inputs
from benchmarks.selection.cache import Cache
from benchmarks.selection.pools import Recording
from codegen.inputs import generate_inputs
from problems.codec import dumps_problem
from problems.problem import Problem, TestCase

FRESH = 40
"""Inputs derived from those of the model's tests."""
TELLING = 20
"""So many of each kind tell clusters apart, more fresh ones where there are fewer of the model's.

More split right clusters on inputs that are not valid.
"""
EDGES = 4
"""Further ones with an argument that is empty or zero: what wrong programs forget."""
FRESH_OF_EXAMPLES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the programs of a problem are run on.

    Attributes:
        inputs: Texts: first those of the model's tests, up to `asserted`; then fresh ones, up to `own`; the rest is
            derived from the examples.
        examples: Public tests.
    """

    inputs: tuple[str, ...]
    asserted: int
    own: int
    examples: tuple[TestCase, ...]

    def telling(self, *, examples: bool) -> list[int]:
        """Places of the inputs that clusters are told apart by: as many of the model's as of the fresh ones."""
        asserted = min(self.asserted, TELLING)
        edges = [place for place in range(asserted, self.own) if _is_edge(self.inputs[place])][:EDGES]
        fresh = range(self.asserted, self.own)
        spread = fresh[:: max(1, len(fresh) // (2 * TELLING - asserted))]
        chosen = list(dict.fromkeys((*range(asserted), *edges, *spread)))
        return chosen + list(range(self.own, len(self.inputs))) if examples else chosen

    @property
    def texts(self) -> tuple[str, ...]:
        """In the order of execution."""
        return (*(case.input for case in self.examples), *self.inputs)


def _is_edge(text: str) -> bool:
    """Whether an argument is empty or zero; no input of a program that reads its standard input is."""
    try:
        arguments = json.loads(text)
    except ValueError:
        return False
    return isinstance(arguments, list) and any(type(each) is not bool and each in ([], "", 0) for each in arguments)


def plan(recording: Recording, *, seed: int = 0) -> Plan:
    """Inputs of the model's tests, mutations of them and draws with Hypothesis; then the same for the examples."""
    blind = replace(recording.problem, public_tests=())
    asserted = tuple(dict.fromkeys(each.case.input for each in recording.tests))
    fresh = _derived(blind, asserted, FRESH, seed)
    own = tuple(dict.fromkeys((*asserted, *fresh)))
    shown = tuple(test.input for test in recording.problem.public_tests)
    more = _derived(blind, shown, FRESH_OF_EXAMPLES, seed) if shown else ()
    inputs = tuple(dict.fromkeys((*own, *more)))
    return Plan(inputs=inputs, asserted=len(asserted), own=len(own), examples=recording.problem.public_tests)


def _derived(problem: Problem, known: Sequence[str], count: int, seed: int) -> tuple[str, ...]:
    """Fresh inputs that are near `known` ones; these themselves left out."""
    source = replace(problem, public_tests=tuple(TestCase(input=text) for text in known))
    drawn = generate_inputs(source, seed=seed, count=len(known) + count)
    return tuple(each.text for each in drawn if each.text not in set(known))


def stored_plan(recording: Recording, cache: Cache) -> Plan:
    """The plan from the cache: to draw inputs takes longer than to read all that came of them."""
    examples = [(case.input, case.output) for case in recording.problem.public_tests]
    tests = [each.case.input for each in recording.tests]
    what = [dumps_problem(recording.problem), examples, tests, FRESH, FRESH_OF_EXAMPLES, _source_of_inputs()]
    key = hashlib.sha256(json.dumps(what).encode()).hexdigest()
    known = cache.read(f"plan:{key}")
    if "plan" in known:
        inputs, asserted, own = json.loads(known["plan"])
        return Plan(inputs=tuple(inputs), asserted=asserted, own=own, examples=recording.problem.public_tests)
    chosen = plan(recording)
    with cache.writer(f"plan:{key}") as store:
        store("plan", json.dumps([chosen.inputs, chosen.asserted, chosen.own]).encode())
    return chosen


@kept
def _source_of_inputs() -> str:
    """Changes with the code that draws inputs."""
    files = sorted(Path(codegen.inputs.__file__).parent.glob("*.py"))
    read = hashlib.sha256(version("hypothesis").encode())
    for file in files:
        read.update(file.read_bytes())
    return read.hexdigest()
