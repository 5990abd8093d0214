"""Hypothesis as a source of values outside of tests. Import it only where values are drawn: it brings Hypothesis in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider
from hypothesis.strategies import SearchStrategy

from codegen.models.cache import cache_dir


class SteadyProvider(HypothesisProvider):
    """Draws depend on the seed alone.

    Hypothesis' own provider mixes in constants that it reads out of whatever modules happen to be loaded: another
    input after every `import`. That also takes seconds on the first draw.
    """

    def _maybe_draw_constant(self, *_: Any, **__: Any) -> None:
        return None


_BACKEND = "codesieve"


def draw_many(source: SearchStrategy[Any], *, count: int, seed: int) -> list[Any]:
    """Up to `count` values of a strategy, the same ones for the same seed; repeats are possible."""
    AVAILABLE_PROVIDERS.setdefault(_BACKEND, f"{__name__}.{SteadyProvider.__name__}")
    set_hypothesis_home_dir(str(cache_dir() / "hypothesis"))  # else it leaves a folder where the user stands
    drawn: list[Any] = []

    def collect(value: Any) -> None:
        drawn.append(value)

    settings = hypothesis.settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
        verbosity=hypothesis.Verbosity.quiet,
        backend=_BACKEND,
    )
    run: Callable[[], None] = hypothesis.seed(seed)(settings(hypothesis.given(source)(collect)))
    run()
    return drawn
