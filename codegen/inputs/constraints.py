"""What a statement says of its numbers: "1 <= n <= 1000", "1 ≤ a_i ≤ 10^5", "$0 \\le x \\leq 2 \\cdot 10^9$"."""

from __future__ import annotations

import re

from codegen.inputs.shapes import Range

MAX_STATEMENT = 100_000
_LESS = r"(?:<=|≤|⩽|\\leq?(?:slant)?|<)"
_NUMBER = r"-?\d+(?:\s*(?:\*|·|×|\\cdot|\\times)\s*10\s*\^\s*\{?\d+\}?|\s*\^\s*\{?\d+\}?|e\d+)?"
_NAME = r"\|?[A-Za-z][\w{}\[\].]*\|?"
_CHAIN = re.compile(rf"({_NUMBER})\s*{_LESS}\s*({_NAME}(?:\s*,\s*{_NAME})*)\s*{_LESS}\s*({_NUMBER})")
_POWER = re.compile(r"(-?\d+)\s*\^\s*\{?(\d+)\}?$")
_TIMES = re.compile(r"(-?\d+)\s*(?:\*|·|×|\\cdot|\\times)\s*10\s*\^\s*\{?(\d+)\}?$")
_MAX_EXPONENT = 30


def bounds(statement: str) -> dict[str, Range]:
    """Ranges by name, as the statement writes the names (without subscripts); the widest where there are several."""
    plain = re.sub(r"(?<=\d)[ ,_](?=\d{3}\b)", "", statement[:MAX_STATEMENT].replace("$", " ").replace("`", " "))
    found: dict[str, Range] = {}
    for match in _CHAIN.finditer(plain):
        low, high = _number(match[1]), _number(match[3])
        if low is None or high is None or low > high:
            continue
        for name in match[2].split(","):
            key = re.split(r"[_\[]", name.strip().strip("|"))[0]
            found[key] = Range(low=low, high=high).join(found.get(key))
    return found


def lowest(statement: str) -> float | None:
    """The smallest lower bound of all names, None where there is none."""
    return min((each.low for each in bounds(statement).values()), default=None)


def _number(text: str) -> int | None:
    text = text.strip()
    if match := _TIMES.match(text):
        return int(match[1]) * 10 ** int(match[2]) if int(match[2]) <= _MAX_EXPONENT else None
    if match := _POWER.match(text):
        return int(match[1]) ** int(match[2]) if int(match[2]) <= _MAX_EXPONENT and len(match[1]) < 6 else None
    if "e" in text:
        base, _, exponent = text.partition("e")
        return int(base) * 10 ** int(exponent) if int(exponent) <= _MAX_EXPONENT else None
    return int(text) if len(text) <= _MAX_EXPONENT else None
