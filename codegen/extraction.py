"""Completion -> program: the last complete program in a model's text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """What was found in a completion.

    Attributes:
        program: Source text; None when there is none (counted apart, never a silent zero).
        language: Of the program.
        salvaged: Names of the repairs that took no model call ("imports", "prefix", "tail"); empty: as written.
        problem: Why there is no program, else "".
    """

    program: str | None
    language: str
    salvaged: tuple[str, ...] = ()
    problem: str = ""
