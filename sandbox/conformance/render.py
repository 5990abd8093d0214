"""The table that people see."""

from __future__ import annotations

from sandbox.conformance.check import Outcome


def line(outcome: Outcome) -> str:
    """One row: how it went, the name, what was expected and found, and below it what is wrong."""
    mark = "clean" if outcome.clean else "FAULT"
    found = outcome.found if outcome.found in outcome.expected else f"{outcome.found}, expected {outcome.expected}"
    rows = [f"{mark}  {outcome.name:<58} {found}"]
    rows += [f"       {text}" for text in (outcome.fault, *(f"left: {thing}" for thing in outcome.left)) if text]
    return "\n".join(rows)
