"""What the hidden tests say about one program."""

from __future__ import annotations

from dataclasses import dataclass, field

from codegen.judging import Verdict

SHOWN = 200
"""Characters of a detail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Verdict of the hidden tests on one program.

    Attributes:
        detail: One line for a person.
        cpu_s: Of the test that decided; not stored.
        self_judged: The candidate was part of its own test program, so the verdict is no proof against cheating.
    """

    verdict: Verdict
    detail: str = ""
    cpu_s: float = field(default=0.0, compare=False)
    self_judged: bool = False

    @property
    def passed(self) -> bool:
        return self.verdict is Verdict.AC


def last_line(stderr: bytes) -> str:
    """Of a traceback the line that names the error."""
    lines = stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:SHOWN] if lines else ""
