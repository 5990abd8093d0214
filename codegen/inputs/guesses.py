"""What an argument without annotation and without examples is likely to be, from its name and the statement's words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from codegen.inputs.shapes import Shape, of_argument_hint

MAX_STATEMENT = 20_000
_BEFORE, _AFTER = 45, 30
"""How many characters may lie between a kind and the name it tells of: "a list of words, arr", "arr is a list"."""

_MANY = r"(?:lists?|arrays?|sequences?|vectors?|collections?|tuples?)"
_OF = _MANY + r" of (?:(?!of )[\w-]+ ){0,3}?"
_KINDS = (
    (r"matrix|grid|2d (?:list|array)|nested lists?|" + _OF + _MANY, "list[list[int]]"),
    (_OF + r"(?:strings?|words?|names?|sentences?|texts?)", "list[str]"),
    (_OF + r"(?:floats?|decimals?|real numbers?|grades?|prices?)", "list[float]"),
    (_OF + r"(?:booleans?|bools?)", "list[bool]"),
    (_OF + r"(?:integers?|ints?|numbers?|digits?|values?)", "list[int]"),
    (_MANY, "list[int]"),
    (r"dictionar(?:y|ies)|dict|mapping|hash ?map", "dict[str, int]"),
    (r"strings?|sentences?|texts?|words?", "str"),
    (r"floats?|floating point numbers?|decimal numbers?|real numbers?", "float"),
    (r"booleans?|bool", "bool"),
    (r"integers?|ints?|numbers?|digits?", "int"),
)
_KIND = re.compile("|".join(rf"(?P<k{n}>\b(?:{pattern})\b)" for n, (pattern, _) in enumerate(_KINDS)), re.IGNORECASE)

_NAMES = (
    ("matrix grid board maze", "list[list[int]]"),
    ("words strings strs names sentences texts lines tokens", "list[str]"),
    (
        "l lst lists list arr array nums numbers values items xs seq sequence data elements operands integers",
        "list[int]",
    ),
    ("floats prices weights grades temperatures", "list[float]"),
    ("s st str string text word sentence message txt line name pattern prefix suffix substring char date", "str"),
    ("dict dictionary mapping map", "dict[str, int]"),
    ("n m k num number count size length limit index start end low high", "int"),
)
_SEVERAL = re.compile(r"\b(?:two|three|2|3|both)(?: [\w-]+)? $", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Mention:
    """Where the statement speaks of a kind of value."""

    start: int
    end: int
    hint: str


def guess(name: str, statement: str, *, alone: bool) -> Shape:
    """A shape for an argument of that name; integers where nothing tells. `alone`: the only argument there is."""
    text = statement[:MAX_STATEMENT]
    mentions = [
        _Mention(match.start(), match.end(), _KINDS[int((match.lastgroup or "k10")[1:])][1])
        for match in _KIND.finditer(text)
    ]
    named = _of_name(name)
    if named:  # the statement may still say of what
        mentions = [each for each in mentions if _outer(each.hint) == _outer(named)]
    hint = _said_of(name, text, mentions)
    if hint in ("", "list[int]") and named.startswith("list") and named != "list[int]":
        hint = named  # "a list, words": of integers only because nothing else is said
    if not hint and named == "list[int]":
        hint = next((each.hint for each in mentions if each.hint != named), "")
    hint = hint or named
    if not hint:
        hint = next((each.hint for each in mentions if alone or _is_of_several(each, text)), "")
    return of_argument_hint(hint or "int")


def _is_of_several(mention: _Mention, text: str) -> bool:
    return _SEVERAL.search(text[max(0, mention.start - 30) : mention.start]) is not None


def _said_of(name: str, text: str, mentions: Sequence[_Mention]) -> str:
    """The kind that is mentioned nearest to the name, before it rather than after."""
    if not name or name in ("a", "i"):  # words of their own
        return ""
    best, nearest = "", 1000
    for place in re.finditer(rf"(?<![\w'’]){re.escape(name)}(?!\w)", text):
        for each in mentions:
            before, after = place.start() - each.end, each.start - place.end()
            if 0 <= before <= _BEFORE and before < nearest and _same_clause(text[each.end : place.start()]):
                best, nearest = each.hint, before
            elif 0 < after <= min(_AFTER, nearest) and _TELLS.match(text[place.end() : each.start]):
                best, nearest = each.hint, after
    return best


_TELLS = re.compile(r"\W*(?:is|are|will be|:|=|-|\()\W")


def _same_clause(between: str) -> bool:
    return not re.search(r"[.;\n]\s|\b(?:and|or|return\w*|in|if|that|the|first)\b", between)


def _outer(hint: str) -> str:
    return hint.partition("[")[0]


def _of_name(name: str) -> str:
    plain = name.lower().rstrip("0123456789_")
    plain = plain.rsplit("_", 1)[-1]  # class_name
    return next((hint for names, hint in _NAMES if plain in names.split()), "")
