"""The seccomp filter: everything is allowed except what could reach out of the box or past its end.

A deny list, since allow lists break numeric libraries. Installed once in PID 1 and inherited by every program, so it
costs nothing per run; PID 1 itself needs none of what is denied. The architecture is checked first: a call through
another entry (int 0x80, x32) would carry other numbers.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Iterable

_DENIED = """
ptrace 101 117, process_vm_readv 310 270, process_vm_writev 311 271, process_madvise 440 440,
process_mrelease 448 448, kcmp 312 272, pidfd_getfd 438 438, move_pages 279 239, migrate_pages 256 238,
mount 165 40, umount2 166 39, pivot_root 155 41, chroot 161 51, move_mount 429 429, open_tree 428 428,
fsopen 430 430, fsconfig 431 431, fsmount 432 432, fspick 433 433, mount_setattr 442 442, unshare 272 97,
setns 308 268, keyctl 250 219, add_key 248 217, request_key 249 218, bpf 321 280, perf_event_open 298 241,
userfaultfd 323 282, io_uring_setup 425 425, io_uring_enter 426 426, io_uring_register 427 427,
memfd_secret 447 447, kexec_load 246 104, kexec_file_load 320 294, init_module 175 105, finit_module 313 273,
delete_module 176 106, reboot 169 142, swapon 167 224, swapoff 168 225, acct 163 89, quotactl 179 60,
quotactl_fd 443 443, syslog 103 116, shmget 29 194, shmat 30 196, shmctl 31 195, shmdt 67 197, semget 64 190,
semop 65 193, semctl 66 191, semtimedop 220 192, msgget 68 186, msgsnd 69 189, msgrcv 70 188, msgctl 71 187,
mq_open 240 180, mq_unlink 241 181, mq_timedsend 242 182, mq_timedreceive 243 183, mq_notify 244 184,
mq_getsetattr 245 185, socket 41 198, connect 42 203, bind 49 200, listen 50 201, accept 43 202, accept4 288 242,
name_to_handle_at 303 264, open_by_handle_at 304 265, fanotify_init 300 262, fanotify_mark 301 263,
lookup_dcookie 212 18, nfsservctl 180 42, personality 135 92, vhangup 153 58, settimeofday 164 170,
clock_settime 227 112, adjtimex 159 171, clock_adjtime 305 266, sethostname 170 161, setdomainname 171 162,
ioprio_set 251 30, iopl 172 -, ioperm 173 -, modify_ldt 154 -, uselib 134 -, _sysctl 156 -, sysfs 139 -,
ustat 136 -
"""
"""Name, number on x86_64, number on aarch64."""

_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
"""Column in the tables, and the architecture's audit number."""

_SOCKETPAIR, _CLONE, _CLONE3 = (53, 199), (56, 220), (435, 435)
_OWN_PROCESS_ONLY = {  # call: (number, number, which argument must be 0, which means the caller itself)
    "prlimit64": (302, 261, 0),
    "sched_setaffinity": (203, 122, 0),
    "sched_setscheduler": (144, 119, 0),
    "sched_setparam": (142, 118, 0),
    "sched_setattr": (314, 274, 0),
    "setpriority": (141, 140, 1),
}

_NEW_NAMESPACES = 0x7E020000 | 0x80  # CLONE_NEW{NS,CGROUP,UTS,IPC,USER,PID,NET}, CLONE_NEWTIME
_AF_UNIX = 1
_X32 = 0x40000000

_LOAD, _EQUAL, _GREATER, _NOT_BELOW, _ANY_BIT, _RETURN = 0x20, 0x15, 0x25, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16

_Instruction = tuple[int, int, int, int]
_CHUNK = 8


def _statement(code: int, value: int) -> _Instruction:
    return code, 0, 0, value


def _skip_if(code: int, value: int, *, true: int = 0, false: int = 0) -> _Instruction:
    return code, true, false, value


def _deny(number: int) -> _Instruction:
    return _statement(_RETURN, _ERRNO | number)


def _argument(code: int, index: int, value: int, *, allowed_when: bool) -> list[_Instruction]:
    """Allow or deny by the low half of one argument."""
    first, second = (_ALLOW, _ERRNO | errno.EPERM) if allowed_when else (_ERRNO | errno.EPERM, _ALLOW)
    return [
        _statement(_LOAD, _ARGUMENTS_AT + 8 * index),
        _skip_if(code, value, false=1),
        _statement(_RETURN, first),
        _statement(_RETURN, second),
    ]


def _rules(column: int) -> dict[int, list[_Instruction]]:
    rules: dict[int, list[_Instruction]] = {}
    for entry in _DENIED.replace("\n", " ").split(","):
        number = entry.split()[1 + column]
        if number != "-":
            rules[int(number)] = [_deny(errno.EPERM)]
    rules[_CLONE3[column]] = [_deny(errno.ENOSYS)]  # its flags lie in memory, out of a filter's sight; libc falls back
    rules[_CLONE[column]] = _argument(_ANY_BIT, 0, _NEW_NAMESPACES, allowed_when=False)
    rules[_SOCKETPAIR[column]] = _argument(_EQUAL, 0, _AF_UNIX, allowed_when=True)
    for call in _OWN_PROCESS_ONLY.values():
        rules[call[column]] = _argument(_EQUAL, call[2], 0, allowed_when=True)
    return rules


def _chunks(rules: dict[int, list[_Instruction]]) -> Iterable[list[_Instruction]]:
    """Sorted numbers in groups that are jumped over as a whole, so that no call passes the entire list."""
    numbers = sorted(rules)
    for start in range(0, len(numbers), _CHUNK):
        group = numbers[start : start + _CHUNK]
        body: list[_Instruction] = []
        for number in group:
            body += [_skip_if(_EQUAL, number, false=len(rules[number])), *rules[number]]
        body.append(_statement(_RETURN, _ALLOW))
        yield [_skip_if(_GREATER, group[-1], true=len(body)), *body]


def program(machine: str) -> list[_Instruction]:
    """The filter for a machine as `os.uname` names it. Raises KeyError where there is no table."""
    column, architecture = _MACHINES[machine]
    instructions = [
        _statement(_LOAD, _ARCHITECTURE_AT),
        _skip_if(_EQUAL, architecture, true=1),
        _statement(_RETURN, _KILL),
        _statement(_LOAD, _NUMBER_AT),
        _skip_if(_NOT_BELOW, _X32, false=1),
        _deny(errno.ENOSYS),
    ]
    for chunk in _chunks(_rules(column)):
        instructions += chunk
    return [*instructions, _statement(_RETURN, _ALLOW)]


def install() -> None:
    """Filter this process and all its children from now on. no_new_privs must be set. Raises OSError."""
    instructions = b"".join(struct.pack("HBBI", *instruction) for instruction in program(os.uname().machine))
    buffer = ctypes.create_string_buffer(instructions, len(instructions))

    class _Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))

    argument = _Program(len(instructions) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    pr_set_seccomp, mode_filter = 22, 2
    if libc.prctl(pr_set_seccomp, mode_filter, ctypes.byref(argument), 0, 0):
        number = ctypes.get_errno()
        raise OSError(number, f"seccomp filter refused: {os.strerror(number)}")
