"""Progress of a benchmark: the engine's bar with running pass@1 and n@k; a line a problem where there is no bar."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from tqdm import tqdm

from codegen.cli.progress import Progress


class BenchProgress(Progress):
    """Feed it every event and every finished problem.

    Args:
        problems, samples: How many problems, and samples of each, there will be.
    """

    def __init__(self, *, problems: int, samples: int) -> None:
        super().__init__(samples=problems * samples)
        self._problems = problems
        self._finished = 0
        self._rates: list[float] = []
        self._solved: list[bool] = []

    def finished(self, problem_id: str, *, drawn: int, passed: int, submitted: tuple[bool, ...] | None) -> None:
        """A problem is done: take it into the running figures.

        Args:
            passed: Of its drawn samples, as the model wrote them.
            submitted: Whether each submission passes; None when nothing was ranked.
        """
        self._finished += 1
        if drawn:
            self._rates.append(passed / drawn)
            self.count("pass@1", f"{sum(self._rates) / len(self._rates):.3f}")
            if submitted is not None:
                self._solved.append(any(submitted))
                self.count("10@N", f"{sum(self._solved) / len(self._solved):.3f}")
        self.count("problems", f"{self._finished}/{self._problems}")
        if not self.seen:
            click.echo(f"{problem_id}: {_summary(drawn, passed, submitted)}", err=True)

    @contextmanager
    def figures(self) -> Iterator[Callable[[], object]]:
        """A bar of its own for what is counted in the end; call what it gives after each problem."""
        with tqdm(total=self._problems, desc="figures", unit="problem", leave=False, disable=None) as bar:
            yield bar.update


def _summary(drawn: int, passed: int, submitted: tuple[bool, ...] | None) -> str:
    text = f"{passed} of {drawn} samples pass"
    if submitted is None:
        return text
    if not submitted:
        return f"{text}; nothing submitted"
    return f"{text}; {sum(submitted)} of {len(submitted)} submissions pass"
