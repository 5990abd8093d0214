"""What holds a program: PID 1 prepares it, each child enters it before anything of the program is touched.

A child's way in is a list of system calls, made ready by PID 1 once for all children with the same limits. The same
said in Python touches objects all over the interpreter's memory, and in a fresh fork every page that is touched is
copied.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import resource
import signal
import struct
from typing import Any, NamedTuple

from sandbox.guest import seccomp
from sandbox.guest.syscalls import LIBC, Call, number, refused, syscall

KEPT_FROM = 200
"""In a child, descriptors that the guest's own code still needs are moved up here, out of the program's way."""

STANDARD = {"stdin": 0, "stdout": 1, "stderr": 2}

MAX_PROCESSES = 64
MAX_FILES = 256
MAX_FILE_BYTES = 64 << 20
STACK_BYTES = 256 << 20

_WAYS_KEPT = 64
_NICENESS = 19

_AT_FDCWD = -100
_NO_SIGNALS = bytes(8)
_PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 4, 38
_PATH_BENEATH = 1
_WRITE_FILE, _REFER, _TRUNCATE = 1 << 1, 1 << 13, 1 << 14
_CHANGES = 0x1FF0 | _WRITE_FILE
"""Landlock's rights to change the file system, as of its first version: write, remove, make of every kind."""
_SCOPES = 0b11
"""Signals and abstract unix sockets stay inside (Landlock 6)."""


def _prctl(option: int, value: int) -> None:
    if LIBC.prctl(option, value, 0, 0, 0):
        raise refused(f"prctl {option}")


def _allowed(which: int, value: int) -> int:
    _soft, hard = resource.getrlimit(which)
    return value if hard == resource.RLIM_INFINITY else min(value, hard)


def _limit(which: int, value: int) -> None:
    value = _allowed(which, value)
    resource.setrlimit(which, (value, value))


def _limits(soft: int, hard: int) -> ctypes.Array[ctypes.c_ulong]:
    """As C takes them."""
    return (ctypes.c_ulong * 2)(soft, hard)


def _bound(which: int, value: int) -> ctypes.Array[ctypes.c_ulong]:
    value = _allowed(which, value)
    return _limits(value, value)


def _landlock_ruleset(writable: tuple[str, ...]) -> tuple[int | None, int]:
    """Descriptor of a ruleset that lets files be changed below `writable` only, and Landlock's version (0: none)."""
    version = syscall(number("landlock_create_ruleset"), None, 0, 1)
    if version < 1:
        return None, 0
    rights = _CHANGES | (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0)
    attributes = struct.pack("QQQ", rights, 0, _SCOPES if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = syscall(number("landlock_create_ruleset"), attributes, size, 0)
    if ruleset < 0:
        return None, 0
    devices = _WRITE_FILE | (_TRUNCATE if version >= 3 else 0)
    for path, granted in [*((path, rights) for path in writable), ("/dev", devices), ("/proc", devices)]:
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
        failed = syscall(number("landlock_add_rule"), ruleset, _PATH_BENEATH, struct.pack("=Qi", granted, parent), 0)
        os.close(parent)
        if failed:
            os.close(ruleset)
            return None, 0
    return ruleset, version


class Way(NamedTuple):
    """System calls of a child's way in: those that a system may refuse, and those that it must not.

    Attributes:
        table: All of them as C takes them, seven numbers each.
        addressed: What numbers in it are the addresses of.
    """

    asked: tuple[Call, ...]
    needed: tuple[Call, ...]
    table: ctypes.Array[ctypes.c_int64]
    addressed: tuple[ctypes.Array[Any], ...]

    @classmethod
    def of(cls, asked: tuple[Call, ...], needed: tuple[Call, ...]) -> Way:
        calls = (*asked, *needed)
        table = (ctypes.c_int64 * (7 * len(calls)))()
        addressed = []
        for place, call in enumerate(calls):
            for argument, value in enumerate(call):
                if isinstance(value, bytes):
                    value = ctypes.create_string_buffer(value)
                if isinstance(value, ctypes.Array):
                    addressed.append(value)
                    value = ctypes.addressof(value)
                table[7 * place + argument] = value or 0
        return cls(asked, needed, table, tuple(addressed))


_CLOSE_OTHERS = (number("close_range"), 3, KEPT_FROM - 1, 0)
CLOSES_RANGES = syscall(_CLOSE_OTHERS[0], KEPT_FROM, KEPT_FROM, 0) == 0
"""Whether the kernel has this call (Linux 5.9)."""


def enter(way: Way) -> int:
    """In a child: the place of the first call that was refused and must not be; -1 when none was."""
    if not CLOSES_RANGES:
        os.closerange(3, KEPT_FROM)
    for call in way.asked:
        syscall(*call)
    for place, call in enumerate(way.needed, start=len(way.asked)):
        if syscall(*call) < 0:
            return place
    return -1


class Confinement:
    """How children of this PID 1 are held."""

    def __init__(self, *, uid: int | None, ruleset: int | None, landlock: int) -> None:
        """
        Args:
            uid: They run as this uid and gid; None in a box with one uid only.
            ruleset: Landlock's, None where the kernel has none.
            landlock: Version of Landlock, 0 for none.
        """
        self.uid, self.landlock, self._ruleset = uid, landlock, ruleset
        self._ways: dict[tuple[int, int | None], Way] = {}

    def way(self, *, cpu_s: int, address_space: int | None) -> Way:
        """What a fresh child must do to lose every right that a program must not have."""
        key = cpu_s, address_space
        if key not in self._ways:
            if len(self._ways) >= _WAYS_KEPT:
                self._ways.clear()
            self._ways[key] = self._new_way(cpu_s, address_space)
        return self._ways[key]

    def _new_way(self, cpu_s: int, address_space: int | None) -> Way:
        # Its own /proc/self is the program's to open (/dev/stdin); PID 1 is another uid, or undumpable.
        readable = (number("prctl"), _PR_SET_DUMPABLE, 1, 0, 0, 0)
        asked = (
            *([_CLOSE_OTHERS] if CLOSES_RANGES else []),
            *([readable] if self.uid is None else []),
            # When memory runs out it is the program that is killed, not PID 1.
            # (The other descriptors are closed: the file gets the lowest number.)
            (number("openat"), _AT_FDCWD, b"/proc/self/oom_score_adj", os.O_WRONLY),
            (number("write"), 3, b"1000", 4),
            (number("close"), 3),
            # A box with a uid of its own has a cgroup of its own: this is between it and PID 1, who must have the
            # processor as soon as a limit is passed, however many processes want it.
            *([] if self.uid is None else [(number("setpriority"), 0, 0, _NICENESS)]),
        )
        needed: list[Call] = [
            (number("setsid"),),
            (number("prlimit64"), 0, resource.RLIMIT_CPU, _limits(cpu_s, cpu_s + 1), None),
            (number("prlimit64"), 0, resource.RLIMIT_NPROC, _bound(resource.RLIMIT_NPROC, MAX_PROCESSES), None),
        ]
        if address_space is not None:
            needed.append((number("prlimit64"), 0, resource.RLIMIT_AS, _bound(resource.RLIMIT_AS, address_space), None))
        if self.uid is not None:
            # A change of uid makes it unreadable again.
            needed += [(number("setresgid"), *(self.uid,) * 3), (number("setresuid"), *(self.uid,) * 3), readable]
        if self._ruleset is not None:
            needed += [(number("landlock_restrict_self"), self._ruleset, 0), (number("close"), self._ruleset)]
        needed.append((number("rt_sigprocmask"), signal.SIG_SETMASK, _NO_SIGNALS, None, 8))
        return Way.of(asked, tuple(needed))


def confine_server(*, uid: int | None, writable: tuple[str, ...] = ("/tmp",)) -> Confinement:  # noqa: S108
    """In PID 1, once it is connected: what it and its children need no more is given up. Raises OSError."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _prctl(_PR_SET_DUMPABLE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, MAX_FILES)
    _limit(resource.RLIMIT_FSIZE, MAX_FILE_BYTES)
    _limit(resource.RLIMIT_STACK, STACK_BYTES)
    _limit(resource.RLIMIT_MEMLOCK, 0)
    if uid is not None:
        os.setgroups([])
    ruleset, version = _landlock_ruleset(writable)
    if ruleset is not None:
        low, ruleset = ruleset, fcntl.fcntl(ruleset, fcntl.F_DUPFD_CLOEXEC, MAX_FILES - 1)
        os.close(low)
    seccomp.install()
    return Confinement(uid=uid, ruleset=ruleset, landlock=version)
