"""What a statement says of its numbers: "1 <= n <= 1000", "1 ≤ a_i ≤ 10^5", "$0 \\le x \\leq 2 \\cdot 10^9$"."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from codegen.inputs.shapes import Range

MAX_STATEMENT = 100_000
_LESS = r"(?:<=|≤|⩽|\\leq?(?:slant)?(?![a-z])|&le;|<)"
_TIMES = r"(?:\*|·|×|\\cdot|\\times|x)"
_NUMBER = rf"-?\d+(?:\s*{_TIMES}\s*10\s*(?:\^|\*\*)\s*\{{?\d+\}}?|\s*(?:\^|\*\*)\s*\{{?\d+\}}?|e\d+)?"
_NAME = r"(?:len\(\w+\)|\|[A-Za-z]\w*\||[A-Za-z][\w{}\[\].]*)"
_CHAIN = re.compile(rf"({_NUMBER})\s*{_LESS}\s*({_NAME}(?:\s*,\s*{_NAME})*)\s*{_LESS}\s*({_NUMBER})")
_LENGTH = re.compile(r"len\((\w+)\)|\|(\w+)\||(\w+)\.(?:length|size)")
_SCALED = re.compile(rf"(-?\d+)\s*{_TIMES}\s*10\s*(?:\^|\*\*)\s*\{{?(\d+)\}}?$")
_POWER = re.compile(r"(-?\d+)\s*(?:\^|\*\*)\s*\{?(\d+)\}?$")
_SCIENTIFIC = re.compile(r"(-?\d+)e(\d+)$")
_MAX_DIGITS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """By name, without subscripts: of a number, or of the numbers in a list; and of the length of a list or text."""

    values: dict[str, Range] = field(default_factory=dict)
    sizes: dict[str, Range] = field(default_factory=dict)


def bounds(statement: str) -> Bounds:
    """Ranges as the statement writes them; the widest where a name has several."""
    plain = re.sub(r"[$`]|\\[,;! ]", " ", statement[:MAX_STATEMENT])
    plain = re.sub(r"(?<=\d)[ ,_](?=\d{3}(?!\d))", "", plain)
    found = Bounds()
    for match in _CHAIN.finditer(plain):
        low, high = _number(match[1]), _number(match[3])
        if low is None or high is None or low > high:
            continue
        for name in match[2].split(","):
            length = _LENGTH.match(name.strip())
            if length is not None:
                into, key = found.sizes, next(filter(None, length.groups()))
            else:
                into, key = found.values, re.split(r"[_\[]", name.strip())[0]
            into[key] = Range(low=low, high=high).join(into.get(key))
    return found


def _number(text: str) -> int | None:
    """None where it is too large to be of use."""
    if len(text) > _MAX_DIGITS:
        return None
    for pattern, base in ((_SCALED, 10), (_SCIENTIFIC, 10), (_POWER, 0)):
        if match := pattern.match(text):
            first, exponent = int(match[1]), int(match[2])
            if exponent > _MAX_DIGITS or (not base and abs(first) > 1000):
                return None
            return int(first * base**exponent if base else first**exponent)
    return int(text)
