"""The threads of one engine: known to it, so that closing it can wait for the last one, and turns between them."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

_TICK_S = 0.1
"""How often who waits looks whether it still should."""


class Threads:
    """Start threads with it, or let them `adopt` themselves; `join` waits for all that are left."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: set[threading.Thread] = set()

    def start(self, work: Callable[[], object], name: str) -> None:
        """Do some work in a thread of this name."""
        thread = threading.Thread(target=work, name=name, daemon=True)
        self._keep(thread)
        thread.start()

    def adopt(self) -> None:
        """Count the calling thread, one of a pool, among these: the pool's `initializer`."""
        self._keep(threading.current_thread())

    def join(self, timeout_s: float) -> bool:
        """Wait until all have ended, the calling one excepted; whether they have."""
        until = time.monotonic() + timeout_s
        with self._lock:
            known = tuple(self._known)
        for thread in known:
            if thread is not threading.current_thread():
                thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in known if thread is not threading.current_thread())

    def aside(self, work: Callable[[], T], name: str, given_up: Callable[[], bool]) -> T | None:
        """What `work` gives, done in a thread; None as soon as `given_up` says so, the thread left to its end.

        Raises: What `work` raises.
        """
        found: list[T] = []
        failed: list[BaseException] = []
        done = threading.Event()

        def guarded() -> None:
            try:
                found.append(work())
            except BaseException as error:  # noqa: BLE001 (raised again in the caller's thread)
                failed.append(error)
            finally:
                done.set()

        self.start(guarded, name)
        while not done.wait(_TICK_S):
            if given_up():
                return None
        if failed:
            raise failed[0]
        return found[0]

    def _keep(self, thread: threading.Thread) -> None:
        with self._lock:
            self._known = {each for each in self._known if each.is_alive() or each.ident is None}
            self._known.add(thread)


class Turns:
    """A lock that is handed on in the order in which it was asked for, and need not be waited for to the end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._taken = False

    @contextmanager
    def turn(self, given_up: Callable[[], bool] = lambda: False) -> Iterator[bool]:
        """Wait for one's turn and hold it; False inside when `given_up` said yes before it came."""
        mine = threading.Event()
        with self._lock:
            if self._taken:
                self._waiting.append(mine)
            else:
                self._taken = True
                mine.set()
        try:
            while not mine.wait(_TICK_S) and not given_up():
                pass
            yield mine.is_set()
        finally:
            with self._lock:
                if mine in self._waiting:
                    self._waiting.remove(mine)
                elif self._waiting:
                    self._waiting.popleft().set()
                else:
                    self._taken = False
