"""Engines are shared by who asks for the same, and closed when nobody does."""

from __future__ import annotations

from codegen.editor.engines import Engines
from codegen.editor.options import Options


def test_an_engine_lives_as_long_as_somebody_uses_it() -> None:
    engines, one, other = Engines(), Options(sandbox="unsafe"), Options(sandbox="unsafe", seed=1)
    engines.use(one)
    engines.use(one)
    engines.use(other)
    first, second = engines.get(one), engines.get(other)
    assert first is not second
    assert engines.get(Options(sandbox="unsafe", samples=3)) is first, "samples are a request's"
    engines.leave(one)
    assert engines.get(one) is first
    engines.leave(other)
    assert engines.get(other) is not second
    engines.leave(one)
    assert engines.get(one) is not first
    engines.close()
