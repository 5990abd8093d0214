"""A Python program in a forked interpreter, as if a fresh `python3 main.py` ran it: streams, main module, exit."""

from __future__ import annotations

import _thread
import atexit
import builtins
import ctypes
import gc
import io
import os
import random
import resource
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from types import CodeType, ModuleType
from typing import Any

from sandbox.guest.mappings import inherit_code

FILE_NAME = "main.py"

_display = sys.__excepthook__  # in C: the module traceback takes 0.3 MB, which every fork would copy
_FOLDER = __file__.rpartition("/")[0]
_DEEPEST_CALLS, _STACK_BYTES_A_CALL = 10_000, 4096
_MOST_FRAMES = 100
_REHEARSALS = 40


def prepare(rehearsal: Callable[[], object]) -> None:
    """In PID 1, so that children need not: streams that fit what a child will find behind 0, 1 and 2 (a file, two
    pipes), what children remember of a `rehearsal`, and nothing of the guest in sight of a program."""
    kept = [os.dup(descriptor) for descriptor in range(3)]
    reading, writing = os.pipe()
    file = os.open(__file__, os.O_RDONLY)  # a regular file; a memory file cannot be made in every box
    for descriptor, likeness in enumerate((file, writing, writing)):
        os.dup2(likeness, descriptor)
    _rehearse(rehearsal)
    open_standard_streams()
    for descriptor, original in enumerate(kept):
        os.dup2(original, descriptor)
    for descriptor in (*kept, reading, writing, file):
        os.close(descriptor)
    for name in [name for name in sys.modules if name == "sandbox" or name.startswith("sandbox.")]:
        del sys.modules[name]
    sys.path[0] = "/tmp"  # noqa: S108 (where a script's own folder stands)
    sys.argv = [FILE_NAME]
    random.seed(0)  # an unseeded program draws the same numbers in every box and run
    gc.collect()
    with suppress(AttributeError):  # of the GNU library
        ctypes.CDLL(None).malloc_trim(0)
    inherit_code()
    new_module("__main__")
    gc.freeze()  # pages that the collector does not write to need not be copied


def _rehearse(rehearsal: Callable[[], object]) -> None:
    """Run programs here. What the interpreter notes of it, where a name was found, what an instruction met, each child
    would have to note anew, and have the page copied for it."""
    modules, limit = dict(sys.modules), sys.getrecursionlimit()
    for _ in range(_REHEARSALS):
        open_standard_streams()
        new_module("__main__")
        rehearsal()
    sys.modules.clear()
    sys.modules.update(modules)
    sys.setrecursionlimit(limit)


def open_standard_streams() -> None:
    """New objects over descriptors 0, 1 and 2, set up as the interpreter does in a UTF-8 locale."""
    sys.stdin = sys.__stdin__ = _text(0, "r", errors="surrogateescape")  # type: ignore[misc]
    sys.stdout = sys.__stdout__ = _text(1, "w", errors="surrogateescape")  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = _text(2, "w", errors="backslashreplace", line_buffering=True)  # type: ignore[misc]


def _text(descriptor: int, mode: str, *, errors: str, line_buffering: bool = False) -> io.TextIOWrapper:
    raw = io.FileIO(descriptor, mode, closefd=False)
    buffer = io.BufferedReader(raw) if mode == "r" else io.BufferedWriter(raw)
    names = {0: "<stdin>", 1: "<stdout>", 2: "<stderr>"}
    raw.name = names[descriptor]
    text = io.TextIOWrapper(buffer, encoding="utf-8", errors=errors, newline="\n", line_buffering=line_buffering)
    text.mode = mode  # type: ignore[misc]
    return text


def allow_deep_calls() -> None:
    """A function that is called may recurse about ten times as deep as Python's default, which is meant for stacks of a
    few megabytes; endless recursion still ends in RecursionError, not in a crash."""
    stack, _ = resource.getrlimit(resource.RLIMIT_STACK)
    room = _DEEPEST_CALLS if stack == resource.RLIM_INFINITY else stack // _STACK_BYTES_A_CALL
    sys.setrecursionlimit(max(sys.getrecursionlimit(), min(_DEEPEST_CALLS, room)))


def new_module(name: str) -> ModuleType:
    """An empty module in `sys.modules`."""
    module = ModuleType(name)
    module.__dict__.update(__builtins__=builtins, __file__=FILE_NAME)
    sys.modules[name] = module
    return module


def run_main(code: CodeType, out_of_memory: Callable[[], Any]) -> int:
    """Run as `__main__`; what `python3 main.py` would exit with."""
    module = sys.modules["__main__"]
    try:
        exec(code, module.__dict__)  # noqa: S102 (this is what the box is for)
        status = 0
    except SystemExit as stop:
        status = exit_status(stop)
    except BaseException as error:  # noqa: BLE001 (the program's, whatever it is)
        status = 1
        if isinstance(error, MemoryError):
            out_of_memory()
        show(error)
    return finish(status, module)


def exit_status(stop: SystemExit) -> int:
    if stop.code is None:
        return 0
    if isinstance(stop.code, int):
        return stop.code & 0xFF
    with suppress(BaseException):
        sys.stderr.write(f"{stop.code}\n")
    return 1


def show(error: BaseException) -> None:
    """What the interpreter would print of an uncaught exception, on stderr."""
    with suppress(BaseException):
        hook = sys.excepthook
        if hook is not sys.__excepthook__:
            hook(type(error), error, error.__traceback__)
            return
        sys.stderr.write(describe(error))


def describe(error: BaseException) -> str:
    """The traceback without the guest's own frames; the innermost ones where there are very many."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_FOLDER):
        trace = trace.tb_next
    said, printed_to = io.StringIO(), sys.stderr
    sys.stderr, sys.tracebacklimit = said, _MOST_FRAMES
    try:
        _display(type(error), BaseException.with_traceback(error, trace), trace)
    finally:
        sys.stderr = printed_to
        del sys.tracebacklimit
    return said.getvalue()


def finish(status: int, module: ModuleType) -> int:
    """What happens after a program's last line: threads, exit handlers, buffers, in the interpreter's order."""
    try:  # (plain, since a context manager is a page here and a page there)
        if _thread._count():
            threading._shutdown()  # type: ignore[attr-defined]
    except BaseException:  # noqa: BLE001, S110 (the program's)
        pass
    try:
        if atexit._ncallbacks():
            atexit._run_exitfuncs()
    except BaseException:  # noqa: BLE001, S110 (the program's)
        pass
    if not flush():
        status = status or 120
    # A file object over descriptor 1 that nobody closed is flushed when it dies.
    try:
        module.__dict__.clear()
        # A full collection empties free lists, page after page; it is for what has grown old.
        gc.collect(2 if gc.get_count()[2] else 1)
    except BaseException:  # noqa: BLE001, S110 (the program's)
        pass
    flush()
    return status


def flush() -> bool:
    whole = True
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None and not getattr(stream, "closed", False):
                stream.flush()
        except BaseException:  # noqa: BLE001 (the program may have put anything there)
            whole = False
    return whole
