"""One run: a worker's thread tells what happens, any number of readers in the event loop follow it.

Readers pull from one list of events at their own pace. So one that is slow costs nothing but its place in the list.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from codegen.events import QuestionAsked
from codegen.runs import RunFile
from codegen.service.refusals import Refusal
from codegen.service.requests import Choice


class State(StrEnum):
    """Where a run is. INTERRUPTED: the service ended before the run did; it can go on."""

    QUEUED = "queued"
    RUNNING = "running"
    ASKING = "asking"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"

    @property
    def ended(self) -> bool:
        return self not in (State.QUEUED, State.RUNNING, State.ASKING)


@dataclass(slots=True, kw_only=True, eq=False)
class Run:
    """A run that is under way, or was read from its file.

    Attributes:
        request: What the journal keeps of the request, in JSON.
        events: Their texts in JSON; the first one has number 1.
        funnel: Of the report, when there is one.
        error: Why it failed, as `Refusal.to_json` says it.
        file: Its run file, while it is open and nobody works on the run.
    """

    id: str
    client: str
    path: Path
    request: dict[str, Any]
    state: State = State.QUEUED
    events: list[str] = field(default_factory=list)
    funnel: dict[str, int] | None = None
    error: dict[str, Any] | None = None
    file: RunFile | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)
    question: QuestionAsked | None = None
    stop: Callable[[], object] | None = None
    """Ends the work on it, while there is some."""
    _keep: Callable[[int, str], None] | None = None
    _reply: Choice | None = None
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _watchers: set[Callable[[], object]] = field(default_factory=set)
    _released: bool = False

    # -- the worker's side -------------------------------------------------------------------------------------

    def keep_with(self, keep: Callable[[int, str], None] | None) -> None:
        """From now on events are stored by this, in the worker's thread; None when the file is closed."""
        self._keep = keep

    def publish(self, event: dict[str, Any]) -> None:
        text = as_text(event)
        if self._keep is not None:
            self._keep(len(self.events) + 1, text)
        self.events.append(text)
        self._wake()

    def enter(self, state: State) -> None:
        """Change the state, and say so."""
        self.publish(self.state_event(state))
        self.state = state
        self._wake()

    def state_event(self, state: State) -> dict[str, Any]:
        """What says that it is in this state, and why where it failed."""
        return {"event": "state", "state": state.value} | ({"error": self.error} if self.error else {})

    def wait_for_reply(self, question: QuestionAsked, seconds: float) -> Choice:
        """The client's answer; "stop" when none comes in time, or the run is cancelled."""
        with self._changed:
            self.question, self._reply = question, None
        self.enter(State.ASKING)
        with self._changed:
            self._changed.wait_for(lambda: self._reply is not None or self.cancelled.is_set(), timeout=seconds)
            reply: Choice = "stop" if self._reply is None else self._reply
            self.question = None
        self.enter(State.RUNNING)
        return reply

    def take_file(self) -> RunFile | None:
        """The open file, which is then the caller's to close."""
        file, self.file = self.file, None
        return file

    # -- the client's side -------------------------------------------------------------------------------------

    def answer(self, number: int, choice: Choice) -> None:
        """Raises Refusal where there is no such question, or no such choice."""
        with self._changed:
            question = self.question
            if question is None or self._reply is not None or question.number != number:
                now = "none" if question is None or self._reply is not None else f"number {question.number}"
                remedy = "answer the question of the last event question_asked"
                raise Refusal(409, "question", number, f"not the one that is open; open is {now}", remedy)
            if isinstance(choice, int) and not 0 <= choice < len(question.outputs):
                remedy = f'give a place from 0 to {len(question.outputs) - 1}, "neither", "invalid" or "stop"'
                raise Refusal(400, "choice", choice, "no such output", remedy)
            self._reply = choice
            self._changed.notify_all()

    def cancel(self) -> None:
        """Whoever works on it stops within a second."""
        self.cancelled.set()
        if (stop := self.stop) is not None:
            stop()
        with self._changed:
            self._changed.notify_all()

    def release(self) -> None:
        """Let all who follow go: the service ends."""
        self._released = True
        self._wake()

    async def follow(self, after: int) -> AsyncIterator[tuple[int, str]]:
        """Events with their numbers, those behind number `after`, until the run has ended."""
        loop, changed = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody follows any more
                loop.call_soon_threadsafe(changed.set)

        self._watchers.add(wake)
        try:
            while True:
                changed.clear()
                over = self.state.ended or self._released  # read before the events: none comes after it
                while after < len(self.events):
                    after += 1
                    yield after, self.events[after - 1]
                if over:
                    return
                await changed.wait()
        finally:
            self._watchers.discard(wake)

    def _wake(self) -> None:
        for wake in tuple(self._watchers):
            wake()

    # -- for people --------------------------------------------------------------------------------------------

    def summary(self) -> dict[str, Any]:
        """A line of the history."""
        return {
            "id": self.id,
            "state": self.state.value,
            "title": self.request["title"],
            "problem_id": self.request["problem_id"],
            "created": self.request["created"],
            "samples": self.request["samples"],
            "ask": self.request["ask"],
            "funnel": self.funnel,
            "error": self.error,
        }


def as_text(event: dict[str, Any]) -> str:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def moment() -> str:
    """Now, in UTC, as RFC 3339 has it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
