"""Progress of a run on stderr: one tqdm bar over the samples, with the sieve's counts behind it."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Never, Self

import click
from tqdm import tqdm

from codegen import events


class Progress:
    """Feed it every event. A context manager: the bar is closed whatever happens."""

    def __init__(self, *, unit: str = "sample") -> None:
        self._bar: tqdm[Never] = tqdm(
            total=0, unit=unit, file=sys.stderr, dynamic_ncols=True, leave=False, mininterval=0.2, delay=0.2
        )
        self._counts: dict[str, str] = {}

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
                self._bar.reset(total=event.samples)
                self._bar.set_description_str(event.problem_id)
                self._bar.update(event.stored)
                self._counts.clear()
                if event.stored:
                    self.note(f"{event.problem_id}: {event.stored} samples already in the run file")
                if not event.filtering:
                    self.note(f"{event.problem_id}: no examples: filtering is off, every program that builds survives")
            case events.ModelLoaded():
                self.note(f"model {event.model} ready in {event.seconds:.1f} s")
            case events.SandboxReady():
                self.note(f"sandbox {event.sandbox} ready in {event.seconds:.1f} s")
            case events.SampleDrawn():
                self._bar.update(1)
                if event.tokens_per_s:
                    self._counts["tok/s"] = f"{event.tokens_per_s:.0f}"
            case events.ProgramJudged():
                self._counts["survivors"] = f"{event.survivors}/{event.judged}"
            case events.ProgramObserved():
                self._counts["clusters"] = str(event.clusters)
            case _:
                return
        self._bar.set_postfix_str(" ".join(f"{key} {value}" for key, value in self._counts.items()))
