"""Fork, wait and kill as plain system calls.

`os.fork` makes the child's interpreter ready for a parent that had threads, and `os.wait4` builds an object of sixteen
numbers: in PID 1, a process of one thread, that is work for nothing, and half of what a fork costs (every page that is
touched afterwards is copied).
"""

from __future__ import annotations

import ctypes
import errno
import os
import select
import signal
import struct

from sandbox.guest.syscalls import LIBC, Call, last_error, number, refused, syscall

_fork = getattr(LIBC, "_Fork", LIBC.fork)  # the first leaves out what other threads would need (GNU library 2.34)
WAIT4, _KILL, _PPOLL, _READ, _SIGNALFD = map(number, ("wait4", "kill", "ppoll", "read", "signalfd4"))

_SIGCHLD = (1 << (signal.SIGCHLD - 1)).to_bytes(8, "little")
_SIGNAL = ctypes.create_string_buffer(128)
STATUS = ctypes.c_int()
STATUS_AT = ctypes.byref(STATUS)
USAGE = ctypes.create_string_buffer(256)
_FIELDS = struct.Struct("=5q")  # struct rusage: seconds and microseconds, user and system; largest resident size in KiB


ANY_LEFT = WAIT4, -1, STATUS_AT, os.WNOHANG, USAGE
"""The call that says whether there are children; see `reap`."""


def fork() -> int:
    """As `os.fork`, but no hook of `os.register_at_fork` is run. Only for a process of one thread."""
    pid: int = _fork()
    if pid < 0:
        raise refused("fork")
    return pid


def reap(pid: int, flags: int = 0) -> int:
    """A child's PID when it has ended; 0 when it (with WNOHANG) has not; below 0 when there is none.

    `pid` is -1 for any child. What it used is `used()` from then on.
    """
    found: int = syscall(WAIT4, pid, STATUS_AT, flags, USAGE)
    return found


def used() -> tuple[int, float, int]:
    """Of the child reaped last: wait status, processor seconds, peak bytes."""
    user_s, user_us, system_s, system_us, peak_kib = _FIELDS.unpack_from(USAGE)
    return STATUS.value, user_s + system_s + (user_us + system_us) / 1e6, peak_kib << 10


def kill_all() -> None:
    """SIGKILL for all others in the namespace, at one instant."""
    if syscall(_KILL, -1, signal.SIGKILL) < 0 and last_error() != errno.ESRCH:
        raise refused("kill")


class Ears:
    """Waits for a child's end and for the host at once. For a process that blocks SIGCHLD.

    Attributes:
        polled: Two of struct pollfd, the host's and the children's: each a descriptor (two halves), what is waited for,
            and what has come.
        forget: The call that forgets that children have ended.
    """

    def __init__(self, channel: int) -> None:
        ended = syscall(_SIGNALFD, -1, _SIGCHLD, 8, os.O_CLOEXEC | os.O_NONBLOCK)
        if ended < 0:
            raise refused("signalfd")
        self.polled = (ctypes.c_ushort * 8)(channel, 0, select.POLLIN, 0, ended, 0, select.POLLIN, 0)
        self.forget = (_READ, ended, _SIGNAL, 128)

    def waiting(self, seconds: float) -> Call:
        """The call that waits until a child has ended, the host speaks, or time is up."""
        return _PPOLL, self.polled, 2, (ctypes.c_long * 2)(int(seconds), int(seconds % 1 * 1e9)), None, 0

    def wait(self, seconds: float) -> bool:
        """Whether the host speaks."""
        syscall(*self.waiting(seconds))
        syscall(*self.forget)
        return self.polled[3] != 0
