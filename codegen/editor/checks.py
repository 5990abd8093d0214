"""What is wrong with a document's functions: examples that contradict each other, bodies that fail their examples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from codegen.editor.functions import Function, Shown, contradictions
from codegen.editor.synthesis import call_text, value_text
from codegen.judging import Verdict
from codegen.verifying import ExampleResult, Verification
from problems.errors import ValueFormatError
from problems.problem import Problem
from problems.values import dumps

Kind = Literal["contradiction", "failing-example", "failing-test", "failing-function"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A line of a document (from 0) and what is wrong there; `other` is a line that has to do with it."""

    line: int
    kind: Kind
    message: str
    other: int | None = None


def contradicting(function: Function) -> list[Finding]:
    """Examples of a docstring that say two things about one call."""
    found = []
    for first, second in contradictions(function):
        call = _call(function.name, second)
        message = f"{call} is {second.example.result!r} here, and {first.example.result!r} on line {first.line + 1}"
        found.append(Finding(line=second.line, kind="contradiction", message=message, other=first.line))
    return found


def failing(function: Function, problem: Problem, verification: Verification) -> list[Finding]:
    """The examples and tests that the present body fails, each where it stands."""
    if verification.verdict is Verdict.IE:  # nobody's fault
        return []
    if not verification.results and not verification.passed:
        return [Finding(line=function.header, kind="failing-function", message=verification.detail)]
    places = {_input(each): each.line for each in reversed(function.shown)}
    found = []
    for result in verification.failures:
        if result.verdict is Verdict.IE:
            continue
        line = places.get(result.input) if result.input else None
        kind: Kind = "failing-example" if line is not None else "failing-test"
        place = function.header if line is None else line
        found.append(Finding(line=place, kind=kind, message=_message(problem.id, result, shown=line is not None)))
    return found


def _message(name: str, result: ExampleResult, *, shown: bool) -> str:
    if not result.input:
        return f"{result.name} fails: {result.detail}"
    call, origin = call_text(name, result.input), "the example" if shown else result.name
    if result.found is None or result.expected is None or result.verdict is not Verdict.WA:
        return f"{call} fails {origin}: {result.verdict.value} {result.detail}".rstrip()
    return f"{call} gives {value_text(result.found)}; {origin} says {value_text(result.expected)}"


def _input(shown: Shown) -> str:
    try:
        return dumps(list(shown.example.arguments))
    except ValueFormatError:
        return ""


def _call(name: str, shown: Shown) -> str:
    return call_text(name, _input(shown))
