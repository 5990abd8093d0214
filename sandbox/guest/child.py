"""A forked child: from the fork to the program's own first instruction. No function here returns to PID 1's code."""

from __future__ import annotations

import fcntl
import marshal
import os
import signal
import sys
import time
import traceback
from types import CodeType
from typing import Any, NoReturn

from sandbox.guest import calls, interpreter
from sandbox.guest.confine import Confinement

REPORT = 3
_KEPT_FROM = 200
"""Descriptors that the guest's own code still needs are moved up here, out of the program's way."""


def run(request: dict[str, Any], fds: dict[str, int], confinement: Confinement, report: int, page: Any) -> NoReturn:
    """Become the program that `request` describes. `report` tells PID 1 that the program was built."""
    status = 70
    try:
        confinement.enter(cpu_s=int(request["backstop_cpu_s"]), address_space=request.get("address_space"))
        kept = _arrange(fds, report)
        _lay_out(request, kept)
        job = request["job"]
        if job == "python":
            status = _python(request, kept, page)
        elif job == "build":
            _build(request, kept)
        else:
            _command(request, kept)
    except BaseException:  # noqa: BLE001 (whatever it was, the child must not run on in PID 1's code)
        os.write(2, traceback.format_exc().encode(errors="replace"))
    finally:
        os._exit(status)


def _arrange(fds: dict[str, int], report: int) -> dict[str, int]:
    """Standard descriptors in their places, the job's own ones high up, all others closed."""
    standard = {"stdin": 0, "stdout": 1, "stderr": 2}
    kept = {
        name: fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _KEPT_FROM)
        for name, descriptor in [*fds.items(), ("pid 1", report)]
        if name not in standard
    }
    for name, number in standard.items():
        if name in fds:
            os.dup2(fds[name], number)
    os.closerange(3, _KEPT_FROM)
    if "report" in fds:
        os.dup2(kept["report"], REPORT)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    return kept


def _lay_out(request: dict[str, Any], fds: dict[str, int]) -> None:
    """Put what belongs beside the program into the working directory: links, so that nothing is copied."""
    for name in request.get("folders", ()):
        os.makedirs(name)
    for name, descriptor in fds.items():
        if name.startswith("file:"):
            path = name.removeprefix("file:")
            if os.path.dirname(path):
                os.makedirs(os.path.dirname(path), exist_ok=True)
            os.set_inheritable(descriptor, True)
            os.symlink(f"/proc/self/fd/{descriptor}", path)


def _read(descriptor: int) -> bytes:
    return os.pread(descriptor, os.fstat(descriptor).st_size, 0)


def _python(request: dict[str, Any], fds: dict[str, int], page: Any) -> int:
    if request.get("serve"):
        interpreter.open_standard_streams()  # PID 1 made them for files; these are pipes
    try:
        code = _code(fds)
    except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError) as error:
        sys.stderr.write("".join(traceback.format_exception_only(error)))
        sys.stderr.flush()
        os.write(fds["pid 1"], b"refused\n")
        return 1
    os.write(fds["pid 1"], b"built %.6f\n" % time.process_time())
    report = fds["pid 1"]
    sys.argv += request.get("argv", ())
    entry_point = request.get("entry_point")
    if entry_point is None:
        return interpreter.run_main(code, lambda: os.write(report, b"memory\n"))
    os.close(report)
    if request.get("serve"):
        return calls.serve(code, entry_point)
    return calls.answer(code, entry_point, _read(fds["arguments"]).splitlines(), fds["values"], page)


def _code(fds: dict[str, int]) -> CodeType:
    if "code" in fds:
        code = marshal.loads(_read(fds["code"]))  # noqa: S302 (of the program's own making, in the program's own process)
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
