"""`--sandbox unsafe`: plain subprocesses with resource limits and nothing else. No isolation whatsoever.

A program run here has the caller's files, network and processes. It is there for machines that are a sandbox
themselves and for developing without one, and is taken only when it is named: `auto` never leads here. Every input
gets a process of its own, whatever the grain.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from sandbox.calls import is_lowered, lowered, run_lowered
from sandbox.errors import SandboxClosedError, SandboxError
from sandbox.execution import Execution, Grain, Limits, Program, Run, Status
from sandbox.languages import language_of
from sandbox.owner import Owner, sweep_folders
from sandbox.watched import Watched

_PACKAGES = str(Path(__file__).resolve().parent.parent)

_COMPILE = "import sys; compile(open(sys.argv[1], 'rb').read(), 'main.py', 'exec', dont_inherit=True)"

_LOAD = f"""
import sys
sys.path.insert(0, {_PACKAGES!r})
from sandbox.guest import calls, values
with open(sys.argv[1], "rb") as source:
    code = compile(source.read(), "main.py", "exec", dont_inherit=True)
"""

_CALL = (
    _LOAD
    + """
name, arguments, results = sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
with open(arguments, "rb") as line:
    given = values.loads(line.read())
text = values.dumps(calls.load(code, name)(*given))
with open(results, "w", encoding="utf-8", errors="surrogatepass") as answer:
    answer.write(text)
"""
)

_SERVE = _LOAD + "sys.exit(calls.serve(code, sys.argv[2]))\n"


_REPORT_BYTES = 64 << 10
_PYTHON = (sys.executable, "-s", "-P", "-B")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Paths:
    """Where one program lies."""

    folder: str
    source: str
    artifact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Command:
    arguments: list[str]
    folder: str
    passed: tuple[int, ...] = ()


class UnconfinedSandbox:
    """Runs programs as the caller. See the module docstring before using it."""

    name = "unsafe"
    reason = "asked for by name: programs run as you, without any isolation"

    def __init__(self, *, slots: int | None = None) -> None:
        self.slots = slots or max(1, len(os.sched_getaffinity(0)))
        self._free = threading.BoundedSemaphore(self.slots)
        self._processes: set[Watched] = set()
        self._lock = threading.Lock()
        self._closed = False
        sweep_folders()

    def run(
        self,
        program: Program,
        inputs: Sequence[bytes],
        limits: Limits,
        *,
        grain: Grain = Grain.PER_INPUT,
        keep_going: Callable[[Execution], bool] | None = None,
    ) -> Run:
        """See `Sandbox.run`."""
        if is_lowered(program):
            return run_lowered(
                lambda called, given, on: self.run(called, given, limits, keep_going=on), program, inputs, keep_going
            )
        del grain  # a process for every input is right for both
        executions: list[Execution] = []
        with self._free, self._built(program) as (build, paths):
            for given in inputs if build.status is Status.OK else ():
                executions.append(self._run_on(program, paths, given, limits))
                if keep_going is not None and not keep_going(executions[-1]):
                    break
        return Run(build=build, executions=tuple(executions))

    def converse(self, program: Program, driver: Program, limits: Limits) -> tuple[Execution, Execution]:
        """See `Sandbox.converse`."""
        program, driver = (lowered(each, several=True) if is_lowered(each) else each for each in (program, driver))
        with self._free, self._built(program) as (one, paths), self._built(driver) as (other, others_paths):
            for build in (one, other):
                if build.status is not Status.OK:
                    nothing = Execution(status=build.status, exit_code=build.exit_code)
                    return (build, nothing) if build is one else (nothing, build)
            with _memory_file(b"") as report, _memory_file(b"") as others_report:
                ended, others = self._crossed(
                    _serving(program, paths, limits, report=report),
                    _serving(driver, others_paths, limits, report=others_report),
                    limits,
                )
                return _with_report(ended, report), _with_report(others, others_report)

    def _crossed(self, command: _Command, other: _Command, limits: Limits) -> tuple[Execution, Execution]:
        to_one, from_other = os.pipe()
        to_other, from_one = os.pipe()
        with contextlib.ExitStack() as kept:
            try:
                one = kept.enter_context(self._started(command, stdin=to_one, stdout=from_one))
                two = kept.enter_context(self._started(other, stdin=to_other, stdout=from_other))
            finally:
                for end in (to_one, from_other, to_other, from_one):
                    os.close(end)
            with ThreadPoolExecutor(1) as pool:
                waiting = pool.submit(two.watch, limits)
                return self._unless_closed(one.watch(limits)), waiting.result()

    def close(self) -> None:
        """See `Sandbox.close`."""
        with self._lock:
            self._closed = True
            processes = list(self._processes)
        for process in processes:
            process.kill()

    def __enter__(self) -> UnconfinedSandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def _built(self, program: Program) -> Iterator[tuple[Execution, _Paths]]:
        """How the build ended, and where its result lies as long as the block lasts."""
        language = language_of(program)
        with _folder() as folder:
            name = language.source_file(program)
            paths = _Paths(folder=folder, source=f"{folder}/{name}", artifact=f"{folder}/artifact")
            _lay_out(program, Path(folder), name)
            arguments = (
                [sys.executable, "-I", "-c", _COMPILE, paths.source]
                if language.in_guest
                else language.build_command(program, artifact=paths.artifact)
            )
            with self._started(_Command(arguments=arguments, folder=folder), stdin=subprocess.DEVNULL) as process:
                yield self._unless_closed(process.watch(language.build_limits)), paths

    def _run_on(self, program: Program, paths: _Paths, given: bytes, limits: Limits) -> Execution:
        if program.entry_point is None:
            with _memory_file(given) as stdin, _memory_file(b"") as report:
                command = _stdio(program, paths, limits, report=report)
                language = language_of(program)
                with self._started(command, stdin=stdin) as process:
                    ended = self._unless_closed(process.watch(language.with_overhead(limits)))
                return _with_report(language.ended(ended), report)
        with _memory_file(given) as arguments, _memory_file(b"") as values:
            call = [*_PYTHON, "-c", _CALL, paths.source, program.entry_point, str(arguments), str(values)]
            command = _Command(arguments=call, folder=paths.folder, passed=(arguments, values))
            with self._started(command, stdin=subprocess.DEVNULL) as process:
                return _with_value(self._unless_closed(process.watch(limits)), values)

    def _unless_closed(self, execution: Execution) -> Execution:
        if self._closed:
            raise SandboxClosedError("the sandbox was closed while this run was under way")
        return execution

    @contextlib.contextmanager
    def _started(self, command: _Command, *, stdin: int, stdout: int = subprocess.PIPE) -> Iterator[Watched]:
        with self._lock:
            if self._closed:
                raise SandboxClosedError("the sandbox is closed")
            try:
                process = Watched(
                    subprocess.Popen(
                        command.arguments,
                        stdin=stdin,
                        stdout=stdout,
                        stderr=subprocess.PIPE,
                        cwd=command.folder,
                        pass_fds=command.passed,
                        start_new_session=True,
                        env={"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "PYTHONHASHSEED": "0"},
                    )
                )
            except FileNotFoundError as error:
                raise SandboxError(f"'{command.arguments[0]}' is not installed here; install it") from error
            self._processes.add(process)
        try:
            yield process
        finally:
            process.kill()
            process.reap()
            with self._lock:
                self._processes.discard(process)


@contextlib.contextmanager
def _folder() -> Iterator[str]:
    """One whose name says whose it is: what a killed process leaves behind is found by the next one."""
    folder = Owner.this_process().make_folder()
    try:
        yield str(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _lay_out(program: Program, folder: Path, source_name: str) -> None:
    """Write the program and what belongs beside it."""
    texts = (*program.sources, (source_name, program.source))
    contents = [*program.files, *((name, text.encode("utf-8", "surrogatepass")) for name, text in texts)]
    for name, content in contents:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir() if name.endswith("/") else path.write_bytes(content)


def _stdio(program: Program, paths: _Paths, limits: Limits, *, report: int) -> _Command:
    language = language_of(program)
    if language.in_guest:
        options = [option for option in _PYTHON if option != "-P" or not program.sources]
        arguments = [*options, paths.source, *program.arguments]
    else:
        arguments = language.run_command(program, artifact=paths.artifact, memory_bytes=limits.memory_bytes)
    if not program.reports:
        return _Command(arguments=arguments, folder=paths.folder)
    placed = ["sh", "-c", f'exec 3<>/proc/self/fd/{report}; exec "$@"', "sh", *arguments]
    return _Command(arguments=placed, folder=paths.folder, passed=(report,))


def _serving(program: Program, paths: _Paths, limits: Limits, *, report: int) -> _Command:
    """A side of a conversation: a program with an entry point answers calls, any other just talks."""
    if program.entry_point is None:
        return _stdio(program, paths, limits, report=report)
    return _Command(arguments=[*_PYTHON, "-c", _SERVE, paths.source, program.entry_point], folder=paths.folder)


def _with_report(execution: Execution, report: int) -> Execution:
    return replace(execution, report=os.pread(report, _REPORT_BYTES, 0))


def _with_value(execution: Execution, values: int) -> Execution:
    """A call that returned has left its result; one that did not has failed, whatever its exit code says."""
    value = os.pread(values, os.fstat(values).st_size, 0)
    if execution.status is Status.OK and not value:
        return replace(execution, status=Status.NONZERO_EXIT)
    return replace(execution, value=value if execution.status is Status.OK else None)


@contextlib.contextmanager
def _memory_file(content: bytes) -> Iterator[int]:
    descriptor = os.memfd_create("codesieve")
    try:
        with open(descriptor, "wb", closefd=False) as stream:
            stream.write(content)
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield descriptor
    finally:
        os.close(descriptor)
