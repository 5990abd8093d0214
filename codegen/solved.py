"""A library of solved problems -> the ones nearest to a problem, as examples for its prompt.

Nearness is BM25 over the statements (bm25s). A near-duplicate of the problem itself is refused: an example must not be
the answer. The library is the bundled problems with their right solutions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from problems.codec import read_solutions
from problems.library import DATA, bundled
from problems.problem import Call, Problem

MAX_CHARS = 3000
"""Of an example: longer ones cost more than they tell."""
OVERLAP = 0.4
"""Share of the pairs of words of the shorter statement that the other one has, from which two are the same problem."""
_WORD = re.compile(r"[a-z]+|\d+")
_COMMON = 8
"""Fewer pairs of words than this say nothing about sameness by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """A problem with a right Python program."""

    problem: Problem
    program: str


@cache
def library() -> tuple[Solved, ...]:
    """The bundled problems that have a right Python program which is not too long."""
    found = []
    for problem in bundled():
        right = [each for each in read_solutions(DATA / problem.id) if each.correct and each.language == "python"]
        programs = sorted((each.source for each in right), key=len)
        if programs and len(programs[0]) + len(problem.statement) <= MAX_CHARS:
            found.append(Solved(problem=problem, program=programs[0]))
    return tuple(found)


def nearest(problem: Problem, count: int, *, among: Sequence[Solved] | None = None) -> tuple[Solved, ...]:
    """At most `count` solved problems of the same kind (called or fed by input), best first; no near-duplicates."""
    called = isinstance(problem.interface, Call)
    known = [
        each
        for each in (library() if among is None else among)
        if isinstance(each.problem.interface, Call) is called and not is_near_duplicate(each.problem, problem)
    ]
    if not known or count < 1:
        return ()
    import bm25s  # type: ignore[import-untyped]

    index = bm25s.BM25()
    index.index([_words(_text(each.problem)) for each in known], show_progress=False)
    scores = index.get_scores(_words(_text(problem)))
    order = sorted(range(len(known)), key=lambda place: (-float(scores[place]), known[place].problem.id))
    return tuple(known[place] for place in order[:count])


def is_near_duplicate(one: Problem, other: Problem) -> bool:
    """Whether two problems are the same but for a little wording: equal ids or names, or mostly the same text."""
    if one.id == other.id:
        return True
    left, right = _pairs(one), _pairs(other)
    shorter = min(len(left), len(right))
    return shorter >= _COMMON and len(left & right) / shorter >= OVERLAP


def _pairs(problem: Problem) -> frozenset[tuple[str, str]]:
    return frozenset(pairwise(_words(_text(problem))))


def _text(problem: Problem) -> str:
    """Statement and, where it is not in it, the starter code."""
    starter = problem.interface.starter_code if isinstance(problem.interface, Call) else ""
    return problem.statement if starter.strip() in problem.statement else f"{problem.statement}\n{starter}"


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())
