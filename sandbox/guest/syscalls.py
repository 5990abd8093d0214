"""System calls by number, where a detour through the interpreter's own functions would cost a fresh fork its pages."""

from __future__ import annotations

import ctypes
import os
from typing import Any

LIBC = ctypes.PyDLL(None)
"""Called with the interpreter's lock held: in a process of one thread there is nobody to give it to."""

syscall = LIBC.syscall

_MACHINES = ("x86_64", "aarch64")
_NUMBERS = {
    "read": (0, 63),
    "write": (1, 64),
    "close": (3, 57),
    "lseek": (8, 62),
    "rt_sigprocmask": (14, 135),
    "wait4": (61, 260),
    "kill": (62, 129),
    "setsid": (112, 157),
    "setresuid": (117, 147),
    "setresgid": (119, 149),
    "setpriority": (141, 140),
    "prctl": (157, 167),
    "getdents64": (217, 61),
    "openat": (257, 56),
    "ppoll": (271, 73),
    "signalfd4": (289, 74),
    "prlimit64": (302, 261),
    "close_range": (436, 436),
    "landlock_create_ruleset": (444, 444),
    "landlock_add_rule": (445, 445),
    "landlock_restrict_self": (446, 446),
}
"""On x86_64 and on aarch64."""

Call = tuple[Any, ...]
"""Number and arguments of a system call: integers, and bytes or arrays where it wants an address."""

_errno = LIBC.__errno_location
_errno.restype = ctypes.POINTER(ctypes.c_int)


def number(name: str) -> int:
    """Of a system call on this machine."""
    return _NUMBERS[name][_MACHINES.index(os.uname().machine)]


def last_error() -> int:
    """The number of what the C call that has just failed complains of."""
    value: int = _errno().contents.value
    return value


def refused(what: str) -> OSError:
    """The same, to be raised."""
    code = last_error()
    return OSError(code, f"{what} refused: {os.strerror(code)}")
