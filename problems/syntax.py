"""Python source -> syntax tree, from any thread.

CPython 3.11 counts how deep it is while it builds a tree in a place that all threads share, and raises
`SystemError: AST constructor recursion depth mismatch` when two of them build at once. So here they take turns.
"""

from __future__ import annotations

import ast
import threading
from typing import Literal, overload

_TURN = threading.Lock()


@overload
def parse(source: str) -> ast.Module: ...
@overload
def parse(source: str, mode: Literal["eval"]) -> ast.Expression: ...
def parse(source: str, mode: Literal["exec", "eval"] = "exec") -> ast.AST:
    """`ast.parse`, one at a time; raises as it does."""
    with _TURN:
        return ast.parse(source, mode=mode)
