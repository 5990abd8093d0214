"""What holds a program: PID 1 prepares it, each child enters it before anything of the program is touched.

A child's way in is a list of plain C calls, made ready by PID 1. The same said in Python touches objects all over the
interpreter's memory, and in a fresh fork every page that is touched is copied: 190 pages a child, against 20.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import resource
import signal
import struct
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from sandbox.guest import seccomp

KEPT_FROM = 200
"""In a child, descriptors that the guest's own code still needs are moved up here, out of the program's way."""

MAX_PROCESSES = 64
MAX_FILES = 256
MAX_FILE_BYTES = 64 << 20
STACK_BYTES = 256 << 20

_STANDARD = {"stdin": 0, "stdout": 1, "stderr": 2}

_LIBC = ctypes.PyDLL(None, use_errno=True)
_CLOSE_RANGE = 436
_NO_SIGNALS = ctypes.create_string_buffer(128)
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


class Step(NamedTuple):
    """A C function and what to call it with; a negative result is a refusal."""

    function: Callable[..., int]
    arguments: tuple[Any, ...] = ()
    needed: bool = True


def take(steps: Iterable[Step]) -> None:
    """Raises OSError at the first needed one that is refused."""
    for function, arguments, needed in steps:
        if function(*arguments) < 0 and needed:
            number = ctypes.get_errno()
            raise OSError(number, f"{function.__name__}{arguments} refused: {os.strerror(number)}")


def place(fds: Mapping[str, int]) -> tuple[list[Step], dict[str, int]]:
    """Standard descriptors to their places, the job's others high up (where: the second result), the rest closed."""
    steps = []
    kept: dict[str, int] = {}
    for name, descriptor in fds.items():
        if name in _STANDARD:
            steps.append(Step(_LIBC.dup2, (descriptor, _STANDARD[name])))
        else:
            kept[name] = KEPT_FROM + len(kept)
            steps.append(Step(_LIBC.dup3, (descriptor, kept[name], os.O_CLOEXEC)))
    steps.append(_CLOSE_OTHERS)
    return steps, kept


def _close_others() -> int:
    os.closerange(3, KEPT_FROM)
    return 0


_CLOSE_OTHERS = Step(_LIBC.syscall, (_CLOSE_RANGE, 3, KEPT_FROM - 1, 0))
if _LIBC.syscall(_CLOSE_RANGE, KEPT_FROM, KEPT_FROM, 0) < 0:
    _CLOSE_OTHERS = Step(_close_others)


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

    def enter(self, *, cpu_s: int, address_space: int | None) -> list[Step]:
        """All that a fresh child must do to lose every right that a program must not have. The order matters.

        To be taken when descriptors are placed: number 3 is free then.
        """
        seconds = _limits(cpu_s, cpu_s + 1)
        # Its own /proc/self is the program's to open (/dev/stdin); PID 1 is another uid, or undumpable.
        readable = Step(_LIBC.prctl, (_PR_SET_DUMPABLE, 1, 0, 0, 0))
        steps = [
            Step(_LIBC.setsid),
            *([readable] if self.uid is None else []),
            # When memory runs out it is the program that is killed, not PID 1.
            Step(_LIBC.open, (b"/proc/self/oom_score_adj", os.O_WRONLY), needed=False),
            Step(_LIBC.write, (3, b"1000", 4), needed=False),
            Step(_LIBC.close, (3,), needed=False),
            Step(_LIBC.setrlimit, (resource.RLIMIT_CPU, seconds)),
            Step(_LIBC.setrlimit, (resource.RLIMIT_NPROC, _bound(resource.RLIMIT_NPROC, MAX_PROCESSES))),
        ]
        if address_space is not None:
            steps.append(Step(_LIBC.setrlimit, (resource.RLIMIT_AS, _bound(resource.RLIMIT_AS, address_space))))
        if self.uid is not None:
            steps += [
                Step(_LIBC.setresgid, (self.uid,) * 3),
                Step(_LIBC.setresuid, (self.uid,) * 3),
                readable,  # a change of uid takes it away
            ]
        if self._ruleset is not None:
            steps += [
                Step(_LIBC.syscall, (_LANDLOCK_RESTRICT, self._ruleset, 0)),
                Step(_LIBC.close, (self._ruleset,)),
            ]
        return [*steps, Step(_LIBC.sigprocmask, (signal.SIG_SETMASK, _NO_SIGNALS, None))]


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
