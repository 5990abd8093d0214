"""Sample -> Judgement: run a program on tests in the sandbox, compare on the host."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """The judge's result. IE (internal error) is ours: retried, never held against a sample."""

    AC = "AC"
    WA = "WA"
    TLE = "TLE"
    MLE = "MLE"
    OLE = "OLE"
    RTE = "RTE"
    CE = "CE"
    IE = "IE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """How one program fared on a list of tests.

    Attributes:
        verdict: AC, or the verdict of the first test that was not passed (tests after it were not run).
        passed: How many tests were passed before that.
        total: How many tests there are.
        detail: One line for a person: the failing test's name and what was seen; the compiler's message for CE.
        cpu_s: Of the slowest test.
    """

    verdict: Verdict
    passed: int
    total: int
    detail: str = ""
    cpu_s: float = 0.0
