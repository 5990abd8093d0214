"""Examples of a function out of its docstring, or out of any text about it.

Doctest sessions, assert lines, `f(x) == y` and its relatives (=>, ➞, "returns", "should be"), "For x = ... the
output should be ...", and Input/Output blocks. A test that is not what its author meant throws away right programs,
so what is not certain is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from problems.errors import ValueFormatError
from problems.formats.doctests import Example, read_code
from problems.formats.prose import read_assignments, read_blocks, read_calls, read_mappings, read_misnamed_calls
from problems.formats.signature import Signature
from problems.problem import CheckerSpec, TestCase

MAX_TEXT = 200_000
FLOAT_TOLERANCE = 1e-6
"""Absolute and relative, where an example's result is or holds a float."""

_HEADING = re.compile(
    r"^[ \t]*(?:\[?input/output\]?[ \t]+)?(?:for[ \t]+)?(?:some[ \t]+)?(?:examples?|samples?|e\.g\.)[ \t]*:?[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)


def read_examples(text: str, signature: Signature) -> tuple[Example, ...]:
    """The examples in `text` of the function, in the order of the text."""
    text = text[:MAX_TEXT]
    found, rest = read_code(text, signature)
    found += read_calls(rest, signature)
    if not found:
        found = read_misnamed_calls(rest, signature)
    found += read_blocks(rest, signature)
    found = found or read_assignments(rest, signature) or read_mappings(rest, signature)
    found.sort(key=lambda example: example.position)
    return tuple(_consistent(_of_last_group(text, _tuples_of_one(_quoted(found, signature)))))


def as_tests(examples: Iterable[Example]) -> tuple[tuple[TestCase, ...], CheckerSpec]:
    """Test cases, and the checker that is as strict as the examples are exact."""
    tests: list[TestCase] = []
    tolerance = 0.0
    relative = 0.0
    for example in examples:
        try:
            case = TestCase.call(example.arguments, example.result, name=f"example {len(tests) + 1}")
        except ValueFormatError:
            continue
        tests.append(case)
        if _holds_float(example.result):
            tolerance, relative = max(tolerance, FLOAT_TOLERANCE), max(relative, FLOAT_TOLERANCE)
        tolerance, relative = max(tolerance, example.tolerance), max(relative, example.relative)
    return tuple(tests), CheckerSpec(name="value", absolute=tolerance, relative=relative)


def _quoted(found: list[Example], signature: Signature) -> list[Example]:
    """Words without quotes count as strings where all examples are written so and nothing speaks against it."""
    bare = [example for example in found if example.bare]
    words = {argument for example in bare for argument in example.arguments if isinstance(argument, str)}
    hints = {hint for hint in signature.annotations if hint not in ("", "str")}
    if len(bare) == len(found) >= 3 and len(words) >= 3 and max(map(len, words)) >= 3 and not hints:
        return found
    return [example for example in found if not example.bare]


def _tuples_of_one(found: list[Example]) -> list[Example]:
    """`("Venus")` among results that are all tuples is a tuple; its comma was forgotten."""
    others = [example.result for example in found if not example.lone]
    if others and all(isinstance(result, tuple) for result in others):
        return [replace(each, result=(each.result,)) if each.lone else each for each in found]
    return found


def _of_last_group(text: str, found: list[Example]) -> list[Example]:
    """Without what stands before the last heading "Examples:", where that has results of another kind.

    A recurrence that the statement explains first (`f(1) = 3`) is then about an element and not about the result.
    """
    headings = [match.start() for match in _HEADING.finditer(text)]
    if not headings:
        return found
    last = [example for example in found if example.position > headings[-1]]
    kinds = [{_kind(example.result) for example in group} for group in (last, found[: len(found) - len(last)])]
    return last if last and not kinds[0] & kinds[1] else found


def _kind(result: object) -> str:
    return "number" if isinstance(result, (int, float)) else type(result).__name__


def _consistent(found: list[Example]) -> list[Example]:
    """Each call once. Of calls that are said to have two results none is kept."""
    results: dict[str, list[Example]] = {}
    for example in found:
        results.setdefault(repr(example.arguments), []).append(example)
    return [group[0] for group in results.values() if all(each.result == group[0].result for each in group)]


def _holds_float(value: object) -> bool:
    if isinstance(value, (list, tuple, set, frozenset)):
        return any(_holds_float(item) for item in value)
    if isinstance(value, dict):
        return any(_holds_float(item) for item in value.values())
    return isinstance(value, (float, complex))
