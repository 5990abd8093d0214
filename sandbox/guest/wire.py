"""What host and guest say to each other over one SOCK_SEQPACKET socket. Used by both sides; standard library only.

A message is one packet: a JSON object, with open descriptors beside it (SCM_RIGHTS). Everything bulky travels as a
descriptor. The host asks, the guest answers with the same "id", one request at a time; only "stop" may come in between.

Requests
    {"op": "echo", "id", "text", "fds": ["probe"]}     write the text to the descriptor (the start-up probe)
    {"op": "stop", "id"}                               kill what request "id" started; its answer follows as usual
    {"op": "run", "id", "job", "fds": [name, ...], "cpu_s", "wall_s", "memory_bytes", ...}

Jobs, with the names of their descriptors
    python    source (memfd: text) or code (memfd: marshalled code of an earlier run), stdin, stdout, stderr; compiled
              (memfd, optional): the code is left there. "build_cpu_s", "build_wall_s": limits of compiling.
              "entry_point": None, or the function to call; then also
                arguments (memfd: one wire form a line, a list of arguments each) and values (pipe: FRAMEs), and
                "serve": true instead of both: lines come from stdin, answers go to stdout.
    build     "command", which leaves the file ARTIFACT_NAME, "source_name"; source, stdin, stdout, stderr, artifact
              (memfd, filled).
    command   "command" with {artifact}; artifact (memfd, executed), stdin, stdout, stderr.
    All may have "file:NAME" (memfd: what stands in a file of that name in the working directory), "folders" (empty
    ones there), and report (pipe: descriptor 3 of the program); python "argv", the arguments of its command line.

Answer to run
    {"id", "built": bool, "ended": "exit" | "signal" | "cpu" | "wall" | "memory" | "stopped", "code": int,
     "cpu_s", "wall_s", "build_cpu_s", "build_wall_s", "memory_bytes", "clean": bool}
    "built" is false when the program did not come out of its build. "clean" is false when something is left behind
    in the box: the result counts, the box is to be thrown away.

Values
    A FRAME header and its payload for every call, in order: kind VALUE (wire form), ERROR (text: it raised), MEMORY (it
    raised MemoryError). The payload was written where the candidate lives: trust nothing in it.
"""

from __future__ import annotations

import array
import json
import socket
import struct
from collections.abc import Iterable, Mapping
from typing import Any

FRAME = struct.Struct("<cdI")
"""Kind, processor seconds of the call as the guest saw it, length of the payload."""

VALUE, ERROR, MEMORY = b"V", b"E", b"M"

ARTIFACT_NAME = "artifact"
"""The file that a build leaves behind, in its working directory."""

LONGEST_WALL = 8
"""On a busy machine a run may take so many times its wall limit, if it spent the rest waiting for a processor."""

MAX_MESSAGE = 60_000
MAX_DESCRIPTORS = 16


def send(channel: socket.socket, message: Mapping[str, Any], descriptors: Iterable[int] = ()) -> None:
    data = json.dumps(message).encode()
    if len(data) > MAX_MESSAGE:
        raise ValueError(f"message of {len(data)} bytes; at most {MAX_MESSAGE}")
    fds = array.array("i", descriptors)
    channel.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)] if fds else [])


def receive(channel: socket.socket) -> tuple[dict[str, Any] | None, list[int]]:
    """Next message and its descriptors (close-on-exec); None when the other end is closed."""
    fds = array.array("i")
    space = socket.CMSG_SPACE(MAX_DESCRIPTORS * fds.itemsize)
    data, ancillary, _flags, _address = channel.recvmsg(MAX_MESSAGE, space, socket.MSG_CMSG_CLOEXEC)
    for level, kind, payload in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(payload[: len(payload) - len(payload) % fds.itemsize])
    if not data:
        return None, list(fds)
    message = json.loads(data)
    if not isinstance(message, dict):
        raise ValueError("a message is a JSON object")
    return message, list(fds)
