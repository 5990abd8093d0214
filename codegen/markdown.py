"""Code blocks in a model's Markdown: fences of any length, `~~~`, indented, never closed. One pass over the lines."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FENCE = re.compile(r"^([ \t]*)(`{3,}|~{3,})[ \t]*([^`\n]*)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block.

    Attributes:
        label: First word after the opening fence, in lower case: "python", "cpp", "".
        code: What stands between the fences, the fence's own indentation taken off each line.
        first, last: Numbers of its first line and of the line behind its last one (of the whole text).
        closed: Whether a closing fence was seen.
    """

    label: str
    code: str
    first: int
    last: int
    closed: bool


def blocks(text: str) -> list[Block]:
    """The outermost fenced blocks of `text`, in order."""
    lines = text.split("\n")
    found: list[Block] = []
    opened: tuple[int, str, str, str] | None = None  # line, indentation, fence, label
    for number, line in enumerate(lines):
        fence = _FENCE.match(line)
        if fence is None:
            continue
        indentation, ticks, info = fence.groups()
        if opened is None:
            words = info.split()
            opened = (number + 1, indentation, ticks, words[0].strip("{}.").lower() if words else "")
        elif ticks[0] == opened[2][0] and len(ticks) >= len(opened[2]) and not info.strip():
            found.append(_block(lines, opened, number, closed=True))
            opened = None
    if opened is not None:
        found.append(_block(lines, opened, len(lines), closed=False))
    return found


def has_fence(text: str) -> bool:
    return "```" in text or "~~~" in text


def _block(lines: list[str], opened: tuple[int, str, str, str], end: int, *, closed: bool) -> Block:
    first, indentation, _, label = opened
    code = "\n".join(line.removeprefix(indentation) for line in lines[first:end])
    return Block(
        label=label, code=code.rstrip("\n") + "\n" if code.strip() else "", first=first, last=end, closed=closed
    )
