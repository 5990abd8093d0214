"""Expected output + found output -> Decision. The table `CHECKERS` holds one function a name.

What is found comes from an untrusted program: any bytes, any length. Nothing here evaluates it, and every
checker stops at the first difference, so that its time and memory follow the expected output and not the
found one.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain, repeat
from reprlib import Repr
from typing import Any, Protocol

from problems.errors import ProblemError, ValueFormatError
from problems.printed import printed_value
from problems.problem import CheckerSpec
from problems.values import dumps, loads

_TOKEN = re.compile(rb"\S+")
_LINE = re.compile(rb"[^\n]+")
_NUMBER = re.compile(rb"[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?|nan)", re.IGNORECASE)
_MAX_NUMBER = 1000
"""A token of more characters than this is compared as text."""
_MAX_SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Whether an output is right; if not, a short reason for a person ("line 2: expected 3, found 4")."""

    ok: bool
    reason: str = ""


class Checker(Protocol):
    """Decides one output. Never raises for anything that `output` may hold."""

    def __call__(self, expected: str, output: bytes, spec: CheckerSpec) -> Decision: ...


_RIGHT = Decision(ok=True)


def check(spec: CheckerSpec, expected: str, output: bytes) -> Decision:
    """Ask the checker that `spec` names.

    Raises:
        ProblemError: There is no such checker.
        ValueFormatError: `expected` is no value, for the checker "value".
    """
    if spec.name not in CHECKERS:
        raise ProblemError(f"'{spec.name}' is no checker; there are: {', '.join(CHECKERS)}")
    return CHECKERS[spec.name](expected, output, spec)


def exact(expected: str, output: bytes, spec: CheckerSpec) -> Decision:  # noqa: ARG001
    """Equal byte for byte; only the newline at the very end may be missing or added."""
    wanted = _encode(expected).removesuffix(b"\n")
    found = output.removesuffix(b"\n")
    if wanted == found:
        return _RIGHT
    # Bisection over prefixes: as fast as comparing bytes is, whatever the length.
    low, high = 0, min(len(wanted), len(found))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if wanted[:middle] == found[:middle] else (low, middle - 1)
    start = wanted.rfind(b"\n", 0, low) + 1
    column = low - start + 1
    line = wanted.count(b"\n", 0, low) + 1
    shown = [_show_bytes(text[low : low + _MAX_SHOWN].split(b"\n")[0]) or "the end" for text in (wanted, found)]
    return _wrong(f"line {line}, byte {column}: expected {shown[0]}, found {shown[1]}")


def tokens(expected: str, output: bytes, spec: CheckerSpec) -> Decision:  # noqa: ARG001
    """Equal after splitting at white space."""
    return _compare_tokens(_encode(expected), output, lambda wanted, found: wanted == found)


def floats(expected: str, output: bytes, spec: CheckerSpec) -> Decision:
    """Tokens that are numbers on both sides may differ by the tolerances; others must be equal."""

    def same(wanted: bytes, found: bytes) -> bool:
        if wanted == found:
            return True
        numbers = _number(wanted), _number(found)
        return None not in numbers and _near(numbers[0], numbers[1], spec)

    return _compare_tokens(_encode(expected), output, same)


def yes_no(expected: str, output: bytes, spec: CheckerSpec) -> Decision:  # noqa: ARG001
    """Tokens, upper and lower case (of ASCII) being the same."""
    return _compare_tokens(_encode(expected), output, lambda wanted, found: wanted.lower() == found.lower())


def unordered_lines(expected: str, output: bytes, spec: CheckerSpec) -> Decision:  # noqa: ARG001
    """The same lines as often, in any order; empty lines and the amount of white space do not count."""
    wanted = Counter(filter(None, map(_squeeze, _encode(expected).split(b"\n"))))
    longest = 4 * max(map(len, wanted), default=0) + 1000
    for match in _LINE.finditer(output):
        line = match.group().strip()
        if not line:
            continue
        key = _squeeze(line) if len(line) <= longest else line
        if not wanted[key]:
            number = output.count(b"\n", 0, match.start()) + 1
            more = "more often than expected" if key in wanted else "which is not expected"
            return _wrong(f"line {number}: found {_show_bytes(line)}, {more}")
        # A key looked up by a Counter is not stored, so a hostile output cannot fill it.
        wanted[key] -= 1
    missing = next(iter(+wanted), None)
    return _RIGHT if missing is None else _wrong(f"no line {_show_bytes(missing)}")


def value(expected: str, output: bytes, spec: CheckerSpec) -> Decision:
    """Values in wire form, equal as Python's `==` has it: 1, 1.0 and True are, a list and a tuple are not.

    NaN equals NaN here, so that a right program can return it. With a tolerance, numbers inside lists,
    tuples and the values of dicts may differ by it; members of sets and keys of dicts may not.
    """
    if output.strip() == _encode(expected):
        return _RIGHT
    wanted = loads(expected)
    # The longest form of a value that equals the expected one is some 20 times as long as the shortest.
    if len(output) > 32 * len(expected) + 4096:
        return _wrong(f"the result takes {len(output):,} bytes, the expected one {len(expected):,}")
    try:
        found = loads(output)
    except ValueFormatError as error:
        return _wrong(f"no result that can be read ({_cut(str(error))})" if output else "no result")
    difference = _difference(wanted, found, spec, "result")
    return _RIGHT if difference is None else _wrong(difference)


def json(expected: str, output: bytes, spec: CheckerSpec) -> Decision:
    """Values as JSON has them: like "value", tuples being lists, since the expected ones were never anything else."""
    found = _as_json(output)
    return value(expected, output if found is None else found, spec)


def json_or_item(expected: str, output: bytes, spec: CheckerSpec) -> Decision:
    """Like "json"; where a list is expected, its first item is right, too (APPS wraps some results in lists)."""
    decision = json(expected, output, spec)
    if not decision.ok:
        wanted = loads(expected)
        if isinstance(wanted, list) and wanted and json(dumps(wanted[0]), output, spec).ok:
            return _RIGHT
    return decision


def decimal_lines(expected: str, output: bytes, spec: CheckerSpec) -> Decision:  # noqa: ARG001
    """Line by line without outer white space; lines that differ may be equal as lists of decimal numbers.

    LiveCodeBench's rule (its `grade_stdio`).
    """
    wanted = _encode(expected).strip().split(b"\n")
    count = output.strip().count(b"\n") + 1
    if count != len(wanted):
        return _wrong(f"expected {len(wanted)} line{'s' * (len(wanted) != 1)}, found {count}")
    for number, (mine, theirs) in enumerate(zip(wanted, output.strip().split(b"\n"), strict=True), start=1):
        mine, theirs = mine.strip(), theirs.strip()
        if mine != theirs and (_decimals(mine) is None or _decimals(mine) != _decimals(theirs)):
            return _wrong(f"line {number}: expected {_show_bytes(mine)}, found {_show_bytes(theirs)}")
    return _RIGHT


def answer(expected: str, output: bytes, spec: CheckerSpec) -> Decision:  # noqa: ARG001
    """The value in the last line, whatever stands around it (see `problems.printed`)."""
    wanted, found = printed_value(_encode(expected)), printed_value(output)
    return (
        _RIGHT
        if wanted == found
        else _wrong(f"expected {_show_bytes(_encode(wanted))}, found {_show_bytes(_encode(found)) or 'nothing'}")
    )


CHECKERS: dict[str, Checker] = {
    "exact": exact,
    "tokens": tokens,
    "floats": floats,
    "unordered_lines": unordered_lines,
    "yes_no": yes_no,
    "value": value,
    "json": json,
    "json_or_item": json_or_item,
    "decimal_lines": decimal_lines,
    "answer": answer,
}


VALUE_CHECKERS = ("value", "json", "json_or_item")
"""Those of `Call` problems."""


def _as_json(output: bytes) -> bytes | None:
    """The value with lists for tuples; None where it holds no tuple, or is none at all."""
    if b'"tuple"' not in output:
        return None
    try:
        return _encode(dumps(_lists(loads(output))))
    except (ValueFormatError, TypeError):
        return None


def _lists(found: Any) -> Any:
    if isinstance(found, (list, tuple)):
        return [_lists(item) for item in found]
    return {key: _lists(item) for key, item in found.items()} if isinstance(found, dict) else found


def _decimals(line: bytes) -> list[Decimal] | None:
    try:
        return [Decimal(token.decode("ascii")) for token in line.split()]
    except (ArithmeticError, ValueError):
        return None


def _compare_tokens(wanted: bytes, output: bytes, same: Callable[[bytes, bytes], bool]) -> Decision:
    if len(output) <= 4 * len(wanted) + 4096 and wanted.split() == output.split():
        return _RIGHT
    expected: Iterator[re.Match[bytes] | None] = chain(_TOKEN.finditer(wanted), repeat(None))
    for match, found in zip(expected, chain(_TOKEN.finditer(output), repeat(None)), strict=False):
        if match is None and found is None:
            return _RIGHT
        if match is None and found is not None:
            return _wrong(f"line {_line(output, found.start())}: {_show_bytes(found.group())} is more than expected")
        assert match is not None
        if found is None:
            return _wrong(f"line {_line(output, len(output))}: expected {_show_bytes(match.group())}, found the end")
        if not same(match.group(), found.group()):
            place = f"line {_line(output, found.start())}"
            return _wrong(f"{place}: expected {_show_bytes(match.group())}, found {_show_bytes(found.group())}")
    raise AssertionError("the iterators do not end")


def _difference(wanted: Any, found: Any, spec: CheckerSpec, place: str) -> str | None:
    """Where two decoded values differ, in words; None when they are the same."""
    if wanted == found:
        return None
    if isinstance(wanted, (int, float, complex)) and isinstance(found, (int, float, complex)):
        if _near(wanted, found, spec):
            return None
    elif type(wanted) is type(found) and isinstance(wanted, (list, tuple)):
        if len(wanted) != len(found):
            return f"{place}: expected {_items(wanted)}, found {_items(found)}"
        steps = (
            _difference(mine, theirs, spec, f"{place}[{position}]")
            for position, (mine, theirs) in enumerate(zip(wanted, found, strict=True))
        )
        return next((step for step in steps if step is not None), None)
    elif isinstance(wanted, dict) and isinstance(found, dict) and wanted.keys() == found.keys():
        steps = (_difference(item, found[key], spec, f"{place}[{_show(key)}]") for key, item in wanted.items())
        return next((step for step in steps if step is not None), None)
    return f"{place}: expected {_show(wanted)}, found {_show(found)}"


def _near(wanted: Any, found: Any, spec: CheckerSpec) -> bool:
    if wanted == found or (wanted != wanted and found != found):
        return True
    try:
        distance, size = abs(wanted - found), abs(wanted)
        return math.isfinite(distance) and (distance <= spec.absolute or distance <= spec.relative * size)
    except OverflowError:  # an int beyond all floats
        return False


def _number(token: bytes) -> float | None:
    if len(token) > _MAX_NUMBER or not _NUMBER.fullmatch(token):
        return None
    return float(token)


def _encode(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


def _squeeze(line: bytes) -> bytes:
    return b" ".join(line.split())


def _line(text: bytes, position: int) -> int:
    return text.count(b"\n", 0, position) + 1


def _wrong(reason: str) -> Decision:
    return Decision(ok=False, reason=reason)


def _items(sequence: list[Any] | tuple[Any, ...]) -> str:
    return f"{len(sequence)} item{'s' * (len(sequence) != 1)} {_show(sequence)}"


def _show_bytes(text: bytes) -> str:
    """Text for a message: one line, printable, short."""
    cut = text[: 4 * _MAX_SHOWN].decode(errors="backslashreplace")
    return _cut("".join(char if char.isprintable() else ascii(char)[1:-1] for char in cut))


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 3] + "..."


class _Short(Repr):
    """repr that is short whatever the value holds."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel, self.maxlist, self.maxtuple, self.maxdict, self.maxset = 4, 8, 8, 8, 8
        self.maxstring = self.maxother = self.maxlong = _MAX_SHOWN

    def repr_int(self, x: int, level: int) -> str:
        # Python refuses to write an int of more than 4300 digits.
        return f"an int of {x.bit_length()} bits" if x.bit_length() > 500 else super().repr_int(x, level)

    def repr_str(self, x: str, level: int) -> str:  # noqa: ARG002
        # reprlib's own cuts the middle out; the head is what one compares.
        cut = ascii(x[: self.maxstring]) if not x.isprintable() else repr(x[: self.maxstring])
        return cut if len(x) <= self.maxstring else f"{cut}..."

    def repr_bytes(self, x: bytes, level: int) -> str:  # noqa: ARG002
        return repr(x[: self.maxother]) + "..." * (len(x) > self.maxother)


def _show(found: Any) -> str:
    return _cut(_Short().repr(found))
