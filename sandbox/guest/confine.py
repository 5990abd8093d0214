"""What holds a program: PID 1 prepares it once, each child enters it before anything of the program is touched."""

from __future__ import annotations

import ctypes
import os
import resource
import struct
from contextlib import suppress
from typing import NamedTuple

from sandbox.guest import seccomp

MAX_PROCESSES = 64
MAX_FILES = 256
MAX_FILE_BYTES = 64 << 20
STACK_BYTES = 256 << 20

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 4, 38
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_PATH_BENEATH = 1
_WRITE_FILE, _REFER, _TRUNCATE = 1 << 1, 1 << 13, 1 << 14
_CHANGES = 0x1FF0 | _WRITE_FILE
"""Landlock's rights to change the file system, as of its first version: write, remove, make of every kind."""
_SCOPES = 0b11
"""Signals and abstract unix sockets stay inside (Landlock 6)."""


def _prctl(option: int, value: int) -> None:
    if _LIBC.prctl(option, value, 0, 0, 0):
        number = ctypes.get_errno()
        raise OSError(number, f"prctl {option} refused: {os.strerror(number)}")


def _limit(which: int, value: int) -> None:
    _soft, hard = resource.getrlimit(which)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (value, value))


def _die_first() -> None:
    """When memory runs out it is the program that is killed, not PID 1."""
    with suppress(OSError):
        descriptor = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
        os.write(descriptor, b"1000")
        os.close(descriptor)


def _landlock_ruleset(writable: tuple[str, ...]) -> tuple[int | None, int]:
    """Descriptor of a ruleset that lets files be changed below `writable` only, and Landlock's version (0: none)."""
    version = _LIBC.syscall(_LANDLOCK_CREATE, None, 0, 1)
    if version < 1:
        return None, 0
    rights = _CHANGES | (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0)
    attributes = struct.pack("QQQ", rights, 0, _SCOPES if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = _LIBC.syscall(_LANDLOCK_CREATE, attributes, size, 0)
    if ruleset < 0:
        return None, 0
    devices = _WRITE_FILE | (_TRUNCATE if version >= 3 else 0)
    for path, granted in [*((path, rights) for path in writable), ("/dev", devices), ("/proc", devices)]:
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
        refused = _LIBC.syscall(_LANDLOCK_ADD, ruleset, _PATH_BENEATH, struct.pack("=Qi", granted, parent), 0)
        os.close(parent)
        if refused:
            os.close(ruleset)
            return None, 0
    return ruleset, version


class Confinement(NamedTuple):
    """How children of this PID 1 are held.

    Attributes:
        uid: They run as this uid and gid; None in a box with one uid only.
        ruleset: Landlock's, None where the kernel has none.
        landlock: Version of Landlock, 0 for none.
    """

    uid: int | None
    ruleset: int | None
    landlock: int

    def enter(self, *, cpu_s: int, address_space: int | None) -> None:
        """In a fresh child: lose every right that a program must not have. The order matters."""
        os.setsid()
        _die_first()
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
        _limit(resource.RLIMIT_NPROC, MAX_PROCESSES)
        if address_space is not None:
            _limit(resource.RLIMIT_AS, address_space)
        if self.uid is not None:
            os.setgroups([])
            os.setresgid(self.uid, self.uid, self.uid)
            os.setresuid(self.uid, self.uid, self.uid)
        # Its own /proc/self/fd is the program's to open (/dev/stdin); PID 1 is another uid, or undumpable.
        _prctl(_PR_SET_DUMPABLE, 1)
        if self.ruleset is not None and _LIBC.syscall(_LANDLOCK_RESTRICT, self.ruleset, 0):
            raise OSError(ctypes.get_errno(), "Landlock refused")


def confine_server(*, uid: int | None, writable: tuple[str, ...] = ("/tmp",)) -> Confinement:  # noqa: S108
    """In PID 1, once it is connected: what it and its children need no more is given up. Raises OSError."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _prctl(_PR_SET_DUMPABLE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, MAX_FILES)
    _limit(resource.RLIMIT_FSIZE, MAX_FILE_BYTES)
    _limit(resource.RLIMIT_STACK, STACK_BYTES)
    _limit(resource.RLIMIT_MEMLOCK, 0)
    ruleset, version = _landlock_ruleset(writable)
    seccomp.install()
    return Confinement(uid=uid, ruleset=ruleset, landlock=version)
