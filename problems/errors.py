"""Everything that `problems` raises."""

from __future__ import annotations


class ProblemError(Exception):
    """A problem could not be found or read. The message names file, line and field, and what to do."""


class ProblemFormatError(ProblemError):
    """A problem file is broken."""

    def __init__(self, message: str, *, path: str = "", line: int | None = None, field: str = "") -> None:
        place = ":".join(str(part) for part in (path, line) if part)
        named = f"field '{field}': " if field else ""
        super().__init__(f"{place}: {named}{message}" if place else f"{named}{message}")
        self.path, self.line, self.field = path, line, field


class ValueFormatError(ProblemError, ValueError):
    """A value has no wire form, or a text is not a value in wire form."""
