"""The C library's own fork, called with the interpreter's lock held.

`os.fork` makes the child's interpreter ready for a parent that had threads: in a process of one thread, as PID 1 is,
that is work for nothing, and half of what a fork costs (every page that is touched afterwards is copied).
"""

from __future__ import annotations

import ctypes
import os

_FORK = ctypes.PyDLL(None, use_errno=True).fork


def fork() -> int:
    """As `os.fork`, but no hook of `os.register_at_fork` is run. Only for a process of one thread."""
    pid: int = _FORK()
    if pid < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"fork: {os.strerror(number)}")
    return pid
