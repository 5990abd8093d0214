"""A printed answer -> its value in one form, so that `$1,234.50`, `1234.5` and `The total is 1234.50` are equal.

What is printed comes from an untrusted program: any bytes, any length. Only the end of it is looked at.
"""

from __future__ import annotations

import re
from fractions import Fraction

_END = 4096
"""Bytes at the end of the output in which the last line is looked for."""
_MAX_DIGITS = 300
_NUMBER = re.compile(
    r"(?<![\w.])(?P<before>[$€£¥]?)(?P<sign>[-+\u2212]?)(?P<unit>[$€£¥]?)\s?(?P<whole>\d{1,3}(?:,\d{3})+|\d+)?(?P<rest>\.\d+|(?<=\d)\.)?"
    r"(?P<power>[eE][-+]?\d{1,3})?(?:\s?/\s?(?P<under>\d+))?(?![\d:])"
)
_CLOCK = re.compile(r"\d\s?:\s?\d")
_SIGNIFICANT = 6


def printed_value(output: bytes) -> str:
    """The answer in the last line that is not empty: its last number, or else its words in lower case.

    An amount of money goes before other numbers: "they earn $90 in 3 days" is 90.

    Whole numbers are exact; others have six significant digits. "" where nothing was printed.
    """
    lines = output[-_END:].decode("utf-8", "replace").strip().splitlines()
    line = " ".join(lines[-1].split()) if lines else ""
    number = None if _CLOCK.search(line) else _last_number(line)
    return _words(line) if number is None else _written(number)


def _last_number(line: str) -> Fraction | None:
    found = None
    money = False
    for match in _NUMBER.finditer(line):
        whole, rest = match["whole"], match["rest"] or ""
        if whole is None and len(rest) < 2:
            continue
        digits = (whole or "0").replace(",", "")
        if len(digits) + len(rest) > _MAX_DIGITS:
            continue
        value = Fraction(f"{digits}{rest if len(rest) > 1 else ''}{match['power'] or ''}")
        under = int(match["under"]) if match["under"] and len(match["under"]) <= _MAX_DIGITS else 1
        if under == 0:
            continue
        is_money = bool(match["before"] or match["unit"])
        if money and not is_money:
            continue
        money = is_money
        found = (-1 if match["sign"] in ("-", "\u2212") else 1) * value / under
    return found


def _written(number: Fraction) -> str:
    near = round(number)
    # Sums of binary fractions miss whole numbers by little: 17.999999999999996 is 18.
    if abs(number - near) <= Fraction(1, 10**9) * max(1, abs(near)):
        return str(near)
    try:
        return f"{float(number):.{_SIGNIFICANT}g}"
    except OverflowError:
        return str(number)


def _words(line: str) -> str:
    return line.strip(" .!\"'`*").lower()
