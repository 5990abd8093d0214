"""A plain subprocess under watch: drained while it runs, ended at its limits with its whole session."""

from __future__ import annotations

import contextlib
import math
import os
import resource
import selectors
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.execution import Execution, Limits, Status

_TICK_S = 0.05
_STDERR_EDGE = 32 << 10


@dataclass(eq=False)
class Watched:
    """One subprocess and its session."""

    popen: subprocess.Popen[bytes]
    stdout: bytearray = field(default_factory=bytearray)
    stderr: bytearray = field(default_factory=bytearray)
    usage: resource.struct_rusage | None = None
    exit_status: int = 0
    seen_bytes: int = 0

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.popen.pid, signal.SIGKILL)

    def reap(self) -> None:
        if self.usage is None:
            _, self.exit_status, self.usage = os.wait4(self.popen.pid, 0)
            self.popen.returncode = os.waitstatus_to_exitcode(self.exit_status)
        for stream in (self.popen.stdout, self.popen.stderr):
            if stream is not None:
                stream.close()

    def watch(self, limits: Limits) -> Execution:
        """Drain while it runs, end it at its limits, and say how it ended."""
        self._bound(limits)
        began = time.monotonic()
        reached = self._drain(limits, began + limits.wall_s)
        self.kill()
        self.reap()
        assert self.usage is not None
        code = os.waitstatus_to_exitcode(self.exit_status)
        cpu_s = self.usage.ru_utime + self.usage.ru_stime
        memory = self._peak_bytes(self.usage.ru_maxrss * 1024)
        if reached is None and (cpu_s > limits.cpu_s or code == -signal.SIGXCPU):
            reached = Status.TIME_LIMIT
        if reached is None and memory > limits.memory_bytes:
            reached = Status.MEMORY_LIMIT
        ended = Status.OK if code == 0 else Status.NONZERO_EXIT if code > 0 else Status.SIGNALED
        return Execution(
            status=reached or ended,
            exit_code=code if reached is None and code >= 0 else None,
            signal=-code if reached is None and code < 0 else None,
            stdout=bytes(self.stdout),
            stderr=_edges(bytes(self.stderr)),
            cpu_s=cpu_s,
            wall_s=time.monotonic() - began,
            memory_bytes=memory,
        )

    def _peak_bytes(self, counted: int) -> int:
        """Peak memory. The kernel's count begins with what this process had when it forked: below that it says nothing,
        and what was seen on the way has to do."""
        inherited = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        return counted if counted > inherited else self.seen_bytes

    def _bound(self, limits: Limits) -> None:
        """Backstops from outside the process, so that nothing of ours runs between fork and exec."""
        seconds = math.ceil(limits.cpu_s)
        bounds = {
            resource.RLIMIT_CPU: (seconds, seconds + 1),
            resource.RLIMIT_AS: (4 * limits.memory_bytes + (4 << 30),) * 2,
            resource.RLIMIT_CORE: (0, 0),
        }
        for kind, bound in bounds.items():
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(self.popen.pid, kind, bound)

    def _drain(self, limits: Limits, deadline: float) -> Status | None:
        """The limit that was reached, or None when the process ended by itself."""
        exited = os.pidfd_open(self.popen.pid)
        streams = ((self.popen.stdout, self.stdout), (self.popen.stderr, self.stderr))
        buffers = {stream.fileno(): buffer for stream, buffer in streams if stream is not None}
        try:
            with selectors.DefaultSelector() as selector:
                for descriptor in (exited, *buffers):
                    selector.register(descriptor, selectors.EVENT_READ)
                    os.set_blocking(descriptor, False)
                while True:
                    ready = {key.fd for key, _ in selector.select(_TICK_S)}
                    for descriptor in ready & buffers.keys():
                        if not _read_into(buffers[descriptor], descriptor):
                            selector.unregister(descriptor)
                    if len(self.stdout) + len(self.stderr) > limits.output_bytes:
                        del self.stdout[limits.output_bytes :]
                        return Status.OUTPUT_LIMIT
                    if exited in ready and not ready & buffers.keys():
                        return None
                    if time.monotonic() > deadline:
                        return Status.TIME_LIMIT
                    resident = _resident(self.popen.pid)
                    self.seen_bytes = max(self.seen_bytes, resident)
                    if resident > limits.memory_bytes:
                        return Status.MEMORY_LIMIT
        finally:
            os.close(exited)


def _read_into(buffer: bytearray, descriptor: int) -> bool:
    """Take what is there. False at the end of the stream."""
    try:
        chunk = os.read(descriptor, 1 << 16)
    except BlockingIOError:
        return True
    buffer += chunk
    return bool(chunk)


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()
    except (OSError, IndexError):
        return 0


def _edges(text: bytes) -> bytes:
    return text if len(text) <= 2 * _STDERR_EDGE else text[:_STDERR_EDGE] + b"\n...\n" + text[-_STDERR_EDGE:]
