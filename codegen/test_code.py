"""Program and test code -> Judgement: the tests run in a box of their own and call the program in another one.

The comparison happens on values that were made in the tests' box; the program sees nothing but arguments. What the
tests say behind a random token is evidence, because no byte of the program's reaches that stream.
"""

from __future__ import annotations

import inspect
import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from codegen.judging import Judgement, Verdict, judge, retried, shown
from problems import values
from problems.formats.signature import parameters_of
from problems.problem import Call, Problem
from sandbox.errors import SandboxClosedError, SandboxError, SandboxUnavailableError
from sandbox.execution import Execution, Limits, Program, Sandbox, Status

_NOT_ALONE = (
    "from __future__ import annotations\n",
    "from codegen.pytest_stand_in import Inexpressible, Skipped, Unsupported, stand_in\n",
    "from problems.errors import ValueFormatError\n",
    "from problems.values import dumps, loads\n",
)
"""Lines of the driver that have no place behind the wire form's own module."""
_OUTCOMES = {
    "passed": Verdict.AC,
    "skipped": Verdict.AC,
    "wrong": Verdict.WA,
    "raised": Verdict.RTE,
    "unsupported": Verdict.IE,
    "unclear": Verdict.IE,
}
_LIMITS = {Status.TIME_LIMIT: Verdict.TLE, Status.MEMORY_LIMIT: Verdict.MLE, Status.OUTPUT_LIMIT: Verdict.OLE}


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionResult:
    """How one test function ended; AC also for one that is to be skipped."""

    name: str
    verdict: Verdict
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TestsResult:
    """How a file of tests ended. `functions` holds those that were run, in order; with AC, `detail` says which not."""

    __test__ = False

    verdict: Verdict
    detail: str
    cpu_s: float
    functions: tuple[FunctionResult, ...]


def run_test_code(
    code: str,
    program: Program,
    sandbox: Sandbox,
    limits: Limits,
    *,
    context: str = "",
    entry_point: str,
    functions: Sequence[str] = (),
    modules: Sequence[str] = (),
    parameters: Sequence[str] = (),
) -> TestsResult:
    """Run test code that calls `program`.

    Args:
        context: Code that the tests may use beside the function: for a test file the module that it imports.
        functions: Test functions of a file, methods as `Class::method`; none: `code` is bare asserts, or has `check`.
        modules: Names under which the file imports the module of the function.
        parameters: Of the function, for arguments that are handed over by name.

    Raises:
        SandboxError: The host is at fault.
    """
    token = secrets.token_hex(16)
    job = {
        "code": code,
        "context": context,
        "entry_point": entry_point,
        "functions": list(functions),
        "modules": list(modules) or ["solution"],
        "parameters": list(parameters),
    }
    # The token is no part of the text, so that the same tests are the same program for every candidate.
    driver = Program(language="python", source=driver_source(job), arguments=(token,))
    candidate, judge = retried(lambda: sandbox.converse(program, driver, limits))
    verdict, detail = _verdict(candidate, judge, token)
    return TestsResult(
        verdict=verdict, detail=detail, cpu_s=max(candidate.cpu_s, judge.cpu_s), functions=_functions(judge, token)
    )


def run_tests_of(problem: Problem, program: Program, sandbox: Sandbox, limits: Limits) -> Iterator[TestsResult]:
    """`run_test_code` for each file of tests that belongs to a problem."""
    assert isinstance(problem.interface, Call)
    for tests in problem.test_code:
        yield run_test_code(
            tests.source,
            program,
            sandbox,
            limits,
            context=tests.context,
            entry_point=problem.interface.entry_point,
            functions=tests.functions,
            modules=tests.modules,
            parameters=parameters_of(problem.interface.signature),
        )


def judge_on_all(
    program: Program,
    problem: Problem,
    sandbox: Sandbox,
    limits: Limits,
    *,
    cancelled: Callable[[], bool] = lambda: False,
) -> Judgement:
    """`judge` on the public tests, then on the test code: to the first that is not passed. Raises as `judge`."""
    whole = judge(program, problem.public_tests, problem, sandbox, limits, cancelled=cancelled)
    total = whole.total + len(problem.test_code)
    whole = replace(whole, total=total)
    if whole.verdict is not Verdict.AC or not problem.test_code:
        return whole
    try:
        for each in run_tests_of(problem, program, sandbox, limits):
            whole = replace(whole, cpu_s=max(whole.cpu_s, each.cpu_s))
            if each.verdict is not Verdict.AC:
                return replace(whole, verdict=each.verdict, detail=shown(each.detail))
            whole = replace(whole, passed=whole.passed + 1, detail=shown(each.detail or whole.detail))
    except (SandboxClosedError, SandboxUnavailableError):
        raise
    except SandboxError as error:
        return replace(whole, verdict=Verdict.IE, detail=shown(str(error)))
    return whole


def driver_source(job: Mapping[str, object]) -> str:
    """The whole program: the wire form, the driver, the job as text. Its one argument is the token."""
    return f"{_driver()}\n\nrun_job({json.dumps(job)!r}, sys.argv[1])\n"


@cache
def _driver() -> str:
    parts = [files("codegen").joinpath(f"{name}.py").read_text("utf-8") for name in ("pytest_stand_in", "test_driver")]
    own = "\n".join(parts)
    for line in _NOT_ALONE:
        assert line in own, f"codegen.test_driver lacks the line {line!r}"
        own = own.replace(line, "")
    return f"{_codec()}\n{own}"


def _codec() -> str:
    """The wire form's own module, made to stand alone."""
    source = inspect.getsource(values)
    line = "from problems.errors import ValueFormatError\n"
    assert source.count(line) == 1, "problems.values imports something else now: adapt the driver"
    return source.replace(line, "class ValueFormatError(ValueError):\n    pass\n")


def _verdict(candidate: Execution, judge: Execution, token: str) -> tuple[Verdict, str]:
    said = _said(judge, token)
    outcome, detail = said[-1] if said else ("", "")
    if outcome == "passed" and judge.status is Status.OK:
        return Verdict.AC, detail
    if candidate.status in _LIMITS:
        return _LIMITS[candidate.status], detail
    if judge.status in _LIMITS:
        return _LIMITS[judge.status], "the test code itself reached a limit with the candidate's answers"
    if _unbuilt(candidate):
        return Verdict.CE, last_line(candidate.stderr)
    if outcome == "raised":
        return Verdict.RTE, (last_line(candidate.stderr) or detail) if detail.endswith("no answer") else detail
    if not outcome:
        return Verdict.IE, f"the test code ended without a word: {last_line(judge.stderr)}"
    return (Verdict.IE if outcome in ("passed", "skipped") else _OUTCOMES[outcome]), detail


def _functions(judge: Execution, token: str) -> tuple[FunctionResult, ...]:
    found = []
    for outcome, rest in _said(judge, f"{token}+"):
        name, _, detail = rest.partition(" ")
        found.append(FunctionResult(name=name, verdict=_OUTCOMES[outcome], detail=shown(detail)))
    return tuple(found)


def _said(judge: Execution, token: str) -> list[tuple[str, str]]:
    found = []
    for line in judge.stderr.decode("utf-8", "replace").splitlines():
        said, _, rest = line.partition(" ")
        outcome, _, detail = rest.partition(" ")
        if said == token and outcome in _OUTCOMES:
            found.append((outcome, detail))
    return found


def last_line(stderr: bytes) -> str:
    """Of a traceback the line that names the error."""
    lines = stderr.decode("utf-8", "replace").strip().splitlines()
    return shown(lines[-1]) if lines else ""


def _unbuilt(candidate: Execution) -> bool:
    """A program that does not parse is said to have ended with what the compiler says, without a traceback."""
    return (
        candidate.status is Status.NONZERO_EXIT
        and b"Traceback" not in candidate.stderr
        and last_line(candidate.stderr).startswith(("SyntaxError", "IndentationError", "TabError"))
    )
