"""Messages of the language server protocol out of bytes, whatever bytes come: a clear answer, and on with the next one.

pygls reads frames without bounds and drops what it cannot read without a word to the client. Here a header and a body
have bounds, what is too long is skipped, and each fault is answered with the error that JSON-RPC has for it.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from lsprotocol.types import ErrorCodes
from pygls.exceptions import JsonRpcException
from pygls.protocol import LanguageServerProtocol

MAX_HEADER_LINE = 4096
MAX_HEADER_LINES = 32
MAX_BODY = 64 << 20
_SKIPPABLE = 1 << 30
"""A longer body is not waited for: the next header is searched instead."""
PIECE = 1 << 16
_HTTP = re.compile(rb"\s*[A-Z]+ \S* HTTP/")
_LENGTH = re.compile(rb"\s*content-length\s*:\s*(\d{1,18})\s*", re.IGNORECASE)

Read = Callable[[int], Awaitable[bytes]]
"""Up to so many bytes, at least one; none at the end."""


class EndOfInputError(Exception):
    """There is nothing more to read, or nothing more that should be."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with what was read."""

    code: int
    message: str


class Frames:
    """Bodies of messages, one after another."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._held = bytearray()

    async def next(self) -> bytes | Fault:
        """The next body, or what is wrong with it. Raises EndOfInputError at the end, and for HTTP."""
        length: int | None = None
        for _ in range(MAX_HEADER_LINES):
            line = await self._line()
            if line is None:
                await self._to_next_header()
                return _parse_error(f"a line of more than {MAX_HEADER_LINE} bytes in a header")
            if found := _LENGTH.fullmatch(line):
                length = int(found[1])
            elif not line.strip():
                if length is not None:
                    return await self._body(length)
                continue
            elif _HTTP.match(line):  # a web page that tries its luck: its body must not be read as a message
                raise EndOfInputError
            elif b":" not in line:
                await self._to_next_header()
                return _parse_error("a line without a colon in a header; 'Content-Length: N' is needed")
        await self._to_next_header()
        return _parse_error(f"more than {MAX_HEADER_LINES} lines in a header, or none that says Content-Length")

    async def _body(self, length: int) -> bytes | Fault:
        if length <= MAX_BODY:
            return await self._exactly(length)
        if length <= _SKIPPABLE:
            left = length
            while left:
                left -= len(await self._exactly(min(left, PIECE)))
        else:
            await self._to_next_header()
        return Fault(ErrorCodes.InvalidRequest, f"a message of {length} bytes; at most {MAX_BODY} are read")

    async def _line(self) -> bytes | None:
        """Up to the end of a line; None when it is too long."""
        while (end := self._held.find(b"\n")) < 0:
            if len(self._held) > MAX_HEADER_LINE:
                return None
            await self._more()
        if end > MAX_HEADER_LINE:
            return None
        line = bytes(self._held[: end + 1])
        del self._held[: end + 1]
        return line

    async def _to_next_header(self) -> None:
        """Drop everything up to the next Content-Length, wherever in a line it stands."""
        key = b"content-length"
        while (at := bytes(self._held).lower().find(key)) < 0:
            del self._held[: max(0, len(self._held) - len(key))]
            await self._more()
        del self._held[:at]

    async def _exactly(self, count: int) -> bytes:
        while len(self._held) < count:
            await self._more()
        found = bytes(self._held[:count])
        del self._held[:count]
        return found

    async def _more(self) -> None:
        data = await self._read(PIECE)
        if not data:
            raise EndOfInputError
        self._held += data


async def serve(read: Read, protocol: LanguageServerProtocol) -> None:
    """Hand every message to the protocol until the input ends. Raises SystemExit when the client says `exit`."""
    frames = Frames(read)
    while True:
        try:
            body = await frames.next()
        except EndOfInputError:
            return
        if isinstance(body, Fault):
            _answer(protocol, None, body)
        else:
            _handle(body, protocol)


def _handle(body: bytes, protocol: LanguageServerProtocol) -> None:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        _answer(protocol, None, _parse_error(f"not JSON: {error}"))
        return
    if not isinstance(data, dict) or data.get("jsonrpc") != "2.0":
        fault = Fault(ErrorCodes.InvalidRequest, 'not a JSON-RPC message: an object with "jsonrpc": "2.0" is needed')
        _answer(protocol, _id_of(data), fault)
        return
    if "method" in data and protocol.get_message_type(str(data["method"])) is None:
        data.setdefault("params", None)
    try:
        protocol.handle_message(protocol.structure_message(data))
    except JsonRpcException as error:
        name = data.get("method", "a response")
        _answer(protocol, _id_of(data), Fault(error.code, f"{name}: {error.message}"))
    except Exception as error:
        logging.getLogger(__name__).exception("message not handled")
        _answer(protocol, _id_of(data), Fault(ErrorCodes.InvalidRequest, f"{type(error).__name__}: {error}"))


def _id_of(data: Any) -> str | int | None:
    found = data.get("id") if isinstance(data, dict) else None
    return found if isinstance(found, (str, int)) else None


def _parse_error(message: str) -> Fault:
    return Fault(ErrorCodes.ParseError, message)


def _answer(protocol: LanguageServerProtocol, message_id: str | int | None, fault: Fault) -> None:
    error = {"code": int(fault.code), "message": fault.message[:500]}
    # Not as pygls' own message, which leaves out an id that is null: JSON-RPC wants it where the id is not known.
    protocol._send_data({"jsonrpc": "2.0", "id": message_id, "error": error})
