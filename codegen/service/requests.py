"""A body in JSON -> what is asked of the service, or a refusal that names the field."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from codegen.service.limits import ServiceLimits
from codegen.service.refusals import Refusal
from problems.errors import ProblemError
from problems.library import SUITES, bundled_ids, find, from_text
from problems.problem import Call, Problem

Choice = int | Literal["neither", "invalid", "stop"]

_HEADING = re.compile(r"^#\s+(\S.*)$", re.MULTILINE)
_REPLIES = ("neither", "invalid", "stop")


@dataclass(frozen=True, slots=True, kw_only=True)
class SolveRequest:
    """A problem to be solved.

    Attributes:
        title: For people.
        samples: How many to draw.
        ask: Whether the client wants to be asked which output is right.
        seconds: For how long samples are drawn at most; None: until all are.
    """

    problem: Problem
    title: str
    samples: int
    ask: bool
    seconds: float | None


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object of a body."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        shown = body[:200].decode("utf-8", "replace")
        raise Refusal(400, "body", shown, f"no JSON: {error}", "send one JSON object in UTF-8") from None
    if not isinstance(found, dict):
        raise Refusal(400, "body", found, "no JSON object", 'send an object, such as {"problem": "steady-readings"}')
    return found


def read_solve(body: bytes, *, samples: int, limits: ServiceLimits) -> SolveRequest:
    """`{"problem": name} or {"text": statement or stub}`, with `samples`, `ask`, `seconds`.

    Args:
        samples: Where the request does not say.

    Raises:
        Refusal
    """
    asked = read_object(body)
    _known(asked, ("problem", "text", "samples", "ask", "seconds"))
    if ("problem" in asked) == ("text" in asked):
        both = "both" if "problem" in asked else "neither"
        raise Refusal(400, "problem", None, f"{both} of problem and text", "give the name of one, or the text of one")
    count = _number(asked, "samples", int, 1, limits.samples)
    seconds = _number(asked, "seconds", float, 1, limits.seconds)
    ask = asked.get("ask", False)
    if not isinstance(ask, bool):
        raise Refusal(400, "ask", ask, "neither true nor false", "give true to be asked, or leave it out")
    problem = _named(asked["problem"]) if "problem" in asked else _of_text(asked["text"])
    return SolveRequest(
        problem=problem,
        title=title_of(problem),
        samples=samples if count is None else int(count),
        ask=ask,
        seconds=seconds,
    )


def read_answer(body: bytes) -> tuple[int, Choice]:
    """`{"question": number, "choice": place of an output from 0, "neither", "invalid" or "stop"}`."""
    asked = read_object(body)
    _known(asked, ("question", "choice"))
    number = _number(asked, "question", int, 1, 1 << 30)
    choice = asked.get("choice")
    if number is None:
        raise Refusal(400, "question", None, "not said which", "give the number of the question that you answer")
    if isinstance(choice, bool) or not (isinstance(choice, int) or choice in _REPLIES):
        remedy = 'give the place of the right output, from 0, or "neither", "invalid" or "stop"'
        raise Refusal(400, "choice", choice, "no answer", remedy)
    return int(number), choice


def title_of(problem: Problem) -> str:
    """The first heading of the statement, or the function's name."""
    heading = _HEADING.search(problem.statement)
    if heading:
        return heading[1].strip()[:80]
    return problem.interface.entry_point if isinstance(problem.interface, Call) else problem.id


def _named(name: Any) -> Problem:
    """A bundled problem or one of a suite. Never a file: a client has no business with this machine's."""
    if not isinstance(name, str) or not (name in bundled_ids() or name.partition("/")[0] in SUITES):
        remedy = "give a bundled problem (GET /api/problems), suite/problem, or its text"
        raise Refusal(404, "problem", name, "not known", remedy)
    try:
        return find(name)
    except (ProblemError, OSError) as error:
        raise Refusal(404, "problem", name, str(error), "give a bundled problem (GET /api/problems)") from None


def _of_text(text: Any) -> Problem:
    if not isinstance(text, str):
        raise Refusal(400, "text", text, "no text", "give a statement in Markdown or a Python stub")
    try:
        return from_text(text, name="pasted")
    except ProblemError as error:
        remedy = "give a statement in Markdown, or a Python function with a docstring"
        raise Refusal(422, "text", text, str(error), remedy) from None


def _known(asked: dict[str, Any], names: tuple[str, ...]) -> None:
    for name in asked:
        if name not in names:
            raise Refusal(400, name, asked[name], "no such field", f"the fields are {', '.join(names)}")


def _number(asked: dict[str, Any], name: str, kind: Callable[[Any], float], least: float, most: float) -> float | None:
    value = asked.get(name)
    if value is None:
        return None
    fits = isinstance(value, int) or (kind is float and isinstance(value, float))
    if isinstance(value, bool) or not fits or not least <= value <= most:
        what = "a whole number" if kind is int else "a number"
        raise Refusal(400, name, value, "out of range", f"give {what} from {least:g} to {most:g}")
    return kind(value)
