"""The host's end of a box's channel: ask, read what comes out meanwhile, hear how it ended. See `guest/wire.py`."""

from __future__ import annotations

import math
import os
import select
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from sandbox.capture import Capture
from sandbox.descriptors import descriptors, pipe
from sandbox.errors import SandboxError
from sandbox.guest import wire
from sandbox.guest.wire import Answer

_AT_A_TIME = 1 << 16
_ECHO_MS = 10_000
_GLANCE_MS = 3


class BoxError(SandboxError):
    """A box is not what it should be: throw it away. Never the fault of the program that ran in it."""


class Feed:
    """One input on its way: descriptors for the guest, and the host's ends of the pipes that it writes to."""

    def __init__(self, given: Mapping[str, int], read: Sequence[str], capture: Capture) -> None:
        """`given` (names and descriptors) are the feed's from now on. For every name in `read` a pipe is made."""
        self.capture = capture
        self.theirs = dict(given)
        self.ours: dict[int, str] = {}
        try:
            for name in read:
                reading, self.theirs[name] = pipe()
                self.ours[reading] = name
                os.set_blocking(reading, False)
        except OSError:
            self.close()
            raise

    def sent(self) -> None:
        """The guest has its descriptors."""
        for descriptor in self.theirs.values():
            os.close(descriptor)
        self.theirs = {}

    def close(self) -> None:
        """Idempotent."""
        self.sent()
        for descriptor in self.ours:
            os.close(descriptor)
        self.ours = {}


def close_all(feeds: Sequence[Feed]) -> None:
    for feed in feeds:
        feed.close()


class Channel:
    """One box's socket. `exchange` from one thread at a time, `shut` from any."""

    def __init__(self, connection: socket.socket, *, patience_s: float) -> None:
        """Waits for the guest's greeting. Raises BoxError when it does not come, or is a complaint."""
        self._socket = connection
        self._serial = 0
        self._answered = select.poll()
        self._answered.register(connection, select.POLLIN)
        self._lock = threading.Lock()
        self.hello: dict[str, Any] = {}
        connection.settimeout(patience_s)
        try:
            greeting, _ = wire.receive(connection)
        except (OSError, ValueError) as error:
            raise BoxError(f"the guest did not greet within {patience_s:g} s: {error}") from error
        if greeting is None or "hello" not in greeting:
            raise BoxError(f"the guest could not start: {(greeting or {}).get('failed', 'it ended at once')}")
        connection.settimeout(None)
        self.hello = greeting["hello"]
        self.clean = True

    def shut(self) -> None:
        """Break the connection: whoever waits on it gets a BoxError at once. Idempotent."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.shut()
        self._socket.close()

    def probe(self) -> None:
        """See whether a descriptor reaches the guest and works there. Raises BoxError."""
        with descriptors() as kept:
            reading, writing = (kept.keep(end) for end in pipe())
            self._ask({"op": "echo", "text": "codesieve", "fds": ["probe"]}, [writing])
            if os.read(reading, 64) != b"codesieve":
                raise BoxError("a descriptor that was passed to the guest does not work there")

    def exchange(
        self,
        request: Mapping[str, Any],
        given: Mapping[str, int],
        feeds: Sequence[Feed],
        on_answer: Callable[[Answer, Capture], bool],
        *,
        patience_s: float,
        silence_s: float = math.inf,
        on_sent: Callable[[], object] | None = None,
    ) -> None:
        """Send a "run" request for one input a feed; read what comes out; tell `on_answer` how each ended, in order.

        `given` are descriptors for all inputs, which stay the caller's. When `on_answer` says false, no further
        input is begun. Ends early after one that did not come out of the build, or that left something behind. When no
        call has ended for `silence_s`, the guest is told how many have.

        Raises:
            BoxError: The guest is gone, or silent for `patience_s`.
        """
        each = list(feeds[0].theirs)
        ends = [descriptor for feed in feeds for descriptor in feed.theirs.values()]
        message = {**request, "op": "run", "inputs": len(feeds), "fds": list(given), "each": each}
        self._send(message, [*given.values(), *ends])
        for feed in feeds:
            feed.sent()
        if on_sent:
            on_sent()
        wanted = True
        for index, feed in enumerate(feeds):
            answer = self._follow(feed, index, patience_s, silence_s)
            wanted = wanted and on_answer(answer, feed.capture)
            if answer.last:
                return
            if not wanted:
                self._tell({"op": "stop", "id": self._serial, "input": index, "all": True})

    def exchange_one(
        self,
        request: Mapping[str, Any],
        given: Mapping[str, int],
        feed: Feed,
        *,
        patience_s: float,
        silence_s: float = math.inf,
    ) -> Answer:
        """As `exchange`, for one input."""
        answers: list[Answer] = []

        def keep(answer: Answer, _: Capture) -> bool:
            answers.append(answer)
            return True

        try:
            self.exchange(request, given, [feed], keep, patience_s=patience_s, silence_s=silence_s)
        finally:
            feed.close()
        return answers[0]

    def _follow(self, feed: Feed, index: int, patience_s: float, silence_s: float) -> Answer:
        """Read one input's streams until its answer is there."""
        capture, streams = feed.capture, feed.ours
        deadline, silent_at = time.monotonic() + patience_s, time.monotonic() + silence_s
        # Most programs have ended before their output would fill a pipe: then one waking is enough.
        if not self._answered.poll(_GLANCE_MS):
            poller = select.poll()
            poller.register(self._socket, select.POLLIN)
            for descriptor in streams:
                poller.register(descriptor, select.POLLIN)
            stopped = False
            while True:
                now = time.monotonic()
                if capture.take_sign_of_life():
                    deadline, silent_at = now + patience_s, now + silence_s
                wait_s = max(0.0, min(deadline, silent_at) - now)
                ready = [descriptor for descriptor, _ in poller.poll(wait_s * 1000)]
                if not ready and time.monotonic() >= deadline:
                    raise BoxError(f"the guest did not answer within {patience_s:g} s")
                if not ready:
                    self._tell({"op": "silent", "id": self._serial, "since": now, "calls": capture.calls})
                    silent_at = time.monotonic() + silence_s
                    continue
                for descriptor in ready:
                    if descriptor in streams and _read(descriptor, streams[descriptor], capture) == 0:
                        poller.unregister(descriptor)
                if not streams.keys() >= set(ready):
                    break  # the socket, which may be closed by now
                if capture.stop and not stopped:
                    self._tell({"op": "stop", "id": self._serial, "input": index, "all": False})
                    stopped = True
        answer = self._receive()
        if not isinstance(answer, Answer) or answer.input != index:
            raise BoxError("the guest answered for another input")
        # Nobody is left who could write: what is in the pipes is all there will be.
        for descriptor, name in streams.items():
            while not capture.stop and _read(descriptor, name, capture):
                pass
        feed.close()
        return answer

    def _send(self, message: dict[str, Any], fds: list[int]) -> None:
        self._serial += 1
        self._tell({**message, "id": self._serial}, fds)

    def _tell(self, message: dict[str, Any], fds: Sequence[int] = ()) -> None:
        try:
            wire.send(self._socket, message, fds)
        except OSError as error:
            raise BoxError(f"the guest is gone: {error}") from error

    def _ask(self, message: dict[str, Any], fds: list[int]) -> None:
        self._send(message, fds)
        if not self._answered.poll(_ECHO_MS):
            raise BoxError("the guest does not answer")
        self._receive()

    def _receive(self) -> Answer | dict[str, Any]:
        try:
            answer = wire.receive_answer(self._socket)
        except (OSError, ValueError) as error:
            raise BoxError(f"the guest does not speak the protocol: {error}") from error
        if answer is None:
            raise BoxError("the guest is gone")
        if isinstance(answer, Answer):
            self.clean = self.clean and answer.clean
        said = answer._asdict() if isinstance(answer, Answer) else answer
        if said.get("id") != self._serial:
            raise BoxError(f"the guest failed: {said.get('failed', 'it answered another request')}")
        return answer


def _read(descriptor: int, name: str, capture: Capture) -> int | None:
    """Feed what is there; how much it was: 0 at the end, None when nothing is there yet."""
    try:
        data = os.read(descriptor, _AT_A_TIME)
    except BlockingIOError:
        return None
    if data:
        capture.feed(name, data)
    return len(data)
