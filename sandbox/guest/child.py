"""A forked child: from the fork to the program's own first instruction. No function here returns to PID 1's code."""

from __future__ import annotations

import marshal
import os
import signal
import sys
import time
from types import CodeType
from typing import Any, NoReturn

from sandbox.guest import calls, interpreter
from sandbox.guest.pages import BuildPage, RunPage
from sandbox.guest.syscalls import Call, refused

REPORT = 3
"""Number of the program's descriptor for a report."""

FAILED = 70
"""Exit code of a child that could not become the program."""


def give_up(barred: Call) -> NoReturn:
    """A system call on the way into confinement was refused: nothing is run."""
    os.write(2, str(refused(f"system call {barred}")).encode())
    os._exit(FAILED)


def run(request: dict[str, Any], kept: dict[str, int], build: BuildPage, page: RunPage) -> NoReturn:
    """Become the program that `request` describes. `kept`: numbers of the descriptors that are not standard ones."""
    status = FAILED
    try:
        if request["lays_out"]:
            _lay_out(request, kept)
        job = request["job"]
        if job == "python":
            status = _python(request, kept, build, page)
        elif job == "build":
            _build(request, kept)
        else:
            _command(request, kept)
    except BaseException as error:  # noqa: BLE001 (whatever it was, the child must not run on in PID 1's code)
        os.write(2, interpreter.describe(error).encode(errors="replace"))
    finally:
        os._exit(status)


def rehearse() -> None:
    """What children do most, in PID 1; see `interpreter.prepare`."""
    main = compile("print(len(input()))", interpreter.FILE_NAME, "exec")
    interpreter.run_main(main, lambda: None)
    called = compile("def f(x):\n    return x", interpreter.FILE_NAME, "exec")
    calls.answer(called, "f", [b"[1]"], sys.stdout.fileno(), RunPage())


def _lay_out(request: dict[str, Any], fds: dict[str, int]) -> None:
    """Put what belongs beside the program into the working directory: links, so that nothing is copied."""
    if "report" in fds:
        os.dup2(fds["report"], REPORT)
        os.close(fds.pop("report"))
    for name in request.get("folders", ()):
        os.makedirs(name)
    for name, descriptor in fds.items():
        if name.startswith("file:"):
            path = name.removeprefix("file:")
            if os.path.dirname(path):
                os.makedirs(os.path.dirname(path), exist_ok=True)
            fresh = os.open(f"/proc/self/fd/{descriptor}", os.O_RDONLY)  # with an offset that no other input has seen
            os.dup2(fresh, descriptor)
            os.close(fresh)
            os.symlink(f"/proc/self/fd/{descriptor}", path)


def _read(descriptor: int) -> bytes:
    return os.pread(descriptor, os.fstat(descriptor).st_size, 0)


def _python(request: dict[str, Any], fds: dict[str, int], build: BuildPage, page: RunPage) -> int:
    if "serve" in request:
        interpreter.open_standard_streams()  # PID 1 made them for files; these are pipes
    try:
        code = _code(request, fds)
    except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError) as error:
        error.__traceback__ = None  # of the guest's own
        sys.stderr.write(interpreter.describe(error))
        sys.stderr.flush()
        return 1
    if "code" not in fds:
        build.note(time.process_time())
        build.leave()
    sys.argv += request.get("argv", ())
    entry_point = request["entry_point"]
    if entry_point is None:
        return interpreter.run_main(code, page.note_out_of_memory)
    if "serve" in request:
        return calls.serve(code, entry_point)
    return calls.answer(code, entry_point, _read(fds["arguments"]).splitlines(), fds["values"], page)


def _code(request: dict[str, Any], fds: dict[str, int]) -> CodeType:
    if "code" in fds:
        size = request["code_bytes"]  # asked by PID 1: what it touches costs less
        code = marshal.loads(os.pread(fds["code"], size, 0))  # noqa: S302 (of the program's own making, in its own process)
        os.close(fds["code"])
    else:
        code = compile(_read(fds["source"]), interpreter.FILE_NAME, "exec", dont_inherit=True, optimize=0)
        os.close(fds["source"])
        if "compiled" in fds:
            with open(fds["compiled"], "wb") as file:
                marshal.dump(code, file)
    if not isinstance(code, CodeType):
        raise ValueError("not code")
    return code


def _exec(program: str | int, arguments: list[str]) -> NoReturn:
    for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    if isinstance(program, int):
        os.execve(program, arguments, os.environ)  # noqa: S606
    os.execvp(program, arguments)  # noqa: S606


def _build(request: dict[str, Any], fds: dict[str, int]) -> NoReturn:
    with open(request["source_name"], "wb") as file:
        file.write(_read(fds["source"]))
    _exec(request["command"][0], request["command"])


def _command(request: dict[str, Any], fds: dict[str, int]) -> NoReturn:
    artifact = fds["artifact"]
    first, *others = request["command"]
    if any("{artifact}" in part for part in others):
        os.set_inheritable(artifact, True)
    arguments = [part.replace("{artifact}", f"/proc/self/fd/{artifact}") for part in others]
    if first == "{artifact}":
        _exec(artifact, ["./main", *arguments])
    _exec(first, [first, *arguments])
