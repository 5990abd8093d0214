"""PID 1's helper, `guest/turns.c`: the command that compiles it, and where the library is found in a box.

It is compiled where its box is made from, by the compiler there: in the image, once, as its last layer. The library's
name says which code is in it, so a box gets that of its own guest, or none.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

SOURCE = Path(__file__).parent / "guest" / "turns.c"

_FOLDER = "/usr/lib/codesieve"
_COMPILE = 'mkdir -p "${1%/*}" && printf %s "$2" | gcc -O2 -shared -fPIC -o "$1" -x c - && chmod 644 "$1"'


def path() -> str:
    """Its path in the image."""
    return f"{_FOLDER}/turns-{hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:12]}.so"


def compiling(target: str) -> tuple[str, ...]:
    """The command that makes the library."""
    return "sh", "-c", _COMPILE, "compile", target, SOURCE.read_text()
