"""Inputs that the model writes: what it is asked, and what is read from its answer.

Only values are taken from the answer, never code; an input far larger than the examples is left out, since it would end
slow but right programs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from codegen.inputs.generated import GeneratedInput
from codegen.inputs.words import is_integer
from codegen.markdown import blocks
from codegen.models.base import Completion
from codegen.prompts import CHAT_STOP, Prompt, Variation, clean, quote, seed_of
from problems.errors import ProblemFormatError, ValueFormatError
from problems.formats.doctests import arguments_of
from problems.formats.literals import NotLiteralError, closing, escaped, parse
from problems.formats.signature import Signature
from problems.formats.stub import signature_of
from problems.problem import Call, Problem
from problems.values import dumps, loads

MAX_CHARS = 2000
MAX_ITEMS = 40
"""Elements of a container; `MAX_NUMBER` for integers, or ten times the largest of the examples."""
MAX_NUMBER = 1000
MAX_CALLS = 1000
TOKENS_AN_INPUT = 48

_SYSTEM = "You are an expert tester. You write short inputs on which wrong programs fail."


def input_prompt(problem: Problem, count: int, run_seed: int) -> Prompt:
    """Ask for `count` inputs of a problem."""
    if isinstance(problem.interface, Call):
        name = problem.interface.entry_point
        shown = quote(clean(problem.interface.starter_code or problem.statement).rstrip(), "python")
        asked = f"Write {count} different calls of `{name}` that test it well, with edge cases. One a line, no results."
        prefill = f"```python\n{name}("
    else:
        examples = "\n\n".join(quote(clean(test.input).rstrip(), "input") for test in problem.public_tests)
        shown = f"{quote(clean(problem.statement).rstrip(), 'text')}\n\nInputs look like this:\n\n{examples}"
        asked = f"Write {count} different small inputs that test a program well, with edge cases, each in a code block."
        prefill = "```input\n"
    user = f"{shown}\n\n{asked}"
    return Prompt(
        problem_id=problem.id,
        index=0,
        seed=seed_of(run_seed, problem.id, "inputs"),
        variation=Variation(temperature=0.8),
        system=_SYSTEM,
        user=user,
        prefill=prefill,
        plain=f"{user}\n\n{prefill}",
        stop=CHAT_STOP if isinstance(problem.interface, Call) else (),
        plain_stop=CHAT_STOP if isinstance(problem.interface, Call) else (),
    )


def read_inputs(problem: Problem, prompt: Prompt, completion: Completion, count: int) -> tuple[GeneratedInput, ...]:
    """At most `count` different inputs from an answer; what is no value, or too large, is left out."""
    whole = completion.form == "answer" or completion.text.startswith(prompt.prefill)
    text = completion.text if whole else prompt.prefill + completion.text
    found = _calls(problem.interface, text) if isinstance(problem.interface, Call) else _blocks(text)
    largest = _largest(problem)
    kept = dict.fromkeys(each for each in found if len(each) <= MAX_CHARS and _is_small(each, problem, largest))
    return tuple(GeneratedInput(text=each, source="model") for each in list(kept)[:count])


def _calls(call: Call, text: str) -> Iterator[str]:
    signature = _signature(call)
    place = -1
    for _ in range(MAX_CALLS):
        place = text.find(f"{call.entry_point}(", place + 1)
        if place < 0 or signature is None:
            return
        end = closing(text, place + len(call.entry_point))
        try:
            node = parse(escaped(text[place:end])) if end is not None else None
            read = arguments_of(node, signature, {}) if node is not None else None
            if read is not None and not read[1]:
                yield dumps(list(read[0]))
        except (NotLiteralError, ValueFormatError, UnicodeEncodeError):
            continue


def _signature(call: Call) -> Signature | None:
    for source in (call.starter_code, f"{call.signature}\n    pass\n"):
        try:
            return signature_of(source)
        except ProblemFormatError:
            continue
    return None


def _blocks(text: str) -> Iterator[str]:
    for block in blocks(text):
        if block.code.strip():
            yield block.code.rstrip("\n") + "\n"


def _largest(problem: Problem) -> int:
    numbers = [number for test in problem.public_tests for number in _numbers(test.input, problem)]
    return max(MAX_NUMBER, 10 * max(map(abs, numbers), default=0))


def _is_small(text: str, problem: Problem, largest: int) -> bool:
    if any(abs(number) > largest for number in _numbers(text, problem)):
        return False
    return not isinstance(problem.interface, Call) or _is_short(loads(text))


def _is_short(value: Any) -> bool:
    match value:
        case list() | tuple() | set() | frozenset():
            return len(value) <= MAX_ITEMS and all(map(_is_short, value))
        case dict():
            return len(value) <= MAX_ITEMS and all(map(_is_short, value.values()))
    return True


def _numbers(text: str, problem: Problem) -> Iterator[int]:
    """Integers at any depth; of standard input, the tokens that are some."""
    if isinstance(problem.interface, Call):
        yield from _integers(loads(text))
    else:
        yield from (int(token) for token in text.split() if is_integer(token))


def _integers(value: Any) -> Iterator[int]:
    if isinstance(value, (int, float)) and abs(value) < float("inf"):
        yield int(value)
    elif isinstance(value, dict):
        yield from _integers([*value, *value.values()])
    elif isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            yield from _integers(item)
