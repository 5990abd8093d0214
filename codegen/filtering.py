"""Judgements -> who goes on to be observed, clustered and submitted.

A program goes on that passes all public tests. Statements are wrong now and then: where none passes all of them, those
go on that come nearest, by how many tests they pass before the first that they fail.
"""

from __future__ import annotations

from collections.abc import Iterable

from codegen.judging import Judgement, Verdict
from problems.problem import Problem

_NEVER = frozenset({Verdict.CE, Verdict.IE})
"""It does not build, or is not judged."""


def filters(problem: Problem) -> bool:
    """Whether there is anything to filter by. Without public tests every program that builds survives."""
    return bool(problem.public_tests or problem.test_code)


def survives(judgement: Judgement | None) -> bool:
    """Whether a program passed all public tests. One that is not judged yet, or could not be (IE), does not."""
    return judgement is not None and judgement.verdict is Verdict.AC


def goes_on(judgement: Judgement | None, bar: int) -> bool:
    """Whether a program takes part in the selection.

    Args:
        bar: See `bar_of`, of all judgements of the problem.
    """
    return judgement is not None and judgement.verdict not in _NEVER and judgement.passed >= bar


def bar_of(passed: Iterable[int]) -> int:
    """How many public tests a program has to pass: all, or where none does, as many as the best one.

    Args:
        passed: By every program of the problem (see `passed_in_turn`).
    """
    return max(passed, default=0)


def passed_in_turn(outcomes: Iterable[bool]) -> int:
    """How many tests are passed before the first that is not: what a judgement counts."""
    count = 0
    for passed in outcomes:
        if not passed:
            break
        count += 1
    return count
