"""uvicorn as the service wants it: on this machine alone, deaf to who does not speak, gone when it is told to go."""

from __future__ import annotations

import asyncio
import errno
import json
import resource
import signal
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any, ClassVar

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from codegen.errors import UsageError
from codegen.service.app import build_app
from codegen.service.guard import raw_answer
from codegen.service.limits import ServiceLimits
from codegen.service.refusals import Refusal
from codegen.service.service import Service

HOST = "127.0.0.1"
GRACE_S = 5
"""For answers under way, when the service ends."""
_UNREAD_BYTES = 64 << 10
"""What the kernel keeps for a reader that is slow."""
_SPARE_FILES = 256
"""Descriptors that are not connections: sandboxes, run files."""


class Server(uvicorn.Server):
    """Serves a service until it is told to stop. `run` returns when it has; the service is closed by then.

    Args:
        port: 0 takes any free one.

    Attributes:
        port: The one that it listens on.
        signal: That ended it; None without one.

    Raises:
        UsageError: The port is taken, or not allowed.
    """

    def __init__(self, service: Service, *, port: int) -> None:
        self.service = service
        self.signal: int | None = None
        self._socket = _listen(port, service.limits)
        self.port: int = self._socket.getsockname()[1]
        limits = service.limits

        class Connection(_Connection):
            request_s = limits.request_s
            most = min(limits.connections, _allow_files(limits.connections + _SPARE_FILES) - _SPARE_FILES)

        super().__init__(
            uvicorn.Config(
                build_app(service, port=self.port),
                http=Connection,
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="error",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=GRACE_S,
                h11_max_incomplete_event_size=32 << 10,
            )
        )

    def urls(self) -> dict[str, str]:
        """By client."""
        return {
            name: f"http://{HOST}:{self.port}/?token={token}" for name, token in self.service.clients.tokens.items()
        }

    def serve_until_told(self) -> None:
        """Work until a signal or `tell`. Everything the service started has ended when this returns."""
        self.service.start()
        try:
            self.run(sockets=[self._socket])
        finally:
            self.service.close()
            self._socket.close()

    def tell(self) -> None:
        """Stop, from any thread."""
        self.should_exit = True
        self.service.stop()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(each, self._told, each)
        try:
            yield
        finally:
            for each in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(each)

    def _told(self, number: int) -> None:
        self.force_exit = self.should_exit  # the second time without waiting for answers
        self.signal = self.signal or number
        self.tell()


class _Connection(H11Protocol):
    """Whoever opens a connection must ask for something soon, and there are only so many connections."""

    request_s: ClassVar[float]
    most: ClassVar[int]
    _timer: asyncio.TimerHandle | None = None
    _cycle_before: Any = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.most:
            refusal = Refusal(503, "connections", self.most, "as many as there may be are open", "try again later")
            transport.write(raw_answer(refusal))
            transport.close()
            return
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        refusal = Refusal(400, "request", None, msg.rstrip("."), "speak HTTP/1.1")
        self.transport.write(raw_answer(refusal))
        self.transport.close()

    def _watch(self) -> None:
        self._timer = self.loop.call_later(self.request_s, self._look)

    def _look(self) -> None:
        """Let it go unless a request is being answered, or one was since the last look."""
        answering = self.cycle is not None and not self.cycle.response_complete
        if answering or self.cycle is not self._cycle_before:
            self._cycle_before = self.cycle
            self._watch()
        else:
            self.transport.abort()


def _listen(port: int, limits: ServiceLimits) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((HOST, port))
        listening.listen(1024)  # from now on who connects waits, until the service answers
    except (OSError, OverflowError) as error:
        listening.close()
        taken = getattr(error, "errno", None) == errno.EADDRINUSE
        problem = "is taken by another program" if taken else f"cannot be had: {error}"
        raise UsageError(f"port {port} {problem}; give another --port, or --port 0 for any free one") from error
    with suppress(AttributeError, OSError):  # inherited by connections; a reader that stalls is cut off by the kernel
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(limits.stalled_s * 1000))
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _UNREAD_BYTES)
    listening.set_inheritable(False)
    return listening


def _allow_files(wanted: int) -> int:
    """Raise this process's bound on open files where it may; the bound in force."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return wanted if soft == resource.RLIM_INFINITY else soft


def as_json(server: Server) -> str:
    """`{"port", "urls": {client: URL}, "tokens": {client: token}}`"""
    return json.dumps({"port": server.port, "urls": server.urls(), "tokens": server.service.clients.tokens})
