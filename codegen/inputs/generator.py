"""Problem -> generated inputs: the mix of sources, without repeats, the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Iterable
from itertools import islice

from codegen.inputs import arguments, stdin
from codegen.inputs.generated import Drawn, GeneratedInput, Source
from problems.problem import Call, Problem
from problems.syntax import undisturbed

TRIES = 16
"""How many draws a wanted mutation may cost: most repeat what is there, or go too far."""
ODD_SHARE = 8
"""One in so many inputs may be odd: empty where no example is, or beyond the range that the examples suggest."""


def generate_inputs(problem: Problem, *, seed: int, count: int) -> tuple[GeneratedInput, ...]:
    """At most `count` different inputs: half of them mutations of the examples, the rest drawn with Hypothesis.

    Examples without a known output come first. Those with one are left out: survivors agree on them. Fewer inputs, or
    none, come back for a problem of which too little is known, or that has no more inputs near its examples.
    """
    if count < 1:
        return ()
    if problem.is_question:
        return tuple(GeneratedInput(text=test.input, source="example") for test in problem.public_tests)
    return undisturbed(lambda: _generated(problem, seed, count))


def _generated(problem: Problem, seed: int, count: int) -> tuple[GeneratedInput, ...]:
    chance = random.Random(seed)  # noqa: S311 (variety, no secret)
    if isinstance(problem.interface, Call):
        mutated, fresh = arguments.sources(problem, problem.interface, chance, count=2 * count, seed=seed)
    else:
        mutated, fresh = stdin.sources(problem, chance, count=2 * count, seed=seed)
    known = {test.input.rstrip() for test in problem.public_tests if test.output is not None}
    mix = _Mix(known, odd_left=max(1, count // ODD_SHARE))
    for test in problem.public_tests:
        if test.output is None:
            mix.add(Drawn(text=test.input), "example")
    half = len(mix.taken) + (count - len(mix.taken) + 1) // 2
    mix.fill(islice(mutated, count * TRIES), "mutation", upto=half)
    mix.fill(fresh, "hypothesis", upto=count)
    mix.fill(islice(mutated, count * TRIES), "mutation", upto=count)
    return tuple(mix.taken.values())[:count]


class _Mix:
    """Inputs taken so far, by text."""

    def __init__(self, known: set[str], *, odd_left: int) -> None:
        self.taken: dict[str, GeneratedInput] = {}
        self._known = known
        self._odd_left = odd_left

    def fill(self, drawn: Iterable[Drawn], source: Source, *, upto: int) -> None:
        if len(self.taken) >= upto:
            return
        for each in drawn:
            self.add(each, source)
            if len(self.taken) >= upto:
                return

    def add(self, drawn: Drawn, source: Source) -> None:
        if drawn.text.rstrip() in self._known or drawn.text in self.taken or (drawn.odd and not self._odd_left):
            return
        self._odd_left -= drawn.odd
        self.taken[drawn.text] = GeneratedInput(text=drawn.text, source=source)
