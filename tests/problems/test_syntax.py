"""Syntax trees from several threads at once."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from problems import syntax

SOURCE = "def f(x):\n" + "".join(f"    x = [{i}, (x + {i}) * 2, {{'a': x}}]\n" for i in range(60)) + "    return x\n"


@pytest.fixture
def hasty() -> Iterator[None]:
    """Threads take turns as often as can be."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("hasty")
def test_threads_do_not_disturb_each_other() -> None:
    wanted = ast.dump(ast.parse(SOURCE))
    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(lambda _: ast.dump(syntax.parse(SOURCE)), range(60))) == {wanted}


def test_what_a_library_that_does_not_take_turns_disturbed_is_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    attempts = []

    def disturbed(source: str, *, mode: str) -> ast.AST:
        attempts.append(source)
        if len(attempts) < 3:
            raise SystemError("AST constructor recursion depth mismatch (before=51, after=49)")
        return compile(source, "<unknown>", mode, ast.PyCF_ONLY_AST)

    monkeypatch.setattr(ast, "parse", disturbed)
    assert isinstance(syntax.parse("x = 1"), ast.Module)
    assert len(attempts) == 3


def test_other_system_errors_are_nobody_elses_doing() -> None:
    def fail() -> None:
        raise SystemError("bad argument to internal function")

    with pytest.raises(SystemError, match="bad argument"):
        syntax.undisturbed(fail)


def test_an_expression() -> None:
    assert isinstance(syntax.parse("1 + 1", "eval").body, ast.BinOp)
    with pytest.raises(SyntaxError):
        syntax.parse("x = 1", "eval")
