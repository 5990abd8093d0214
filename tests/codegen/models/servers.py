"""A server of the OpenAI-compatible protocol that fails as it is told to.

Each request takes the next fault from a list, and is answered well when there is none left. A good answer is a function
of the prompt and the seed.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATIENCE_S = 0.2
"""What the tests' model waits for a piece of an answer; a slow server takes longer."""


@dataclass
class Server:
    """What it was sent, and what it will do next.

    Attributes:
        faults: Taken one a request, in order.
        always: Done with each request when no fault is left.
        unknown: Fields that are refused, as a strict server does.
    """

    address: str = ""
    faults: list[str] = field(default_factory=list)
    always: str = ""
    unknown: frozenset[str] = frozenset()
    bodies: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next_fault(self) -> str:
        with self.lock:
            return self.faults.pop(0) if self.faults else self.always


def text_for(body: dict[str, Any], number: int) -> str:
    """Ten words that say what was asked."""
    asked = body.get("prompt") or body["messages"][-1]["content"]
    seed = body.get("seed", 0)
    return " ".join(f"w{(len(asked) * 31 + seed + number * 7 + place) % 1000}" for place in range(10))


@contextmanager
def serving(**settings: Any) -> Iterator[Server]:
    """A server on a free port of this machine."""
    server = Server(**settings)

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            _json(self, 200, {"object": "list", "data": [{"id": "toy"}]})

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            with server.lock:
                server.bodies.append(body)
                server.keys.append(self.headers.get("authorization", ""))
                server.times.append(time.monotonic())
            with suppress(OSError):  # the client has gone
                _answer(self, server, body)

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    httpd.handle_error = lambda *_: None  # type: ignore[method-assign]
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    server.address = f"http://127.0.0.1:{httpd.server_port}/v1"
    try:
        yield server
    finally:
        httpd.shutdown()
        httpd.server_close()
        thread.join()


def _answer(handler: BaseHTTPRequestHandler, server: Server, body: dict[str, Any]) -> None:
    if refused := server.unknown & body.keys():
        name = min(refused)
        _json(handler, 400, {"error": {"message": f"Unrecognized request argument supplied: {name}", "param": None}})
        return
    fault = server.next_fault()
    match fault:
        case "drop":
            handler.connection.close()
        case "429":
            _json(handler, 429, {"error": {"message": "slow down"}}, **{"Retry-After": "0.2"})
        case "429 for an hour":
            _json(handler, 429, {"error": {"message": "quota"}}, **{"Retry-After": "3600"})
        case "500" | "503":
            _json(handler, int(fault), {"error": "ouch"})
        case "html":
            _send(handler, 502, b"<html>Bad gateway</html>", "text/html")
        case "silence":
            time.sleep(PATIENCE_S * 2)
        case "malformed":
            _send(handler, 200, b'{"choices": [{"mess', "application/json")
        case "a list":
            _json(handler, 200, [1, 2])
        case "no choices":
            _json(handler, 200, {"choices": []})
        case "null":
            _json(handler, 200, {"choices": [{"index": 0, "message": {"content": None}, "finish_reason": None}]})
        case "long body":
            _send(handler, 200, b'{"a": "' + b"x" * (17 << 20), "application/json")
        case "key":
            _json(handler, 401, {"error": {"message": f"wrong key {handler.headers.get('authorization')}"}})
        case "context":
            message = "the request exceeds the available context size, try increasing it"
            error = {"code": 400, "message": message, "n_prompt_tokens": 70001, "n_ctx": 4096}
            _json(handler, 400, {"error": error})
        case _:
            _stream(handler, body, fault)


def _stream(handler: BaseHTTPRequestHandler, body: dict[str, Any], fault: str) -> None:
    if not body.get("stream") or fault in {"whole", "one choice"}:
        _json(handler, 200, _whole(body, 1 if fault == "one choice" else body.get("n", 1)))
        return
    handler.send_response(200)
    handler.send_header("content-type", "text/event-stream")
    handler.end_headers()
    count = body.get("n", 1) + (2 if fault == "too many" else 0)
    words = [text_for(body, number).split(" ") for number in range(count)]
    for place in range(min(10, body["max_tokens"])):
        for number in range(count):
            piece = words[number][place]
            _event(handler, _piece(body, number, piece if place == 0 else f" {piece}"))
        if fault == "break" and place == 4:
            handler.connection.close()
            return
        if fault == "garbage" and place == 4:
            handler.wfile.write(b"data: {]\n\n")
            return
        if fault == "error" and place == 4:
            _event(handler, {"error": {"message": "out of memory"}})
            return
        if fault == "half" and place == 4:
            _event(handler, _piece(body, 0, "", "stop"))
            handler.connection.close()
            return
        if fault == "drip":
            time.sleep(PATIENCE_S / 2)
    while fault == "endless":
        _event(handler, _piece(body, 0, " more"))
    while fault == "pings":
        handler.wfile.write(b": still here\n\n")
        time.sleep(0.05)
    for number in range(count):
        _event(handler, _piece(body, number, "", "stop" if body["max_tokens"] >= 10 else "length"))
    if "stream_options" in body:
        _event(handler, {"choices": [], "usage": _usage(body)})
    handler.wfile.write(b"data: [DONE]\n\n")


def _whole(body: dict[str, Any], count: int) -> dict[str, Any]:
    choices: list[dict[str, Any]] = []
    for number in range(count):
        text = " ".join(text_for(body, number).split(" ")[: body["max_tokens"]])
        part = {"text": text} if "prompt" in body else {"message": {"role": "assistant", "content": text}}
        choices.append({"index": number, "finish_reason": "stop", **part})
    return {"choices": choices, "usage": _usage(body)}


def _piece(body: dict[str, Any], number: int, text: str, reason: str | None = None) -> dict[str, Any]:
    part = {"text": text} if "prompt" in body else {"delta": {"content": text}}
    return {"choices": [{"index": number, "finish_reason": reason, **part}]}


def _usage(body: dict[str, Any]) -> dict[str, int]:
    return {"prompt_tokens": 7, "completion_tokens": min(10, body["max_tokens"]) * body.get("n", 1)}


def _event(handler: BaseHTTPRequestHandler, message: object) -> None:
    handler.wfile.write(f"data: {json.dumps(message)}\n\n".encode())


def _json(handler: BaseHTTPRequestHandler, status: int, message: object, **headers: str) -> None:
    _send(handler, status, json.dumps(message).encode(), "application/json", **headers)


def _send(handler: BaseHTTPRequestHandler, status: int, data: bytes, kind: str, **headers: str) -> None:
    handler.send_response(status)
    for name, value in {"content-type": kind, "content-length": str(len(data)), **headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(data)


FAULTS: Sequence[str] = (
    "drop", "429", "500", "503", "html", "silence", "malformed", "a list", "no choices", "null", "long body", "break",
    "garbage", "error", "half", "drip", "pings", "endless", "too many", "one choice",
)  # fmt: skip
