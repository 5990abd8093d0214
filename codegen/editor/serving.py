"""The language server on standard input and output, or on TCP, where each connection has a server of its own."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Coroutine
from typing import Any

from pygls.io_ import StdoutWriter

from codegen.editor.engines import Engines
from codegen.editor.features import build
from codegen.editor.frames import PIECE, Read, serve
from codegen.editor.options import Options

# Failed and cancelled requests are answered with what failed; the log need not say it again, with a traceback.
logging.getLogger("pygls").setLevel(logging.CRITICAL)


def serve_stdio(options: Options, engines: Engines | None = None) -> int:
    """Serve the client on standard input and output until it ends; the exit code that the protocol asks for."""
    # Whatever prints must not print into the protocol.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    engines = engines or Engines()

    async def work() -> int:
        server = build(engines, options)
        server.protocol.set_writer(StdoutWriter(out))
        try:
            await serve(_reader_of(0), server.protocol)
        except SystemExit as error:
            return int(error.code or 0)
        finally:
            server.cancel_all()  # the engine is closed below, and waited for
        return 1  # the client went away without `exit`

    try:
        return asyncio.run(_until_terminated(work()))
    except BrokenPipeError:
        return 1
    finally:
        engines.close()


def _reader_of(descriptor: int) -> Read:
    """Reads in a daemon thread, so that a process that is told to end need not wait for its client's next byte."""
    loop = asyncio.get_running_loop()
    pieces: asyncio.Queue[bytes] = asyncio.Queue(4)

    def pump() -> None:
        data = b"?"
        while data:
            data = os.read(descriptor, PIECE)
            asyncio.run_coroutine_threadsafe(pieces.put(data), loop).result()

    async def read(count: int) -> bytes:
        assert count >= PIECE
        return await pieces.get()

    threading.Thread(target=pump, name="codesieve-stdin", daemon=True).start()
    return read


async def _until_terminated(work: Coroutine[Any, Any, int]) -> int:
    """What `work` gives; 143 when the process is told to end, after `work` has cleaned up."""
    task = asyncio.ensure_future(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        return 128 + signal.SIGTERM


def serve_tcp(host: str, port: int, options: Options) -> int:
    """Serve any number of clients at an address until interrupted. The address is printed on standard error."""
    engines = Engines()
    engines.use(options)  # so that the model stays when the last client has gone

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server = build(engines, options)
        server.protocol.set_writer(writer)
        with contextlib.suppress(SystemExit, ConnectionError):
            await serve(reader.read, server.protocol)
        server.leave()
        with contextlib.suppress(ConnectionError):
            writer.close()
            await writer.wait_closed()

    async def work() -> int:
        listening = await asyncio.start_server(connected, host, port)
        for each in listening.sockets:
            name, number = each.getsockname()[:2]
            print(f"codesieve lsp: listening on {name}:{number}", file=sys.stderr, flush=True)
        async with listening:
            await listening.serve_forever()
        return 0

    try:
        return asyncio.run(_until_terminated(work()))
    except KeyboardInterrupt:
        return 0
    finally:
        engines.close()
