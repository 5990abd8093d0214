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


def test_an_expression() -> None:
    assert isinstance(syntax.parse("1 + 1", "eval").body, ast.BinOp)
    with pytest.raises(SyntaxError):
        syntax.parse("x = 1", "eval")
