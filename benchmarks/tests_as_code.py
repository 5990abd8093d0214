"""Test code that cannot be read runs as code: in a box of its own, calling the candidate in another one.

The test code and what it needs become a *driver* program. Its standard output is the candidate's input and
the other way round: one line of arguments in wire form out, one line `{"value": ...}` or `{"error": ...}`
back. So the comparison happens on values that were made in the driver's box, and the candidate sees nothing
but arguments. The driver says how it ended on its own stderr, behind a random token; that is evidence because
no byte of the candidate's reaches that stream.
"""

from __future__ import annotations

import ast
import inspect
import secrets
from dataclasses import dataclass

from benchmarks.verdict import Score, last_line
from codegen.judging import Verdict
from problems import syntax, values
from problems.problem import Call
from sandbox.execution import Execution, Limits, Program, Sandbox, Status

_DRIVER = '''
import os as _os
import random as _random
import sys as _sys


class CandidateError(Exception):
    """The candidate raised, or gave no answer."""


class _Unsupported(BaseException):
    """The test code asks for something that the protocol cannot carry: no fault of the candidate."""


_to_candidate = _os.fdopen(_os.dup(1), "w", encoding="utf-8", newline="\\n")
_from_candidate = _os.fdopen(_os.dup(0), "r", encoding="utf-8", errors="strict", newline="\\n")
_report = _os.fdopen(_os.dup(2), "w", encoding="utf-8")
_null = open(_os.devnull, "r+")
_sys.stdin = _sys.stdout = _sys.stderr = _null


def _candidate(*arguments, **named):
    if named:
        raise _Unsupported("keyword arguments: " + ", ".join(named))
    try:
        line = dumps(list(arguments))
    except ValueFormatError as error:
        raise _Unsupported(str(error)) from None
    try:
        _to_candidate.write(line + "\\n")
        _to_candidate.flush()
        answer = _from_candidate.readline()
    except OSError:
        answer = ""
    if not answer.endswith("\\n"):
        raise CandidateError("no answer")
    try:
        answer = json.loads(answer)
        if isinstance(answer, dict) and list(answer) == ["value"]:
            return loads(json.dumps(answer["value"]))
        message = str(answer["error"])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise CandidateError("an answer that is none: " + type(error).__name__) from None
    raise CandidateError(message)


def _main(test_code, helpers, entry_point, token):
    space = {"__name__": "tests"}
    exec(compile(helpers, "helpers", "exec"), space)
    space.update({"candidate": _candidate, entry_point: _candidate})
    _random.seed(0)
    exec(compile(test_code, "tests", "exec"), space)
    if callable(space.get("check")):
        space["check"](_candidate)
    return "passed", ""


def _run(*job):
    try:
        outcome, detail = _main(*job)
    except CandidateError as error:
        outcome, detail = "raised", str(error)
    except _Unsupported as error:
        outcome, detail = "unsupported", str(error)
    except SyntaxError as error:
        outcome, detail = "unsupported", "the test code does not parse: " + str(error)
    except AssertionError as error:
        outcome, detail = "wrong", "assertion failed: " + str(error) if str(error) else "assertion failed"
    except BaseException as error:
        outcome, detail = "wrong", type(error).__name__ + ": " + str(error)
    detail = " ".join(detail.split())[:500]
    _report.write("\\n" + job[-1] + " " + outcome + " " + detail + "\\n")
    _report.flush()
    _os._exit(0 if outcome == "passed" else 1)
'''

_OUTCOMES = {"passed": Verdict.AC, "wrong": Verdict.WA, "raised": Verdict.RTE, "unsupported": Verdict.IE}
_LIMITS = {
    Status.TIME_LIMIT: Verdict.TLE,
    Status.MEMORY_LIMIT: Verdict.MLE,
    Status.OUTPUT_LIMIT: Verdict.OLE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CodedTests:
    """Test code with what it needs from the prompt."""

    code: str
    entry_point: str
    helpers: str = ""


def coded_tests(code: str, interface: Call) -> CodedTests:
    """Test code of a problem, with the helper functions that its prompt defines beside the asked one."""
    return CodedTests(
        code=code,
        entry_point=interface.entry_point,
        helpers=helpers_in(interface.starter_code, interface.entry_point),
    )


def helpers_in(starter_code: str, entry_point: str) -> str:
    """What a prompt defines beside the function that is asked for, imports included; "" when nothing."""
    for ending in ("", "\n    pass\n"):
        try:
            module = syntax.parse(starter_code + ending)
            break
        except (SyntaxError, ValueError):
            continue
    else:
        return ""
    kept = [
        node
        for node in module.body
        if not (isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == entry_point)
    ]
    if not any(isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Assign)) for node in kept):
        return ""
    return "\n\n".join(ast.unparse(node) for node in kept) + "\n"


def run_tests(tests: CodedTests, program: Program, sandbox: Sandbox, limits: Limits) -> Score:
    """Score of a program. Passed is only what the driver says behind its token."""
    token = secrets.token_hex(16)
    driver = Program(language="python", source=driver_source(tests, token))
    candidate, judge = sandbox.converse(program, driver, limits)
    verdict, detail = _verdict(candidate, judge, token)
    return Score(verdict=verdict, detail=detail, cpu_s=max(candidate.cpu_s, judge.cpu_s))


def _verdict(candidate: Execution, judge: Execution, token: str) -> tuple[Verdict, str]:
    outcome, detail = _said(judge, token)
    if outcome == "passed" and judge.status is Status.OK:
        return Verdict.AC, ""
    if candidate.status in _LIMITS:
        return _LIMITS[candidate.status], detail
    if judge.status in _LIMITS:
        return _LIMITS[judge.status], "the test code itself reached a limit with the candidate's answers"
    if _unbuilt(candidate):
        return Verdict.CE, last_line(candidate.stderr)
    if outcome == "raised":
        return Verdict.RTE, (last_line(candidate.stderr) or detail) if detail == "no answer" else detail
    if outcome is None:
        return Verdict.IE, f"the test code ended without a word: {last_line(judge.stderr)}"
    return _OUTCOMES[outcome], detail


def driver_source(tests: CodedTests, token: str) -> str:
    """The whole driver program: wire form, channel to the candidate, the tests as text."""
    job = ", ".join(repr(text) for text in (tests.code, tests.helpers, tests.entry_point, token))
    return f"{_codec()}\n{_DRIVER}\n\n_run({job})\n"


def _codec() -> str:
    """The wire form's own module, made to stand alone."""
    source = inspect.getsource(values)
    line = "from problems.errors import ValueFormatError\n"
    assert source.count(line) == 1, "problems.values imports something else now: adapt the driver"
    return source.replace(line, "class ValueFormatError(ValueError):\n    pass\n")


def _said(judge: Execution, token: str) -> tuple[str | None, str]:
    for line in reversed(judge.stderr.decode("utf-8", "replace").splitlines()):
        said, _, rest = line.partition(" ")
        if said == token:
            outcome, _, detail = rest.partition(" ")
            return (outcome if outcome in _OUTCOMES else None), detail
    return None, ""


def _unbuilt(candidate: Execution) -> bool:
    """A program that does not parse is said to have ended with what the compiler says, without a traceback."""
    return (
        candidate.status is Status.NONZERO_EXIT
        and b"Traceback" not in candidate.stderr
        and last_line(candidate.stderr).startswith(("SyntaxError", "IndentationError", "TabError"))
    )
