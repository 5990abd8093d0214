"""Sample -> Judgement: run a program on tests in the sandbox, compare on the host."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from problems.checkers import check
from problems.problem import Problem, TestCase
from sandbox.errors import SandboxClosedError, SandboxError, SandboxUnavailableError
from sandbox.execution import Execution, Grain, Limits, Program, Run, Sandbox, Status

T = TypeVar("T")

ATTEMPTS = 3
"""How often a run that the host failed is tried before it is called IE."""


class Verdict(Enum):
    """The judge's result. IE (internal error) is ours: retried, never held against a sample."""

    AC = "AC"
    WA = "WA"
    TLE = "TLE"
    MLE = "MLE"
    OLE = "OLE"
    RTE = "RTE"
    CE = "CE"
    IE = "IE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """How one program fared on a list of tests.

    Attributes:
        verdict: AC, or the verdict of the first test that was not passed (tests after it were not run).
        passed: How many tests were passed before that.
        total: How many tests there are.
        detail: One line for a person: the failing test's name and what was seen; the compiler's message for CE.
        cpu_s: Of the slowest test.
    """

    verdict: Verdict
    passed: int
    total: int
    detail: str = ""
    cpu_s: float = 0.0


_VERDICTS = {
    Status.NONZERO_EXIT: Verdict.RTE,
    Status.SIGNALED: Verdict.RTE,
    Status.TIME_LIMIT: Verdict.TLE,
    Status.MEMORY_LIMIT: Verdict.MLE,
    Status.OUTPUT_LIMIT: Verdict.OLE,
}
_DETAIL_CHARS = 300


def limits_for(problem: Problem, defaults: Limits) -> Limits:
    """The problem's own limits where it has them; the wall clock leaves room for a loaded machine."""
    cpu_s = problem.time_limit_s or defaults.cpu_s
    return Limits(
        cpu_s=cpu_s,
        wall_s=max(defaults.wall_s, 3 * cpu_s),
        memory_bytes=problem.memory_limit_bytes or defaults.memory_bytes,
        output_bytes=defaults.output_bytes,
    )


def judge(
    program: Program,
    tests: Sequence[TestCase],
    problem: Problem,
    sandbox: Sandbox,
    limits: Limits,
    *,
    grain: Grain = Grain.PER_INPUT,
    cancelled: Callable[[], bool] = lambda: False,
) -> Judgement:
    """Run on each test in turn, comparing on the host, to the first one that is not passed.

    Without tests the program is only built and, if it has an entry point, loaded. A test without an expected output is
    passed by any run that ends well. When the host fails again and again the verdict is IE.

    Raises:
        SandboxClosedError, SandboxUnavailableError: There is no sandbox any more.
    """
    inputs = [test.input.encode("utf-8", "surrogatepass") for test in tests]
    failure: Judgement | None = None
    passed = 0
    slowest = 0.0

    def keep_going(execution: Execution) -> bool:
        nonlocal failure, passed, slowest
        slowest = max(slowest, execution.cpu_s)
        test = tests[passed]
        verdict, detail = decide(execution, test, problem, program)
        if verdict is Verdict.AC:
            passed += 1
            return not cancelled()
        name = test.name or f"test {passed + 1}"
        failure = _judgement(verdict, passed, len(tests), f"{name}: {detail}", slowest)
        return False

    def attempt() -> Run:
        nonlocal failure, passed, slowest
        failure, passed, slowest = None, 0, 0.0
        return sandbox.run(program, inputs, limits, grain=grain, keep_going=keep_going)

    try:
        run = retried(attempt)
    except (SandboxClosedError, SandboxUnavailableError):
        raise
    except SandboxError as error:
        return _judgement(Verdict.IE, 0, len(tests), str(error), 0.0)
    if not run.built:
        return _judgement(Verdict.CE, 0, len(tests), build_message(run), run.build.cpu_s if run.build else 0.0)
    if failure is None and passed < len(tests):
        return _judgement(Verdict.IE, passed, len(tests), "stopped before the last test", slowest)
    return failure or _judgement(Verdict.AC, passed, len(tests), "", slowest)


def retried(attempt: Callable[[], T]) -> T:
    """What `attempt` gives, tried again after a short wait when the host failed.

    Raises:
        SandboxClosedError, SandboxUnavailableError: At once: there is no sandbox any more.
        SandboxError: It failed ATTEMPTS times.
    """
    for wait_s in [0.1 * 2**number for number in range(ATTEMPTS - 1)]:
        try:
            return attempt()
        except (SandboxClosedError, SandboxUnavailableError):
            raise
        except SandboxError:
            time.sleep(wait_s)
    return attempt()


def build_message(run: Run) -> str:
    """The end of what the compiler said."""
    if run.build is None:
        return ""
    lines = run.build.stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else run.build.status.value


def decide(execution: Execution, test: TestCase, problem: Problem, program: Program) -> tuple[Verdict, str]:
    """The verdict of one run on one test, and one line that says why it is not AC."""
    if execution.status is not Status.OK:
        return _VERDICTS[execution.status], _how_it_ended(execution)
    found = execution.stdout if program.entry_point is None else execution.value
    if found is None:
        return Verdict.RTE, "no value was returned"
    if test.output is None:
        silent = problem.is_question and not found.strip()
        return (Verdict.WA, "nothing was printed") if silent else (Verdict.AC, "")
    decision = check(problem.checker, test.output, found)
    return (Verdict.AC, "") if decision.ok else (Verdict.WA, decision.reason)


def _how_it_ended(execution: Execution) -> str:
    last = execution.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
    match execution.status:
        case Status.NONZERO_EXIT:
            return last[0] if last else f"exit code {execution.exit_code}"
        case Status.SIGNALED:
            return f"ended by signal {execution.signal}"
        case Status.TIME_LIMIT:
            return f"{execution.cpu_s:.2f} s of CPU, {execution.wall_s:.2f} s in all"
        case Status.MEMORY_LIMIT:
            return f"{execution.memory_bytes / (1 << 20):.0f} MiB"
        case _:
            return "too much output"


def _judgement(verdict: Verdict, passed: int, total: int, detail: str, cpu_s: float) -> Judgement:
    return Judgement(verdict=verdict, passed=passed, total=total, detail=shown(detail), cpu_s=cpu_s)


def shown(detail: str) -> str:
    """A detail as one line of moderate length."""
    return "".join(c if c.isprintable() else " " for c in detail[:_DETAIL_CHARS])
