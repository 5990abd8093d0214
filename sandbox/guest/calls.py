"""Programs that are called: arguments in wire form come in, what the function returned goes out in wire form.

The values leave through a descriptor of their own, so that nothing the program prints gets among them. What the program
does to this process can only change its own answers: no expected value is in the box.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from types import CodeType
from typing import Any

from sandbox.guest import interpreter, values
from sandbox.guest.pages import RunPage
from sandbox.guest.wire import ERROR, FRAME, MEMORY, VALUE

_MAX_ERROR_TEXT = 32 << 10


def load(code: CodeType, entry_point: str) -> Callable[..., Any]:
    """Run the program as a module that is not `__main__`; the function, or method of a class, of that name."""
    interpreter.allow_deep_calls()
    module = interpreter.new_module("candidate")
    exec(code, module.__dict__)  # noqa: S102 (this is what the box is for)
    found: Any = module
    for name in entry_point.split("."):
        if isinstance(found, type):
            found = found()
        if not hasattr(found, name):
            raise NameError(f"the program defines no '{entry_point}'")
        found = getattr(found, name)
    if not callable(found):
        raise TypeError(f"'{entry_point}' is not callable")
    return found  # type: ignore[no-any-return]


def _explain(error: BaseException) -> str:
    try:
        text = str(error) if isinstance(error, values.NoWireFormError) else interpreter.describe(error)
    except BaseException:  # noqa: BLE001 (an exception of the program's own make may refuse to be shown)
        text = type(error).__name__
    if isinstance(error, SystemExit):
        text += "the program tried to end the process inside a call\n"
    if len(text) > _MAX_ERROR_TEXT:
        half = _MAX_ERROR_TEXT // 2
        text = f"{text[:half]}\n... {len(text) - 2 * half} characters left out ...\n{text[-half:]}"
    return text


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def answer(code: CodeType, entry_point: str, lines: list[bytes], channel: int, page: RunPage) -> int:
    """Load once, then one frame a call. A program that cannot be loaded answers every call with the reason."""
    process_time, monotonic, dumps, loads = time.process_time, time.monotonic, values.dumps, values.loads
    function: Callable[..., Any] | None = None
    broken: tuple[bytes, bytes] | None = None
    for index, line in enumerate(lines):
        started = process_time()
        page.begin_call(index, started, monotonic())
        try:
            if function is None and broken is None:
                function = load(code, entry_point)
            if function is not None:
                kind, payload = VALUE, dumps(function(*loads(line))).encode("utf-8", "surrogatepass")
        except BaseException as error:  # noqa: BLE001 (the program's, whatever it is)
            kind = MEMORY if isinstance(error, MemoryError) else ERROR
            payload = _explain(error).encode(errors="replace")
            if function is None:
                broken = kind, payload
        if broken is not None:
            kind, payload = broken
        _write(channel, FRAME.pack(kind, process_time() - started, len(payload)) + payload)
    interpreter.flush()
    return 0


def serve(code: CodeType, entry_point: str) -> int:
    """Answer line by line on the real standard streams; the program's own printing goes to stderr instead."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.dup(1)
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    try:
        function = load(code, entry_point)
    except BaseException as error:  # noqa: BLE001 (the program's, whatever it is)
        sys.stderr.write(_explain(error))
        interpreter.flush()
        return 1
    for line in requests:
        try:
            reply = '{"value":' + values.dumps(function(*values.loads(line))) + "}"
        except BaseException as error:  # noqa: BLE001
            text = _name(error)
            reply = '{"error":' + values.dumps(text[:_MAX_ERROR_TEXT]) + "}"
        _write(replies, reply.encode("utf-8", "surrogatepass") + b"\n")
    interpreter.flush()
    return 0


def _name(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"
    except BaseException:  # noqa: BLE001
        return type(error).__name__
