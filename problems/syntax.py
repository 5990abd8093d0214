"""Python source -> syntax tree, from any thread.

CPython 3.11 counts how deep it is while it builds a tree in a place that all threads share, and raises
`SystemError: AST constructor recursion depth mismatch` when two of them build at once. So here they take turns; and
since libraries build trees of their own (Hypothesis does), what failed for that reason is done once more.
"""

from __future__ import annotations

import ast
import threading
from collections.abc import Callable
from typing import Literal, TypeVar, overload

_TURN = threading.Lock()
_DISTURBED = "AST constructor recursion depth mismatch"
_ATTEMPTS = 100

Result = TypeVar("Result")


@overload
def parse(source: str) -> ast.Module: ...
@overload
def parse(source: str, mode: Literal["eval"]) -> ast.Expression: ...
def parse(source: str, mode: Literal["exec", "eval"] = "exec") -> ast.AST:
    """`ast.parse`, one at a time; raises as it does."""
    with _TURN:
        return undisturbed(lambda: ast.parse(source, mode=mode))


def undisturbed(work: Callable[[], Result]) -> Result:
    """What `work` returns. It is called again where another thread's tree came between; it must not mind that."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return work()
        except SystemError as error:
            if not str(error).startswith(_DISTURBED):
                raise
    return work()
