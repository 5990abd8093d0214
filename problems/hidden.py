"""The tests that a contestant does not see. Imported by `benchmarks` and by nothing else in the product."""

from __future__ import annotations

from dataclasses import dataclass

from problems.problem import TestCase


@dataclass(frozen=True, slots=True, kw_only=True)
class HiddenTests:
    """What the scorer runs for one problem.

    Attributes:
        cases: Inputs with expected outputs, compared on the host by the problem's checker.
        code: Test code that is run as it is where it cannot be read into cases (`check(candidate)`), else "".
    """

    problem_id: str
    cases: tuple[TestCase, ...] = ()
    code: str = ""
