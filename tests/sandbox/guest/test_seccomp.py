"""The filter's own decisions, by running its instructions here."""

from __future__ import annotations

import errno
import struct

import pytest

from sandbox.guest import seccomp

ALLOW, KILL, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
X86, ARM = 0xC000003E, 0xC00000B7


def decide(machine: str, number: int, *arguments: int, architecture: int | None = None) -> int:
    """What the kernel would make of a call."""
    if architecture is None:
        architecture = {"x86_64": X86, "aarch64": ARM}[machine]
    given = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("<IIQ6Q", number & 0xFFFFFFFF, architecture, 0, *given)
    instructions = seccomp.program(machine)
    at = value = 0
    while True:
        code, true, false, operand = instructions[at]
        at += 1
        if code == 0x20:
            (value,) = struct.unpack_from("<I", data, operand)
        elif code == 0x06:
            return operand
        else:
            holds = {
                0x15: value == operand,
                0x25: value > operand,
                0x35: value >= operand,
                0x45: bool(value & operand),
            }[code]
            at += true if holds else false


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_only_what_is_listed_is_denied(machine: str) -> None:
    column = {"x86_64": 1, "aarch64": 2}[machine]
    entries = [entry.split() for entry in seccomp._DENIED.replace("\n", " ").split(",")]
    denied = {int(entry[column]) for entry in entries if entry[column] != "-"}
    special = {pair[column - 1] for pair in (seccomp._SOCKETPAIR, seccomp._CLONE, seccomp._CLONE3)} | {
        call[column - 1] for call in seccomp._OWN_PROCESS_ONLY.values()
    }
    for number in range(600):
        if number not in special:
            expected = ERRNO | errno.EPERM if number in denied else ALLOW
            assert decide(machine, number) == expected, number


def test_other_entries_into_the_kernel() -> None:
    assert decide("x86_64", 0, architecture=0x40000003) == KILL
    assert decide("aarch64", 0, architecture=X86) == KILL
    assert decide("x86_64", 0x40000000 + 1) == ERRNO | errno.ENOSYS
    assert decide("x86_64", -1) == ERRNO | errno.ENOSYS


def test_new_namespaces_only_by_flags_in_sight() -> None:
    sigchld = 17
    assert decide("x86_64", 56, sigchld) == ALLOW
    assert decide("x86_64", 56, 0x3D0F00) == ALLOW  # what a thread is made with
    for flag in (0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000, 0x80):
        assert decide("x86_64", 56, flag | sigchld) == ERRNO | errno.EPERM or flag == 0x80
    assert decide("x86_64", 435) == ERRNO | errno.ENOSYS


def test_socketpairs_of_unix_sockets_only() -> None:
    assert decide("x86_64", 53, 1) == ALLOW
    assert decide("x86_64", 53, 16) == ERRNO | errno.EPERM


def test_other_processes_keep_their_limits() -> None:
    assert decide("x86_64", 302, 0, 7) == ALLOW
    assert decide("x86_64", 302, 1, 7) == ERRNO | errno.EPERM
    assert decide("x86_64", 141, 0, 0, 5) == ALLOW
    assert decide("x86_64", 141, 0, 1, 5) == ERRNO | errno.EPERM


def test_unknown_machine() -> None:
    with pytest.raises(KeyError):
        seccomp.program("vax")
