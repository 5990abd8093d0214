"""Judgement -> survivor: who goes on to be observed, clustered and submitted."""

from __future__ import annotations

from codegen.judging import Judgement, Verdict
from problems.problem import Problem


def filters(problem: Problem) -> bool:
    """Whether there is anything to filter by. Without public tests every program that builds survives."""
    return bool(problem.public_tests)


def survives(judgement: Judgement | None) -> bool:
    """Whether a program passed all public tests. One that is not judged yet, or could not be (IE), does not go on."""
    return judgement is not None and judgement.verdict is Verdict.AC
