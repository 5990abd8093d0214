"""Progress of a benchmark on stderr: one bar over all samples of all problems, figures so far behind it."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import NoReturn, Self

import click
from tqdm import tqdm

from benchmarks.results import ProblemResult
from benchmarks.score import Job
from benchmarks.verdict import Score
from codegen import events


class BenchProgress:
    """Feed it every event, every score, every finished problem. A context manager."""

    def __init__(self, *, problems: int, samples: int) -> None:
        self._bar: tqdm[NoReturn] = tqdm(
            total=problems * samples,
            unit="sample",
            file=sys.stderr,
            dynamic_ncols=True,
            leave=False,
            mininterval=0.2,
            miniters=0,
            disable=None,  # where stderr is no terminal: a line a problem instead
        )
        self._loaded = False
        self._asked = samples
        self._shown: dict[str, str] = {}
        self._rates: list[float] = []
        self._solved: list[bool] = []
        self._scored = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()

    def note(self, text: str) -> None:
        """A line above the bar."""
        with tqdm.external_write_mode(file=sys.stderr):
            click.echo(text, err=True)

    def show(self, event: events.Event) -> None:
        match event:
            case events.Started():
                self._bar.set_description_str(event.problem_id)
                self._bar.update(event.stored)
                if self._bar.total is not None:
                    self._bar.total -= max(0, self._asked - event.samples)
            case events.ModelLoaded() if not self._loaded:
                self._loaded = True
                self.note(f"model {event.model} ready in {event.seconds:.1f} s")
            case events.SampleDrawn():
                self._bar.update(1)
                if event.tokens_per_s:
                    self._shown["tok/s"] = f"{event.tokens_per_s:.0f}"
            case events.ProgramJudged():
                self._shown["survivors"] = f"{event.survivors}/{event.judged}"
        self._refresh()

    def scored(self, job: Job, score: Score) -> None:  # noqa: ARG002 (a callback of `score_run`)
        """One more program was run on its hidden tests."""
        self._scored += 1
        self._shown["scored"] = str(self._scored)
        self._refresh()

    def finished(self, result: ProblemResult) -> None:
        """A problem is done: take it into the running pass@1 and n@k."""
        if not result.drawn:
            return
        self._rates.append(sum(result.raw) / result.drawn)
        self._shown["pass@1"] = f"{sum(self._rates) / len(self._rates):.3f}"
        if result.submitted is not None:
            self._solved.append(any(result.submitted))
            self._shown["10@N"] = f"{sum(self._solved) / len(self._solved):.3f}"
        if self._bar.disable:
            click.echo(f"{result.problem.id}: {_summary(result)}", err=True)
        self._refresh()

    def _refresh(self) -> None:
        shown = " ".join(f"{key} {value}" for key, value in self._shown.items())
        self._bar.set_postfix_str(shown, refresh=False)
        self._bar.update(0)


def _summary(result: ProblemResult) -> str:
    passed = f"{sum(result.raw)} of {result.drawn} samples pass"
    if result.submitted is None:
        return passed
    if not result.submitted:
        return f"{passed}; nothing submitted"
    return f"{passed}; {sum(result.submitted)} of {len(result.submitted)} submissions pass"
