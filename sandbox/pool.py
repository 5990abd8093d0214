"""A sandbox made of boxes that are launched once, kept warm, and used by one program at a time.

Both tiers are this class with a launcher of their own. A box that does anything but answer, or that a program has left
dirty, is killed and launched anew; the program's run goes on in another one. What the program did is never the reason:
only a box that fails three runs in a row becomes a SandboxError.
"""

from __future__ import annotations

import atexit
import logging
import os
import resource
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Protocol, Self, TypeVar

from sandbox.anomalies import note
from sandbox.artifacts import Artifacts, BuildStore
from sandbox.calls import is_lowered, lowered, run_lowered
from sandbox.canary import CANARY, CANARY_LIMITS, CLEAN
from sandbox.channel import BoxError
from sandbox.conversation import converse
from sandbox.errors import SandboxClosedError, SandboxError
from sandbox.execution import Execution, Grain, Limits, Program, Run, Status
from sandbox.job import AT_ONCE, Box, Job
from sandbox.languages import Language, language_of

ATTEMPTS = 3
CANARY_EVERY = 256
_CLOSING_S = 30.0
_FILES_AN_INPUT = 12
"""Descriptors that an input may need on its way, twice over: half of the process's are left to others."""


_Result = TypeVar("_Result")


class Launcher(Protocol):
    """Makes boxes. `launch` is called from several threads at once."""

    def launch(self, slot: int) -> Box:
        """A box for place 0, 1, ...: no other box of that place is alive. Raises SandboxError."""

    def close(self) -> None:
        """After all boxes are dead: leave nothing behind."""


@dataclass(slots=True)
class _Slot:
    """A place for a box: one that counts, or that of the driver in its conversations."""

    number: int
    box: Box | None = None
    runs: int = 0


class Pool:
    """See `sandbox.execution.Sandbox`. Also a context manager."""

    def __init__(
        self,
        launcher: Launcher,
        *,
        name: str,
        slots: int | None = None,
        require: Callable[[Language], None] = lambda _: None,
        store: BuildStore | None = None,
    ) -> None:
        """A pool without boxes yet.

        Args:
            slots: How many programs run at once; by default one a core of this process, but at least two.
            require: Raises SandboxUnavailableError for a language that these boxes do not have.
            store: Where builds outlive this process.
        """
        if slots is not None and slots < 1:
            raise ValueError(f"slots={slots}: a sandbox needs at least one")
        self._name = name
        self._launcher = launcher
        self._require = require
        self._slots = [_Slot(number) for number in range(slots or default_slots())]
        self._drivers = [_Slot(len(self._slots) + slot.number) for slot in self._slots]
        self._free = list(self._slots)
        self._queue: deque[object] = deque()
        self._changed = threading.Condition()
        self._launching = 0
        self._closed = False
        self._artifacts, self._codes = Artifacts(store=store), Artifacts()
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self._at_once = max(1, min(AT_ONCE, files // (_FILES_AN_INPUT * len(self._slots))))
        atexit.register(self.close)

    @property
    def name(self) -> str:
        return self._name

    @property
    def slots(self) -> int:
        return len(self._slots)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(
        self,
        program: Program,
        inputs: Sequence[bytes],
        limits: Limits,
        *,
        grain: Grain = Grain.PER_INPUT,
        keep_going: Callable[[Execution], bool] | None = None,
    ) -> Run:
        """See `sandbox.execution.Sandbox.run`."""
        self._require(language_of(program))
        if is_lowered(program):
            return run_lowered(
                lambda called, given, on: self.run(called, given, limits, keep_going=on), program, inputs, keep_going
            )
        job = Job(
            program,
            inputs,
            limits,
            grain=grain,
            keep_going=keep_going,
            artifacts=self._artifacts,
            at_once=self._at_once,
        )
        try:
            self._attempt(lambda boxes: job.advance(boxes[0]))
            while job.wants_quiet:
                note("run_again_alone", level=logging.INFO, sandbox=self._name)
                self._attempt(lambda boxes: job.advance_alone(boxes[0]), alone=True)
                self._attempt(lambda boxes: job.advance(boxes[0]))
            return job.result()
        finally:
            job.close()

    def converse(self, program: Program, driver: Program, limits: Limits) -> tuple[Execution, Execution]:
        """See `sandbox.execution.Sandbox.converse`."""
        for speaker in (program, driver):
            self._require(language_of(speaker))
        program, driver = (lowered(each, several=True) if is_lowered(each) else each for each in (program, driver))
        # The driver of many conversations is the same.
        talk = [
            Job(speaker, (), limits, grain=Grain.PER_INPUT, keep_going=None, artifacts=self._artifacts, codes=codes)
            for speaker, codes in ((program, None), (driver, self._codes))
        ]
        try:
            return self._attempt(lambda boxes: converse(talk[0], talk[1], boxes[0], boxes[1]), driver=True)
        finally:
            for job in talk:
                job.close()

    def check(self) -> list[str]:
        """Run the canary in every box that was started; what it found, a line each. Empty: all clean."""
        every = (*self._slots, *self._drivers)
        with self._acquired(len(self._slots)), self._trusted(every):
            found = [self._canary(slot) for slot in every if slot.box is not None]
        return [line for line in found if line]

    def hello(self) -> dict[str, object]:
        """What the guest says of its box: interpreter, meter, Landlock. Launches a box if there is none."""
        with self._acquired(1) as slots, self._trusted(slots):
            return dict(self._box(slots[0]).channel.hello)

    def close(self) -> None:
        """See `sandbox.execution.Sandbox.close`."""
        with self._changed:
            if self._closed:
                return
            self._closed = True
            self._changed.notify_all()
            boxes = [slot.box for slot in (*self._slots, *self._drivers) if slot.box is not None]
            under_way = len(self._slots) - len(self._free)
        if under_way:
            note("closed_under_way", level=logging.INFO, sandbox=self._name, programs=under_way)
        atexit.unregister(self.close)
        for box in boxes:
            box.channel.shut()
        _at_once([box.kill for box in boxes])
        with self._changed:
            self._changed.wait_for(
                lambda: not self._launching and len(self._free) == len(self._slots), timeout=_CLOSING_S
            )
        self._artifacts.clear()
        self._codes.clear()
        self._launcher.close()

    def _attempt(self, work: Callable[[list[Box]], _Result], *, driver: bool = False, alone: bool = False) -> _Result:
        """Do `work` with a slot's box, and its driver's if wanted; again in other boxes when one of them breaks.

        `alone`: the other slots do nothing meanwhile.
        """
        broken: BoxError | None = None
        for _ in range(ATTEMPTS):
            try:
                with self._acquired(len(self._slots) if alone else 1) as slots:
                    used = [slots[0], self._drivers[slots[0].number]] if driver else slots[:1]
                    with self._trusted(used):
                        return work([self._checked_box(slot) for slot in used])
            except BoxError as error:
                broken = error
                note("box_broken", sandbox=self._name, reason=error)
            if self._closed:
                raise SandboxClosedError("the sandbox was closed while a program was running") from broken
        note("run_given_up", level=logging.ERROR, sandbox=self._name, attempts=ATTEMPTS, reason=broken)
        raise SandboxError(
            f"{ATTEMPTS} boxes of the {self._name} sandbox failed in a row, the last one: {broken}; "
            "`codesieve sandbox doctor` looks for the reason"
        ) from broken

    @contextmanager
    def _acquired(self, count: int) -> Iterator[list[_Slot]]:
        """`count` slots at once, first come first served, so that two who want all never wait for one another."""
        ticket = object()
        with self._changed:
            self._queue.append(ticket)
            self._changed.wait_for(lambda: self._closed or (self._queue[0] is ticket and len(self._free) >= count))
            self._queue.remove(ticket)
            self._changed.notify_all()
            if self._closed:
                raise SandboxClosedError("the sandbox is closed")
            self._free.sort(key=lambda slot: slot.box is None)
            slots = [self._free.pop(0) for _ in range(count)]
        try:
            yield slots
        finally:
            with self._changed:
                self._free.extend(slots)
                self._changed.notify_all()

    @contextmanager
    def _trusted(self, slots: Sequence[_Slot]) -> Iterator[None]:
        """What is left in their boxes when it is over, or the way it is over, decides whether they are used again."""
        trusted = False
        try:
            yield
            trusted = True
        finally:
            for slot in slots:
                slot.runs += 1
                if slot.box is not None and not (trusted and slot.box.channel.clean):
                    if trusted:
                        note("box_dirty", sandbox=self._name, slot=slot.number)
                    self._discard(slot)

    def _checked_box(self, slot: _Slot) -> Box:
        """The slot's box; from time to time only after a look whether earlier runs have left anything in it."""
        box = self._box(slot)
        if slot.runs % CANARY_EVERY == CANARY_EVERY - 1 and (seen := self._canary(slot)):
            note("canary_alarm", sandbox=self._name, slot=slot.number, seen=seen)
            self._discard(slot)
            box = self._box(slot)
        return box

    def _box(self, slot: _Slot) -> Box:
        if slot.box is None:
            with self._changed:
                if self._closed:
                    raise SandboxClosedError("the sandbox is closed")
                self._launching += 1
            try:
                began = time.monotonic()
                box = self._launcher.launch(slot.number)
                seconds = f"{time.monotonic() - began:.3f}"
                note("box_started", level=logging.INFO, sandbox=self._name, slot=slot.number, seconds=seconds)
                with self._changed:
                    slot.box, slot.runs = box, 0
                    closed = self._closed
                if closed:
                    self._discard(slot)
                    raise SandboxClosedError("the sandbox was closed while a box was being started")
            finally:
                with self._changed:
                    self._launching -= 1
                    self._changed.notify_all()
        assert slot.box is not None
        return slot.box

    def _discard(self, slot: _Slot) -> None:
        with self._changed:
            box, slot.box = slot.box, None
        if box is not None:
            box.kill()

    def _canary(self, slot: _Slot) -> str:
        """What a harmless program sees in the box that should not be there."""
        canary = Job(CANARY, (b"",), CANARY_LIMITS, grain=Grain.PER_INPUT, keep_going=None, artifacts=self._artifacts)
        try:
            canary.advance(self._box(slot))
            run = canary.result()
        finally:
            canary.close()
        seen = run.executions[0] if run.executions else run.build
        if seen is not None and seen.status is Status.OK and seen.stdout == CLEAN:
            return ""
        return f"box {slot.number}: {seen}"


def default_slots() -> int:
    """One a core that this process may use, but at least two: while one runs, the host makes the other's next."""
    return max(2, len(os.sched_getaffinity(0)))


def _at_once(actions: Sequence[Callable[[], None]]) -> None:
    """Do all of it side by side; one after the other when the interpreter is ending and starts no more threads."""

    def attempt(action: Callable[[], None]) -> None:
        with suppress(SandboxError):
            action()

    threads = [threading.Thread(target=attempt, args=(action,)) for action in actions]
    for thread, action in zip(threads, actions, strict=True):
        try:
            thread.start()
        except RuntimeError:
            attempt(action)
    for thread in threads:
        if thread.ident is not None:
            thread.join()
