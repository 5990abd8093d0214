"""PID 1's turns, one an input: its descriptors put in place, a process forked that enters its confinement, and a
glance at whether it has ended, as most do at once.

In C where there is the helper (`turns.c`), which also answers what is plain: an exit with 0, at once, within limits,
with nothing left behind. Elsewhere here, and every turn is looked at.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any

from sandbox.guest.confine import KEPT_FROM, Way, enter
from sandbox.guest.pages import RunPage
from sandbox.guest.process import STATUS, USAGE, Ears, fork, reap
from sandbox.guest.syscalls import syscall

DONE = 1
"""What taking turns gives when all of them are answered (no child has this PID)."""

BARRED = -2
"""What taking a turn gives in a child to which the first call of its way was refused that must not be; one less for
the second, and so on."""

GLANCE_S = 0.01
"""Most runs end sooner: their limits need not be looked at."""


def place(descriptor: int, number: int) -> None:
    """Move a descriptor to where a child finds it."""
    os.dup2(descriptor, number, inheritable=number < KEPT_FROM)
    os.close(descriptor)


class Turns(ctypes.Structure):
    """The turns of a request, as C has them.

    Attributes:
        index, inputs: The input whose turn it is, and how many there are.
        plain: Whether turns may be answered by the helper. `cpu_limit_s` is a plain turn's limit.
        build: Address of the page of a build where a turn includes one; else None.
        running: Whether the process has not ended yet; else `used` tells its end.
        taking: A function and its argument: a turn, or several. The PID of the last, which is to be looked at and
            answered; DONE when all are answered; -1 when there could be none. In each child 0, or BARRED and less.
        helped: Whether that is the helper's.
        read: Whether all the following was read, which is so only when no other process is left and the host is silent.
        cpu_s, own_s: Processor seconds of the box, and of PID 1, up to now; `before_...` up to the fork.
        begun, wall_s, used_s: The monotonic clock at the fork, and seconds of this run.
        clean: Whether it is plain to see that nothing was left in a folder.
    """

    index: int
    inputs: int
    plain: int | bool
    build: int | None
    running: int
    read: int
    clean: int
    cpu_limit_s: float
    before_cpu_s: float
    before_own_s: float
    cpu_s: float
    own_s: float
    begun: float
    wall_s: float
    used_s: float

    _fields_ = (
        ("way", ctypes.c_void_p),
        *((name, ctypes.c_int64) for name in ("asked", "calls")),
        *((name, ctypes.c_void_p) for name in ("polled", "status", "usage", "page", "cleared")),
        ("cleared_bytes", ctypes.c_int64),
        *((name, ctypes.c_void_p) for name in ("build", "ends", "places")),
        *((name, ctypes.c_int64) for name in ("each", "kept_from")),
        ("folders", ctypes.c_void_p),
        *((name, ctypes.c_int64) for name in ("listed", "cpu_file", "events_file", "id", "index", "inputs", "plain")),
        *((name, ctypes.c_double) for name in ("glance_s", "cpu_limit_s")),
        *((name, ctypes.c_double) for name in ("before_cpu_s", "before_own_s", "cpu_s", "own_s")),
        *((name, ctypes.c_int64) for name in ("running", "read", "clean", "events_bytes")),
        *((name, ctypes.c_double) for name in ("begun", "wall_s", "used_s", "build_cpu_s")),
        ("events", ctypes.c_char * 256),
    )

    def __init__(
        self, ears: Ears, page: RunPage, folders: Sequence[int], files: tuple[int, int] | None, helper: str | None
    ) -> None:
        """Of one PID 1.

        Args:
            page: Cleared before every turn.
            folders: Descriptors of what must be empty after a turn; none when a look would not show it.
            files: Descriptors of the cgroup's accounts: processor time and memory events.
            helper: Path of the C code's library.
        """
        super().__init__()
        self._ears, self._page = ears, page
        self._first_wait = ears.waiting(GLANCE_S)
        self._listing = (ctypes.c_int * max(1, len(folders)))(*folders)
        self.polled, self.status, self.usage = (ctypes.addressof(each) for each in (ears.polled, STATUS, USAGE))
        self.page, self.cleared, self.cleared_bytes = page.address, page.cleared_address, page.cleared_bytes
        self.folders, self.listed = ctypes.addressof(self._listing), len(folders)
        self.cpu_file, self.events_file = files or (-1, -1)
        self.glance_s, self.kept_from = GLANCE_S, KEPT_FROM
        self.helped = helper is not None
        self.taking: tuple[Callable[[Any], int], Any] = _take, self
        if helper is not None:
            take = ctypes.PyDLL(helper).take
            take.restype = ctypes.c_int64
            self.taking = take, ctypes.byref(self)

    def begin(self, way: Way, places: Sequence[int], ends: Sequence[int], *, identity: int, inputs: int) -> None:
        """A request with so many inputs. `ends`: descriptors of each in turn, which belong at `places`."""
        self._way = way
        self._places, self._ends = ((ctypes.c_int * max(1, len(each)))(*each) for each in (places, ends))
        self.way, self.asked, self.calls = ctypes.addressof(way.table), len(way.asked), len(way.asked) + len(way.needed)
        self.places, self.ends, self.each = ctypes.addressof(self._places), ctypes.addressof(self._ends), len(places)
        self.id, self.index, self.inputs = identity, 0, inputs

    def left(self) -> list[int]:
        """Descriptors of inputs whose turn has not come."""
        return list(self._ends[(self.index + 1) * self.each : self.inputs * self.each])

    def _place(self) -> None:
        first = self.index * self.each
        for descriptor, number in zip(self._ends[first : first + self.each], self._places, strict=False):
            place(descriptor, number)


def _take(turns: Turns) -> int:
    """A turn."""
    turns._place()
    turns._page.clear()
    turns.before_cpu_s, turns.before_own_s, turns.read = turns.cpu_s, turns.own_s, 0
    turns.begun = monotonic()
    pid = fork()
    if pid == 0:
        barred = enter(turns._way)
        return 0 if barred < 0 else BARRED - barred
    syscall(*turns._first_wait)
    turns.running = reap(pid, os.WNOHANG) != pid
    return pid
