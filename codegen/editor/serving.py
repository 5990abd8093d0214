"""The language server on standard input and output, or on TCP, where each connection has a server of its own."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from concurrent.futures import ThreadPoolExecutor

from pygls.io_ import StdoutWriter

from codegen.editor.engines import Engines
from codegen.editor.features import build
from codegen.editor.frames import serve
from codegen.editor.options import Options

# Failed and cancelled requests are answered with what failed; the log need not say it again, with a traceback.
logging.getLogger("pygls").setLevel(logging.CRITICAL)


def serve_stdio(options: Options, engines: Engines | None = None) -> int:
    """Serve the client on standard input and output until it ends; the exit code that the protocol asks for."""
    # Whatever prints must not print into the protocol.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    engines = engines or Engines()
    reading = ThreadPoolExecutor(1, thread_name_prefix="codesieve-stdin")
    given = os.fdopen(os.dup(0), "rb", buffering=0)

    async def read(count: int) -> bytes:
        return await asyncio.get_running_loop().run_in_executor(reading, given.read, count)

    async def work() -> int:
        server = build(engines, options)
        server.protocol.set_writer(StdoutWriter(out))
        try:
            await serve(read, server.protocol)
        except SystemExit as error:
            return int(error.code or 0)
        finally:
            server.cancel_all()
        return 1  # the client went away without `exit`

    try:
        return asyncio.run(work())
    except BrokenPipeError:
        return 1
    finally:
        engines.close()


def serve_tcp(host: str, port: int, options: Options, *, ready: asyncio.Event | None = None) -> int:
    """Serve any number of clients at an address until interrupted. The address is printed on standard error."""
    engines = Engines()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server = build(engines, options)
        server.protocol.set_writer(writer)
        with contextlib.suppress(SystemExit, ConnectionError):
            await serve(reader.read, server.protocol)
        server.cancel_all()
        with contextlib.suppress(ConnectionError):
            writer.close()
            await writer.wait_closed()

    async def work() -> None:
        listening = await asyncio.start_server(connected, host, port)
        for each in listening.sockets:
            name, number = each.getsockname()[:2]
            print(f"codesieve lsp: listening on {name}:{number}", file=sys.stderr, flush=True)
        if ready is not None:
            ready.set()
        async with listening:
            await listening.serve_forever()

    try:
        asyncio.run(work())
    except KeyboardInterrupt:
        return 0
    finally:
        engines.close()
    return 0
