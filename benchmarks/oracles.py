"""How EvalPlus decides a result: equal to the reference's, near to it, or by a rule of the task's own.

The rules are those of evalplus 0.3.1 (`eval/__init__.py: unsafe_execute`), on values that were made on this side.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

Oracle = Callable[[list[Any], Any, Any, float], bool]
"""Arguments, the reference's result, the found result, absolute tolerance -> whether it is right."""

RELATIVE = 1e-7
FLOATS_ABSOLUTE = 1e-6
"""Where the task names no tolerance and the reference gives floats."""


def value(arguments: list[Any], expected: Any, found: Any, atol: float) -> bool:  # noqa: ARG001
    """Equal as Python's `==` has it; floats, and sequences where the task has a tolerance, within the tolerance."""
    if found == expected:
        return True
    if atol == 0 and _is_floats(expected):
        atol = FLOATS_ABSOLUTE
    return atol != 0 and type(found) is type(expected) and _close(expected, found, atol)


def root(arguments: list[Any], expected: Any, found: Any, atol: float) -> bool:  # noqa: ARG001
    """HumanEval/32: any zero of the polynomial with the given coefficients."""
    return bool(abs(sum(factor * math.pow(found, power) for power, factor in enumerate(arguments[0]))) <= atol)


def same_members(arguments: list[Any], expected: Any, found: Any, atol: float) -> bool:  # noqa: ARG001
    """The same members in any order and number."""
    return set(found) == set(expected)


def something(arguments: list[Any], expected: Any, found: Any, atol: float) -> bool:  # noqa: ARG001
    """Tasks that return a match or None: what counts is whether there is one."""
    if isinstance(found, bool):
        return found is (expected is not None)
    return (found is not None) is (expected is not None)


def anything(arguments: list[Any], expected: Any, found: Any, atol: float) -> bool:  # noqa: ARG001
    """Mbpp/164, whose statement allows opposite readings: any result at all."""
    return True


def or_zero(arguments: list[Any], expected: Any, found: Any, atol: float) -> bool:
    """Mbpp/295: sums of no proper divisor may be 0."""
    return bool(found == 0) or value(arguments, expected, found, atol)


def or_pyramid(arguments: list[Any], expected: Any, found: Any, atol: float) -> bool:
    """Mbpp/581: the height may also be that of the pyramid instead of its side."""
    edge, height = arguments
    slant = math.sqrt((edge / 2) ** 2 + height**2)
    return value(arguments, expected, found, atol) or abs(found - round(edge**2 + 4 * (edge * slant) / 2)) <= atol


def or_digitwise(arguments: list[Any], expected: Any, found: Any, atol: float) -> bool:
    """Mbpp/558: digits may also be compared one by one."""
    texts = [str(number) for number in arguments]
    width = max(map(len, texts))
    digits = zip(*(text.zfill(width) for text in texts), strict=True)
    return value(arguments, expected, found, atol) or bool(found == sum(abs(int(a) - int(b)) for a, b in digits))


ORACLES: dict[str, Oracle] = {
    "value": value,
    "root": root,
    "same_members": same_members,
    "something": something,
    "anything": anything,
    "or_zero": or_zero,
    "or_pyramid": or_pyramid,
    "or_digitwise": or_digitwise,
}


def decide(oracle: str, arguments: list[Any], expected: Any, found: Any, atol: float) -> bool:
    """Ask an oracle. A result that it cannot even look at is wrong."""
    try:
        return ORACLES[oracle](arguments, expected, found, atol)
    except (TypeError, ValueError, ArithmeticError, RecursionError):
        return False


def _is_floats(expected: Any) -> bool:
    if isinstance(expected, (list, tuple)):
        return bool(expected) and all(isinstance(item, float) for item in expected)
    return isinstance(expected, float)


def _close(expected: Any, found: Any, atol: float) -> bool:
    """As `numpy.allclose` of two arrays of one shape."""
    if isinstance(expected, (list, tuple)):
        return (
            isinstance(found, (list, tuple))
            and len(found) == len(expected)
            and all(_close(mine, theirs, atol) for mine, theirs in zip(expected, found, strict=True))
        )
    if not isinstance(expected, (int, float, complex)) or not isinstance(found, (int, float, complex)):
        return False
    return found == expected or abs(found - expected) <= atol + RELATIVE * abs(expected)
