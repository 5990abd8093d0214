"""What host and guest say to each other over one SOCK_SEQPACKET socket. Used by both sides; standard library only.

A message is one packet, with open descriptors beside it (SCM_RIGHTS). Everything bulky travels as a descriptor. The
host asks in JSON; the guest answers a run in packed bytes (`Answer`), anything else in JSON. One request at a time;
only "stop" and "silent" may come in between.

Requests
    {"op": "echo", "id", "text", "fds": ["probe"]}     write the text to the descriptor (the start-up probe)
    {"op": "run", "id", "job", "inputs": n, "fds": [name, ...], "each": [name, ...], "cpu_s", "wall_s", ...}
        Run one program on n inputs, a fresh process each. Descriptors: `fds` once, then `each` for every input in turn.
    {"op": "stop", "id", "input", "all": bool}         kill what runs that input and, with `all`, begin no other
    {"op": "silent", "id", "since", "calls"}           at that moment (monotonic clock) so many calls had answered

Jobs, with the names of their descriptors; each input has pipes stdout and stderr of its own
    python    source (memfd: text) or code (memfd: marshalled code of an earlier run); compiled (memfd, optional): the
              first input's process leaves the code there, the others take it.
              "build_cpu_s", "build_wall_s": limits of compiling.
              "entry_point": None, and stdin of each input; or the function to call, and of each input
                arguments (memfd: one wire form a line, a list of arguments each; "calls": how many) and values (pipe:
                FRAMEs), or
                with "serve": true stdin and stdout alone, for lines that come in and answers that go out.
    build     "command", which leaves the file ARTIFACT_NAME, "source_name"; source, artifact (memfd, filled); stdin.
    command   "command" with {artifact}; artifact (memfd, executed); stdin of each.
    All may have "file:NAME" (memfd: what stands in a file of that name in the working directory), "folders" (empty
    ones there), and for each input report (pipe: descriptor 3 of the program); python "argv", the arguments of its
    command line.

Answers to a run: one an input, in order, until the one that says `last`. There are fewer than inputs after a program
that did not come out of its build, after something was left behind in the box, and after "stop" with `all`.

Values
    A FRAME header and its payload for every call, in order: kind VALUE (wire form), ERROR (text: it raised), MEMORY (it
    raised MemoryError). The payload was written where the candidate lives: trust nothing in it.
"""

from __future__ import annotations

import array
import json
import struct
from _socket import CMSG_SPACE, MSG_CMSG_CLOEXEC, SCM_RIGHTS, SOL_SOCKET, socket
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

FRAME = struct.Struct("<cdI")
"""Kind, processor seconds of the call as the guest saw it, length of the payload."""

VALUE, ERROR, MEMORY = b"V", b"E", b"M"

ARTIFACT_NAME = "artifact"
"""The file that a build leaves behind, in its working directory."""

LONGEST_WALL = 20
"""On a busy machine a run may take so many times its wall limit, if it spent the rest waiting for a processor."""

QUIET = 0.02
"""Share of its wall time that a run may have waited for a processor for its time limit to count as it is."""

LONGEST_CPU = 1.25
"""A run that was kept waiting may take so many times its CPU limit before it is ended: caches that others have filled
cost it time, but not that much. One that ends by itself between the two is run again alone."""

MAX_MESSAGE = 60_000
MAX_DESCRIPTORS = 100

_READER = json.JSONDecoder()

ENDS = ("exit", "signal", "cpu", "wall", "memory", "stopped")

ANSWER = struct.Struct("<cIIBB???ddddQ")
TAG = b"\x01"
"""What an answer begins with; its fields follow in their order, the end by its number."""


class Answer(NamedTuple):
    """How the program ended on one input.

    Attributes:
        input: Its number, from 0.
        ended: One of ENDS.
        code: Exit code, or number of the signal.
        built: False when the program did not come out of its build.
        clean: False when something is left behind in the box: the result counts, the box is to be thrown away.
        last: No further answer belongs to this request.
        waited_s: How long it was ready to run while others had the processor, as far as that was looked at.
    """

    id: int
    input: int
    ended: str = "exit"
    code: int = 0
    built: bool = True
    clean: bool = True
    last: bool = True
    cpu_s: float = 0.0
    wall_s: float = 0.0
    build_cpu_s: float = 0.0
    waited_s: float = 0.0
    memory_bytes: int = 0

    def pack(self) -> bytes:
        number, place, ended, *others = self
        return ANSWER.pack(TAG, number, place, ENDS.index(ended), *others)


def send(channel: socket, message: Mapping[str, Any], descriptors: Iterable[int] = ()) -> None:
    data = json.dumps(message).encode()
    if len(data) > MAX_MESSAGE:
        raise ValueError(f"message of {len(data)} bytes; at most {MAX_MESSAGE}")
    fds = array.array("i", descriptors)
    channel.sendmsg([data], [(SOL_SOCKET, SCM_RIGHTS, fds)] if fds else [])


def receive(channel: socket) -> tuple[dict[str, Any] | None, list[int]]:
    """Next message and its descriptors (close-on-exec); None when the other end is closed."""
    fds = array.array("i")
    space = CMSG_SPACE(MAX_DESCRIPTORS * fds.itemsize)
    data, ancillary, _flags, _address = channel.recvmsg(MAX_MESSAGE, space, MSG_CMSG_CLOEXEC)
    for level, kind, payload in ancillary:
        if level == SOL_SOCKET and kind == SCM_RIGHTS:
            fds.frombytes(payload[: len(payload) - len(payload) % fds.itemsize])
    if not data:
        return None, list(fds)
    return _object(data), list(fds)


def receive_answer(channel: socket) -> Answer | dict[str, Any] | None:
    """The guest's next answer, or what else it has to say; None when it is gone. Raises ValueError for nonsense."""
    data = channel.recv(MAX_MESSAGE)
    if not data:
        return None
    if not data.startswith(TAG):
        return _object(data)
    if len(data) != ANSWER.size:
        raise ValueError(f"an answer of {len(data)} bytes, not {ANSWER.size}")
    _, number, place, ended, *others = ANSWER.unpack(data)
    if ended >= len(ENDS):
        raise ValueError(f"an end numbered {ended}")
    return Answer(number, place, ENDS[ended], *others)


def _object(data: bytes) -> dict[str, Any]:
    message = _READER.decode(data.decode())
    if not isinstance(message, dict):
        raise ValueError("a message is a JSON object")
    return message
