"""Progress of a run on stderr: one tqdm bar over the samples of all problems, rates and counts behind it."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Never, Self

import click
from tqdm import tqdm

from codegen import events
from codegen.judging import Verdict


class Progress:
    """Feed it every event. A context manager: the bar is closed whatever happens.

    Args:
        samples: How many there will be in all, where that is known; None: the sum over the problems begun.
    """

    def __init__(self, *, samples: int | None = None) -> None:
        self._bar: tqdm[Never] = tqdm(
            total=samples or 0,
            unit="sample",
            file=sys.stderr,
            dynamic_ncols=True,
            leave=False,
            mininterval=0.2,
            miniters=0,
            delay=0.2,
            disable=None,  # where stderr is no terminal
        )
        self._known = samples is not None
        self._counts: dict[str, str] = {}
        self._judged = self._survivors = self._executions = 0
        self._model_ready = False
        self._told = {""}
        """Details that are about the tests or the host, and so the same for many programs."""
        self._executing_since: float | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()

    @property
    def seen(self) -> bool:
        """Whether there is a terminal to show a bar on."""
        return not self._bar.disable

    def note(self, text: str) -> None:
        """A line above the bar."""
        with tqdm.external_write_mode(file=sys.stderr):
            click.echo(text, err=True)

    def show(self, event: events.Event) -> None:
        match event:
            case events.Started():
                self._start(event)
            case events.ModelLoaded() if not self._model_ready:
                self._model_ready = True
                self.note(f"model {event.model} ready in {event.seconds:.1f} s")
            case events.SandboxReady():
                self.note(f"sandbox {event.sandbox} ready in {event.seconds:.1f} s")
            case events.SampleDrawn():
                self._bar.set_description_str(event.problem_id, refresh=False)
                self._bar.update(1)
                if event.tokens_per_s:
                    self.count("tok/s", f"{event.tokens_per_s:.0f}")
            case events.ProgramJudged():
                self._judged += 1
                if event.verdict in (Verdict.AC, Verdict.IE) and event.detail not in self._told:
                    self._told.add(event.detail)
                    self.note(f"{event.problem_id}: {event.detail}")
                self._survivors += event.verdict is Verdict.AC
                self.count("survivors", f"{self._survivors}/{self._judged}")
                self._executed(event.executions)
            case events.ProgramObserved() | events.ProgramExamined():
                self._executed(event.executions)
            case _:
                return
        self._refresh()

    def count(self, name: str, value: str) -> None:
        """A figure behind the bar."""
        self._counts[name] = value

    def _start(self, event: events.Started) -> None:
        if not self._known:
            if self.seen:
                self._bar.total = (self._bar.total or 0) + event.samples
            if event.stored:
                self.note(f"{event.problem_id}: {event.stored} samples already in the run file")
        if not event.filtering:
            self.note(f"{event.problem_id}: no examples: filtering is off, every program that builds survives")
        if self.seen:
            self._bar.initial += event.stored  # no part of the rate, and so of the time that is left
        self._bar.update(event.stored)

    def _executed(self, count: int) -> None:
        """Rate of executions, a program on one input each, since the first result."""
        now = time.monotonic()
        if self._executing_since is None:
            self._executing_since = now
            return
        self._executions += count
        if (elapsed := now - self._executing_since) > 1.0:
            self.count("exec/s", f"{self._executions / elapsed:.0f}")

    def _refresh(self) -> None:
        shown = " ".join(f"{key} {value}" for key, value in self._counts.items())
        self._bar.set_postfix_str(shown, refresh=False)
        self._bar.update(0)
