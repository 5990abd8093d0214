"""A sandbox for trusted programs of these tests: a child process each, no confinement at all."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from sandbox.execution import Execution, Grain, Limits, Program, Run, Status

_SERVE = """
import json, sys
sys.path.insert(0, {root!r})
from problems.values import dumps, loads
space = {{"__name__": "candidate"}}
try:
    exec(compile({source!r}, "candidate", "exec"), space)
except BaseException as error:
    print(type(error).__name__ + ": " + str(error), file=sys.stderr)
    sys.exit(1)
for line in sys.stdin:
    try:
        answer = '{{"value":' + dumps(space[{entry!r}](*loads(line))) + "}}"
    except Exception as error:
        answer = json.dumps({{"error": type(error).__name__ + ": " + str(error)}})
    print(answer, flush=True)
"""


class LocalSandbox:
    """`Sandbox` with `converse`; counts its runs so that tests can see what was run at all."""

    name = "local"
    slots = 2

    def __init__(self) -> None:
        self.runs: list[tuple[Program, int, Grain]] = []
        self.conversations: list[Program] = []

    def run(
        self,
        program: Program,
        inputs: Sequence[bytes],
        limits: Limits,
        *,
        grain: Grain = Grain.PER_INPUT,
        keep_going: Callable[[Execution], bool] | None = None,
    ) -> Run:
        self.runs.append((program, len(inputs), grain))
        try:
            compile(program.source, "program", "exec")
        except SyntaxError as error:
            broken = Execution(status=Status.NONZERO_EXIT, exit_code=1, stderr=f"SyntaxError: {error}".encode())
            return Run(build=broken, executions=())
        executions = []
        for given in inputs:
            executions.append(self._one(program, given, limits))
            if keep_going is not None and not keep_going(executions[-1]):
                break
        return Run(build=Execution(status=Status.OK, exit_code=0), executions=tuple(executions))

    def converse(self, program: Program, driver: Program, limits: Limits) -> tuple[Execution, Execution]:
        self.conversations.append(program)
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder, "driver.py")
            source.write_text(driver.source, encoding="utf-8")
            left = _start(_command(program))
            right = subprocess.Popen(
                [sys.executable, "-I", str(source), *driver.arguments],
                stdin=left.stdout,
                stdout=left.stdin,
                stderr=subprocess.PIPE,
            )
            for pipe in (left.stdin, left.stdout):
                assert pipe is not None
                pipe.close()
            timed_out = False
            try:
                _, said = right.communicate(timeout=limits.wall_s)
            except subprocess.TimeoutExpired:
                timed_out = True
                right.kill()
                _, said = right.communicate()
            left.stdin = left.stdout = None
            if timed_out:
                left.kill()
            _, cried = left.communicate()
        candidate = Execution(
            status=Status.TIME_LIMIT if timed_out else _status(left.returncode),
            exit_code=left.returncode,
            stderr=cried,
        )
        return candidate, Execution(status=_status(right.returncode), exit_code=right.returncode, stderr=said)

    def close(self) -> None:
        pass

    def _one(self, program: Program, given: bytes, limits: Limits) -> Execution:
        try:
            done = subprocess.run(
                _command(program),
                input=given + b"\n" if program.entry_point else given,
                capture_output=True,
                timeout=limits.wall_s,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Execution(status=Status.TIME_LIMIT)
        if program.entry_point is None or done.returncode:
            return Execution(
                status=_status(done.returncode),
                exit_code=done.returncode,
                stdout=done.stdout,
                stderr=done.stderr,
            )
        prefix, answer = b'{"value":', done.stdout.strip()
        if not answer.startswith(prefix):
            return Execution(status=Status.NONZERO_EXIT, exit_code=1, stderr=answer)
        return Execution(status=Status.OK, exit_code=0, value=answer[len(prefix) : -1])


def _command(program: Program) -> list[str]:
    if program.entry_point is None:
        return [sys.executable, "-I", "-c", program.source]
    root = str(Path(__file__).parents[2])
    source = _SERVE.format(root=root, source=program.source, entry=program.entry_point)
    return [sys.executable, "-I", "-c", source]


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def _status(returncode: int) -> Status:
    if returncode == 0:
        return Status.OK
    return Status.SIGNALED if returncode < 0 else Status.NONZERO_EXIT
