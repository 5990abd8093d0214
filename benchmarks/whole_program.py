"""Tests that a candidate is compiled into: HumanEval-X, MultiPL-E, and tests that pass a candidate's own types.

    score = run_whole_program("cpp", prompt + completion, row["test"], sandbox, limits)

Exit code 0 alone proves nothing, for a candidate can end the process before its tests. So code that is put behind the
last assertion writes a random token, new for every run, to a descriptor of its own, and a program passes when both are
there. A candidate that reads its own program finds the token, so such a score is `self_judged`: fit for programs that
err, not for programs that cheat.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from types import MappingProxyType

from benchmarks.mains import TESTED, Tested
from benchmarks.verdict import SHOWN, Score, last_line
from codegen.judging import Verdict, build_message
from sandbox.errors import SandboxClosedError, SandboxError, SandboxUnavailableError
from sandbox.execution import Execution, Limits, Program, Run, Sandbox, Status

_ENDED = MappingProxyType(
    {
        Status.TIME_LIMIT: Verdict.TLE,
        Status.MEMORY_LIMIT: Verdict.MLE,
        Status.OUTPUT_LIMIT: Verdict.OLE,
    }
)
_ASSERTED = (b"AssertionError", b"assertion", b"Assertion", b"--- FAIL")
"""What a failed assertion says, in one language or another."""


def whole_program(language: str, solution: str, tests: str, token: str) -> Program:
    """Solution and tests as one program that reports `token` when the tests came to their end.

    Args:
        solution: What stands before the tests: prompt and completion, imports included.
        tests: Test code with its own `main` (C, C++, Java, Rust) or tests (Go), as the benchmark has it; in Python and
            JavaScript code that runs by itself.

    Raises:
        ValueError: No tests of that language are known, or these hold nothing that could be run.
    """
    return Program(language=language, source=_tested(language)(solution, tests, token), reports=True)


def run_whole_program(language: str, solution: str, tests: str, sandbox: Sandbox, limits: Limits) -> Score:
    """Score of a candidate; never raises for anything that it may do.

    Raises:
        ValueError: As `whole_program`.
        SandboxClosedError, SandboxUnavailableError: There is no sandbox, or none that has the language.
    """
    token = secrets.token_hex(16)
    program = whole_program(language, solution, tests, token)
    try:
        run = sandbox.run(program, (b"",), limits)
    except (SandboxClosedError, SandboxUnavailableError):
        raise
    except SandboxError as error:
        return Score(verdict=Verdict.IE, detail=str(error)[:SHOWN], self_judged=True)
    verdict, detail = _verdict(run, token.encode())
    cpu_s = run.executions[0].cpu_s if run.executions else 0.0
    return Score(verdict=verdict, detail=detail[:SHOWN], cpu_s=cpu_s, self_judged=True)


def _tested(language: str) -> Callable[[str, str, str], str]:
    tested: Tested | None = TESTED.get(language)
    if tested is None:
        raise ValueError(f"no whole-program tests for '{language}'; there are: {', '.join(TESTED)}")
    return tested


def _verdict(run: Run, token: bytes) -> tuple[Verdict, str]:
    if not run.built:
        return Verdict.CE, build_message(run)
    ended = run.executions[0]
    if ended.status in _ENDED:
        return _ENDED[ended.status], f"{ended.cpu_s:.2f} s of CPU, {ended.wall_s:.2f} s in all"
    if ended.status is Status.OK:
        if ended.report == token:
            return Verdict.AC, ""
        return Verdict.WA, "the program ended before its tests did"
    return (Verdict.WA if _asserted(ended) else Verdict.RTE), last_line(ended.stderr) or ended.status.value


def _asserted(ended: Execution) -> bool:
    said = ended.stderr + ended.stdout[-4096:]
    return any(sign in said for sign in _ASSERTED)
