"""The C library's own fork and kill, called with the interpreter's lock held.

`os.fork` makes the child's interpreter ready for a parent that had threads: in a process of one thread, as PID 1 is,
that is work for nothing, and half of what a fork costs (every page that is touched afterwards is copied).
"""

from __future__ import annotations

import ctypes
import errno
import os
import signal

_LIBC = ctypes.PyDLL(None, use_errno=True)


def fork() -> int:
    """As `os.fork`, but no hook of `os.register_at_fork` is run. Only for a process of one thread."""
    pid: int = _LIBC.fork()
    if pid < 0:
        raise _error("fork")
    return pid


def kill_all() -> bool:
    """SIGKILL for all others in the namespace, at one instant; whether there was any, alive or not yet reaped."""
    if _LIBC.kill(-1, signal.SIGKILL) == 0:
        return True
    if ctypes.get_errno() != errno.ESRCH:
        raise _error("kill")
    return False


def _error(call: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, f"{call}: {os.strerror(number)}")
