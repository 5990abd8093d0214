"""The host's end against a guest that misbehaves. The guest here is a thread with the other end of the socket."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from sandbox.capture import Capture
from sandbox.channel import BoxError, Channel, Feed
from sandbox.guest import wire
from sandbox.guest.wire import Answer

Play = Callable[[socket.socket], None]


def good(theirs: socket.socket, message: dict[str, Any], **changes: Any) -> None:
    theirs.send(Answer(id=message["id"], input=0)._replace(**changes).pack())


@contextmanager
def guest(play: Play, *, greeting: dict[str, Any] | None = None) -> Iterator[Channel]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    wire.send(theirs, {"hello": {}} if greeting is None else greeting)

    def run() -> None:
        with theirs:
            play(theirs)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        channel = Channel(ours, patience_s=5)
        try:
            yield channel
        finally:
            channel.close()
    finally:
        ours.close()
        thread.join()


def asked(theirs: socket.socket) -> tuple[dict[str, Any], dict[str, int]]:
    message, descriptors = wire.receive(theirs)
    assert message is not None
    names = [*message["fds"], *message.get("each", ()) * message.get("inputs", 0)]
    return message, dict(zip(names, descriptors, strict=True))


def exchange(channel: Channel, capture: Capture | None = None, *, patience_s: float = 5) -> Answer:
    feed = Feed({}, ("stdout", "stderr"), capture or Capture(1000))
    return channel.exchange_one({}, {}, feed, patience_s=patience_s)


def test_output_is_read_while_the_guest_runs() -> None:
    def play(theirs: socket.socket) -> None:
        message, fds = asked(theirs)
        for _ in range(100):
            os.write(fds["stdout"], b"x" * 10_000)  # more than a pipe holds
        os.write(fds["stderr"], b"said")
        for descriptor in fds.values():
            os.close(descriptor)
        good(theirs, message)

    capture = Capture(1 << 20)
    with guest(play) as channel:
        assert exchange(channel, capture).ended == "exit"
    assert len(capture.stdout) == 1_000_000
    assert capture.stderr == b"said"


def test_too_much_output_tells_the_guest_to_stop() -> None:
    def play(theirs: socket.socket) -> None:
        message, fds = asked(theirs)
        os.write(fds["stdout"], b"x" * 2000)
        told, _ = wire.receive(theirs)
        assert told == {"op": "stop", "id": message["id"], "input": 0, "all": False}
        for descriptor in fds.values():
            os.close(descriptor)
        good(theirs, message, ended="stopped")

    capture = Capture(1000)
    with guest(play) as channel:
        assert exchange(channel, capture).ended == "stopped"
    assert capture.exceeded


def test_a_pipe_that_somebody_holds_open_does_not_hold_the_host() -> None:
    held: list[int] = []

    def play(theirs: socket.socket) -> None:
        message, fds = asked(theirs)
        held.extend(fds.values())
        good(theirs, message)

    with guest(play) as channel:
        exchange(channel)
    for descriptor in held:
        os.close(descriptor)


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (None, "the guest is gone"),
        ({"id": 77}, "answered another request"),
        ({"failed": "OSError: no"}, "OSError: no"),
    ],
)
def test_a_guest_that_breaks(answer: dict[str, Any] | None, complaint: str) -> None:
    def play(theirs: socket.socket) -> None:
        _, fds = asked(theirs)
        for descriptor in fds.values():
            os.close(descriptor)
        if answer is not None:
            wire.send(theirs, answer)

    with guest(play) as channel, pytest.raises(BoxError, match=complaint):
        exchange(channel)


def test_a_guest_that_talks_nonsense() -> None:
    def play(theirs: socket.socket) -> None:
        asked(theirs)
        theirs.send(b"[1, 2")

    with guest(play) as channel, pytest.raises(BoxError, match="does not speak the protocol"):
        exchange(channel)


def test_a_silent_guest_is_given_up() -> None:
    def play(theirs: socket.socket) -> None:
        asked(theirs)
        theirs.recv(1)

    with guest(play) as channel, pytest.raises(BoxError, match=r"did not answer within 0\.05 s"):
        exchange(channel, patience_s=0.05)


def test_shutting_wakes_whoever_waits() -> None:
    shut: list[Channel] = []

    def play(theirs: socket.socket) -> None:
        asked(theirs)
        shut[0].shut()

    with guest(play) as channel:
        shut.append(channel)
        with pytest.raises(BoxError):
            exchange(channel, patience_s=60)


def test_what_is_left_behind_is_remembered() -> None:
    def play(theirs: socket.socket) -> None:
        for clean in (False, True):
            message, fds = asked(theirs)
            for descriptor in fds.values():
                os.close(descriptor)
            good(theirs, message, clean=clean)

    with guest(play) as channel:
        exchange(channel)
        exchange(channel)
        assert not channel.clean


def test_a_guest_that_cannot_start_says_why() -> None:
    with (
        pytest.raises(BoxError, match="could not start: OSError: seccomp"),
        guest(lambda _: None, greeting={"failed": "OSError: seccomp"}),
    ):
        pass


def test_probe_sees_whether_descriptors_arrive() -> None:
    def play(theirs: socket.socket) -> None:
        for text in (b"codesieve", b"other"):
            message, fds = asked(theirs)
            os.write(fds["probe"], text)
            os.close(fds["probe"])
            wire.send(theirs, {"id": message["id"]})

    with guest(play) as channel:
        channel.probe()
        with pytest.raises(BoxError, match="does not work there"):
            channel.probe()
