"""What comes out of a run, read while it runs: standard output and error under one cap, and returned values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.guest.wire import ERROR, FRAME, MEMORY, VALUE

STDERR_HEAD = STDERR_TAIL = 32 << 10
REPORT_BYTES = 64 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """One call's end, as the guest told it."""

    kind: bytes
    cpu_s: float
    payload: bytes


class Capture:
    """Collects streams by name. Once `exceeded`, nothing more is kept: the run is to be stopped."""

    def __init__(self, output_bytes: int, *, on_returned: Callable[[Returned], bool] | None = None) -> None:
        """`on_returned` is told of each call's end; when it says false the run is to be stopped.

        Without it one call is expected, and its end kept in `returned`.
        """
        self.returned: list[Returned] = []
        self._limit = output_bytes
        self._on_returned = on_returned
        self._counted = 0
        self._stdout: list[bytes] = []
        self._head, self._tail, self._left_out = bytearray(), bytearray(), 0
        self._frames = bytearray()
        self._report = bytearray()
        self._alive, self._calls = False, 0
        self.exceeded = False
        self.enough = False
        self.garbled = False

    @property
    def stop(self) -> bool:
        """Whether nothing more is wanted."""
        return self.exceeded or self.enough or self.garbled

    @property
    def stdout(self) -> bytes:
        return b"".join(self._stdout)

    @property
    def stderr(self) -> bytes:
        middle = b"\n... %d bytes left out ...\n" % self._left_out if self._left_out else b""
        return bytes(self._head + middle + self._tail)

    @property
    def report(self) -> bytes:
        return bytes(self._report)

    def feed(self, name: str, data: bytes) -> None:
        if self.stop:
            return
        room = self._limit - self._counted
        if name == "values":
            self._feed_values(data)
        elif name == "report":
            self._report += data[: REPORT_BYTES - len(self._report)]
        else:
            self._counted += len(data)
            if len(data) > room:
                self.exceeded = True
                data = data[:room]
            if name == "stdout":
                self._stdout.append(data)
            else:
                self._feed_stderr(data)

    @property
    def calls(self) -> int:
        """How many calls have ended."""
        return self._calls

    def take_sign_of_life(self) -> bool:
        """Whether a call has ended since this was asked last."""
        alive, self._alive = self._alive, False
        return alive

    def new_call(self) -> None:
        """The cap is one call's: begin to count anew."""
        self._counted = 0
        self._stdout.clear()
        self._head.clear()
        self._tail.clear()
        self._left_out = 0

    def _feed_stderr(self, data: bytes) -> None:
        fitting = max(0, STDERR_HEAD - len(self._head))
        self._head += data[:fitting]
        self._tail += data[fitting:]
        surplus = len(self._tail) - STDERR_TAIL
        if surplus > 0:
            self._left_out += surplus
            del self._tail[:surplus]

    def _feed_values(self, data: bytes) -> None:
        self._frames += data
        while len(self._frames) >= FRAME.size and not self.stop:
            kind, cpu_s, length = FRAME.unpack_from(self._frames)
            if kind not in (VALUE, ERROR, MEMORY) or not 0 <= cpu_s < 1e9:
                self.garbled = True
                return
            if length > self._limit:
                self.exceeded = True
                return
            end = FRAME.size + length
            if len(self._frames) < end:
                return
            payload = bytes(self._frames[FRAME.size : end])
            del self._frames[:end]
            self._alive = True
            self._calls += 1
            returned = Returned(kind=kind, cpu_s=cpu_s, payload=payload)
            if self._on_returned is not None:
                self.enough = not self._on_returned(returned)
            elif self.returned:
                self.enough = True
            else:
                self.returned.append(returned)
