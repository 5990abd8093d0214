"""The host's end of a box's channel: ask, read what comes out meanwhile, hear how it ended. See `guest/wire.py`."""

from __future__ import annotations

import os
import select
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from sandbox.capture import Capture
from sandbox.descriptors import descriptors, pipe
from sandbox.errors import SandboxError
from sandbox.guest import wire

_AT_A_TIME = 1 << 16
_ECHO_MS = 10_000


class BoxError(SandboxError):
    """A box is not what it should be: throw it away. Never the fault of the program that ran in it."""


class Channel:
    """One box's socket. `exchange` from one thread at a time, `shut` from any."""

    def __init__(self, connection: socket.socket, *, patience_s: float) -> None:
        """Waits for the guest's greeting. Raises BoxError when it does not come, or is a complaint."""
        self._socket = connection
        self._serial = 0
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
            answer = self._ask({"op": "echo", "text": "codesieve", "fds": ["probe"]}, [writing])
            if answer.get("id") != self._serial or os.read(reading, 64) != b"codesieve":
                raise BoxError("a descriptor that was passed to the guest does not work there")

    def exchange(
        self,
        request: Mapping[str, Any],
        given: Mapping[str, int],
        read: Sequence[str],
        capture: Capture,
        *,
        patience_s: float,
    ) -> dict[str, Any]:
        """Send a "run" request; feed what it writes to `capture`; its answer.

        `given` are descriptors for the guest, which stay the caller's. For every name in `read` there is a pipe
        besides.

        Raises:
            BoxError: The guest is gone, or silent for `patience_s`.
        """
        with descriptors() as kept:
            pipes = {name: tuple(kept.keep(end) for end in pipe()) for name in read}
            theirs = {**given, **{name: ends[1] for name, ends in pipes.items()}}
            self._send({**request, "op": "run", "fds": list(theirs)}, list(theirs.values()))
            for _, writing in pipes.values():
                kept.close(writing)
            return self._follow({ends[0]: name for name, ends in pipes.items()}, capture, patience_s)

    def _follow(self, streams: dict[int, str], capture: Capture, patience_s: float) -> dict[str, Any]:
        poller = select.poll()
        for descriptor in (*streams, self._socket.fileno()):
            poller.register(descriptor, select.POLLIN)
        answer: dict[str, Any] | None = None
        stopped = False
        deadline = time.monotonic() + patience_s
        while True:
            if capture.take_sign_of_life():
                deadline = time.monotonic() + patience_s
            # After the answer nobody is left who could write: what is in the pipes is all there will be.
            ready = poller.poll(0 if answer else max(0.0, deadline - time.monotonic()) * 1000)
            if not ready:
                if answer:
                    return answer
                raise BoxError(f"the guest did not answer within {patience_s:g} s")
            for descriptor, _ in ready:
                if descriptor in streams:
                    data = os.read(descriptor, _AT_A_TIME)
                    if data:
                        capture.feed(streams[descriptor], data)
                    else:
                        poller.unregister(descriptor)
                        del streams[descriptor]
                else:
                    answer = self._receive()
                    poller.unregister(self._socket)
            if answer and not streams:
                return answer
            if capture.stop and not stopped and not answer:
                self._tell({"op": "stop", "id": self._serial})
                stopped = True

    def _send(self, message: dict[str, Any], fds: list[int]) -> None:
        self._serial += 1
        self._tell({**message, "id": self._serial}, fds)

    def _tell(self, message: dict[str, Any], fds: Sequence[int] = ()) -> None:
        try:
            wire.send(self._socket, message, fds)
        except OSError as error:
            raise BoxError(f"the guest is gone: {error}") from error

    def _ask(self, message: dict[str, Any], fds: list[int]) -> dict[str, Any]:
        self._send(message, fds)
        poller = select.poll()
        poller.register(self._socket, select.POLLIN)
        if not poller.poll(_ECHO_MS):
            raise BoxError("the guest does not answer")
        return self._receive()

    def _receive(self) -> dict[str, Any]:
        try:
            answer, _ = wire.receive(self._socket)
        except (OSError, ValueError) as error:
            raise BoxError(f"the guest does not speak the protocol: {error}") from error
        if answer is None:
            raise BoxError("the guest is gone")
        if answer.get("id") != self._serial:
            raise BoxError(f"the guest failed: {answer.get('failed', 'it answered another request')}")
        self.clean = self.clean and answer.get("clean", True) is True
        return answer
