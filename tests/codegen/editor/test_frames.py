"""Hostile and broken messages get clear answers, and the server lives."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from codegen.editor.frames import MAX_BODY, EndOfInputError, Fault, Frames

PING = b'{"jsonrpc": "2.0", "id": 7, "method": "shutdown"}'


def frame(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


def read_all(data: bytes, piece: int = 7) -> list[bytes | Fault]:
    """What frames come of bytes that arrive in pieces."""

    async def work() -> list[bytes | Fault]:
        left = bytearray(data)

        async def read(count: int) -> bytes:
            found = bytes(left[: min(count, piece)])
            del left[: len(found)]
            return found

        frames, found = Frames(read), []
        try:
            while True:
                found.append(await frames.next())
        except EndOfInputError:
            return found

    return asyncio.run(work())


def test_good_frames() -> None:
    other = b"content-length:  2 \r\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\n\r\n{}"
    assert read_all(frame(PING) + other + b"\r\n" + frame(b"[]")) == [PING, b"{}", b"[]"]


@pytest.mark.parametrize(
    "broken",
    [
        b"x" * 100_000,
        b"Content-Length: abc\r\n" * 40,
        b"Content-Length: -5\r\n\r\n" + b"a: b\r\n" * 40,
        b"\x00\xff\xfe garbage \r\n",
        b"Content-Length: 99999999999999999\r\n\r\n{}",
        b"Name: " + b"y" * 5000 + b"\r\n\r\n",
    ],
    ids=["no line end", "no number", "negative", "binary", "absurd length", "long line"],
)
def test_after_a_broken_header_the_next_one_counts(broken: bytes) -> None:
    found = read_all(broken + frame(PING), piece=4096)
    assert found[-1] == PING
    assert found[:-1]
    assert all(isinstance(each, Fault) for each in found[:-1])


def test_a_web_page_is_not_listened_to() -> None:
    post = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + frame(PING)
    assert read_all(post + frame(PING)) == []


def test_a_body_that_is_too_long_is_skipped() -> None:
    size = MAX_BODY + 1
    found = read_all(b"Content-Length: %d\r\n\r\n" % size + bytes(size) + frame(PING), piece=1 << 20)
    assert isinstance(found[0], Fault)
    assert f"a message of {size} bytes" in found[0].message
    assert found[1:] == [PING]


@contextmanager
def tcp_server() -> Iterator[tuple[str, int]]:
    command = [sys.executable, "-m", "benchmarks.cli", "lsp", "--tcp", "127.0.0.1:0", "--sandbox", "unsafe"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            found = re.search(r"listening on (\S+):(\d+)", process.stderr.readline())
            assert found is not None
            yield found[1], int(found[2])
        finally:
            process.terminate()
            process.wait(30)


class Wire:
    """A connection that sends what it is told to."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, timeout=30)
        self.file = self.socket.makefile("rb")

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def receive(self) -> dict[str, Any]:
        length = 0
        while (line := self.file.readline().strip()) != b"":
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        data = json.loads(self.file.read(length))
        assert isinstance(data, dict)
        return data

    def close(self) -> None:
        self.file.close()
        self.socket.close()


def test_faults_are_answered_and_the_next_request_too() -> None:
    start = {
        "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": {"processId": None, "rootUri": None, "capabilities": {}},
    }  # fmt: skip
    faults: list[tuple[bytes, int, int | None]] = [
        (frame(b"{not json"), -32700, None),
        (frame(b"[" * 100_000), -32700, None),
        (frame(b"\xff\xfe"), -32700, None),
        (frame(b"[1, 2]"), -32600, None),
        (frame(b'{"id": 5, "method": "shutdown"}'), -32600, 5),
        (frame(b'{"jsonrpc": "2.0", "id": 6, "method": "textDocument/codeAction", "params": {"range": 1}}'), -32602, 6),
        (frame(b'{"jsonrpc": "2.0", "id": 8, "method": "no/such/method"}'), -32601, 8),
        (b"Content-Length: 99999999999999999\r\n\r\n", -32600, None),
        (b"z" * 50_000 + b"\r\n\r\n", -32700, None),
    ]
    with tcp_server() as address:
        wire = Wire(address)
        wire.send(frame(json.dumps(start).encode()))
        assert wire.receive()["result"]["capabilities"]["codeActionProvider"]
        request = {"jsonrpc": "2.0", "id": 99, "method": "workspace/executeCommand", "params": {"command": "none"}}
        for data, code, expected in faults:
            wire.send(data)
            wire.send(frame(json.dumps(request).encode()))
            answers = [wire.receive(), wire.receive()]
            error = next(each for each in answers if each["id"] == expected)
            assert error["error"]["code"] == code, data[:60]
            assert error["error"]["message"]
            assert any(each["id"] == 99 for each in answers)
        # Clients that go away in the middle of a message do not end the server.
        for half in (b"Content-Length: 100\r\n\r\n{", b"Content-Le", b""):
            other = Wire(address)
            other.send(half)
            other.close()
        second = Wire(address)
        second.send(frame(json.dumps(start).encode()))
        assert second.receive()["result"]["serverInfo"]["name"] == "codesieve"
        second.send(frame(b'{"jsonrpc": "2.0", "method": "exit"}'))
        assert second.file.read(1) == b"", "exit ends this connection"
        wire.send(frame(json.dumps(request).encode()))
        assert wire.receive()["id"] == 99
        wire.close()
        second.close()
