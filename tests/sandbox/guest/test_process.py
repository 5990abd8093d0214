"""Fork, wait and the two things that PID 1 listens for."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator

import pytest

from sandbox.guest.process import Ears, fork, reap, used
from sandbox.guest.syscalls import last_error, number, refused, syscall


@pytest.fixture
def deaf() -> Iterator[None]:
    """SIGCHLD is blocked, as it is in PID 1."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    yield
    signal.pthread_sigmask(signal.SIG_SETMASK, before)


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        yield ours, theirs


def child(status: int) -> int:
    pid = fork()
    if pid == 0:
        os._exit(status)
    return pid


@pytest.mark.usefixtures("deaf")
def test_a_child_that_ends_and_a_host_that_speaks_end_the_wait(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    ears = Ears(ours.fileno())
    try:
        pid = child(3)
        assert not ears.wait(30)
        assert reap(pid) == pid
        status, cpu_s, peak_bytes = used()
        assert os.waitstatus_to_exitcode(status) == 3
        assert 0 <= cpu_s < 5
        assert peak_bytes > 1 << 20
        theirs.send(b"stop")
        assert ears.wait(30)
        ours.recv(16)
        assert not ears.wait(0)
    finally:
        os.close(ears.forget[1])


def test_a_child_is_reaped_once() -> None:
    pid = child(0)
    assert reap(pid) == pid
    assert reap(pid, os.WNOHANG) < 0


def test_a_refused_call_says_why() -> None:
    assert syscall(number("close"), 10_000) < 0
    assert last_error() == 9
    assert "no such thing refused: Bad file descriptor" in str(refused("no such thing"))
