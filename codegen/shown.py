"""Inputs as a person reads them."""

from __future__ import annotations

from problems.errors import ValueFormatError
from problems.problem import Call, Problem
from problems.values import loads

MAX_SHOWN = 4000


def shown_input(text: str, problem: Problem) -> str:
    """Standard input as it is; arguments as the call that they make."""
    if isinstance(problem.interface, Call):
        try:
            arguments = ", ".join(map(repr, loads(text)))
            text = f"{problem.interface.entry_point}({arguments})"
        except (ValueFormatError, ValueError):  # ValueError: an int too long to be written
            pass
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"
