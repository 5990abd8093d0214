"""Python values out of untrusted text. Nothing is evaluated: a syntax tree is folded, node by node.

Besides literals this reads arithmetic on numbers, repetition and concatenation (bounded), `set()`, `float("nan")` and
the spellings of other languages for constants (`true`, `null`).
"""

from __future__ import annotations

import ast
import operator
import re
import warnings
from collections.abc import Callable
from typing import Any

from problems import syntax
from problems.errors import ValueFormatError
from problems.values import dumps

MAX_SPAN = 4000
"""Characters that one call or one value may take."""

_MAX_SIZE = 10_000
_STRING = r'[bBrRuU]{0,2}(?:"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\')'
_STRINGS = re.compile(_STRING, re.DOTALL)
_MARKS = re.compile(rf"{_STRING}|[()\[\]{{}}'\"]", re.DOTALL)
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_NAMES = {
    "true": True,
    "false": False,
    "null": None,
    "none": None,
    "nil": None,
    "NULL": None,
    "TRUE": True,
    "FALSE": False,
}
_EMPTY: dict[str, Callable[[], Any]] = {"set": set, "dict": dict, "list": list, "tuple": tuple, "frozenset": frozenset}
_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}

# What may follow a value that stands in a sentence. Anything else ("3 apples", "4 or 5") means that it is no value.
_TERMINATOR = re.compile(
    r"""\s*(?:$|\#|//|;|`|\)|\*\*)        # the end, a comment, the end of inline code or of a bracket
    |\s*[.,!?:](?:\s|$)(?!\s*[\d'"\[({-])   # the end of a (part of a) sentence
    |\s+\(                                 # an explanation in brackets
    |\s+(?:because|since|as|where|which|but|whereas)\b
    |\s+and\s+(?=[A-Za-z_])
    |\s+[-\u2013\u2014]+\s+(?=[A-Za-z])
    |\s+(?:->|=+>)\s""",
    re.VERBOSE,
)
_QUOTES = str.maketrans({"\u201c": '"', "\u201d": '"', "\u2018": "'", "\u2019": "'"})


class NotLiteralError(ValueError):
    """A text or a syntax tree is more than a value."""


def parse(source: str) -> ast.expr:
    """The tree of an expression. Raises NotLiteralError for any text that is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "\d" and the like: the text is not ours
            return syntax.parse(source.strip(), "eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise NotLiteralError("not an expression") from error


def literal(source: str) -> Any:
    """The value of a text such as `[1, 2] * 3` or `{"a": (1,)}`; `19 - 11 = 8` where both sides agree."""
    source = escaped(source)
    try:
        return fold(parse(source))
    except NotLiteralError:
        if "\u201c" in source or "\u2018" in source:
            return literal(source.translate(_QUOTES))
        if "=" not in source or "'" in source or '"' in source:
            raise
    first, *others = (fold(parse(part)) for part in re.split(r"==?", source))
    if any(value != first for value in others):
        raise NotLiteralError("the sides differ")
    return others[-1]


def escaped(source: str) -> str:
    """Line breaks inside quotes as `\\n`: that is what they were before Python read the docstring."""
    return _STRINGS.sub(lambda match: match.group().replace("\n", "\\n"), source)


def fold(node: ast.expr) -> Any:
    """The value of a syntax tree. Raises NotLiteralError where there is a name, a call or too large a value."""
    try:
        value = _fold(node)
        dumps(value)
    except (TypeError, ArithmeticError, ValueFormatError, RecursionError) as error:
        raise NotLiteralError(str(error)) from error
    return value


def closing(text: str, start: int) -> int | None:
    """Where the bracket or string that opens at `start` has ended; None when it does not within MAX_SPAN."""
    opened: list[str] = []
    for mark in _MARKS.finditer(text, start, start + MAX_SPAN):
        bracket = mark.group()
        if bracket in _CLOSING:
            opened.append(_CLOSING[bracket])
        elif bracket in ("'", '"') or (bracket in ")]}" and (not opened or opened.pop() != bracket)):
            return None
        if not opened:
            return mark.end()
    return None


def value_at(text: str, start: int) -> tuple[Any, int] | None:
    """The value that begins at `start` and where it ends; None unless both are certain."""
    while start < len(text) and text[start] in " \t`":
        start += 1
    first = start
    if text[start : start + 1] in _CLOSING or _STRINGS.match(text, start):
        first = closing(text, start) or start
        if first == start:
            return None
    line_end = text.find("\n", first)
    line_end = min(len(text) if line_end < 0 else line_end, first + MAX_SPAN)
    line = text[first:line_end]
    ends = [at for at in range(len(line) + 1) if at + first > start and _TERMINATOR.match(line, at)]
    for end in reversed(ends[:60]):
        source = text[start : first + end].rstrip()
        if re.search(r"\d\.$|,$", source):
            continue  # a full stop and no point, a comma of the sentence and no tuple
        try:
            value = literal(source)
        except NotLiteralError:
            continue
        return (value, first + end) if not _is_open_tuple(source) else None
    return None


def _is_open_tuple(source: str) -> bool:
    """`1, 2` without brackets may be two values as well as one."""
    try:
        node = parse(source)
    except NotLiteralError:
        return False  # strings with line breaks, `19 - 11 = 8`
    return isinstance(node, ast.Tuple) and not (source.startswith("(") and closing(source, 0) == len(source))


def _fold(node: ast.expr) -> Any:
    match node:
        case ast.Constant(value=value) if value is not ...:
            return value
        case ast.Name(id=name) if name in _NAMES:
            return _NAMES[name]
        case ast.List(elts=items):
            return [_fold(item) for item in items]
        case ast.Tuple(elts=items):
            return tuple(_fold(item) for item in items)
        case ast.Set(elts=items):
            return {_fold(item) for item in items}
        case ast.Dict(keys=keys, values=values) if None not in keys:
            return {_fold(key): _fold(value) for key, value in zip(keys, values, strict=True) if key}
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            value = _number(_fold(operand))
            return -value if isinstance(node.op, ast.USub) else value
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _binary(op, _fold(left), _fold(right))
        case ast.Call(func=ast.Name(id=name), args=[], keywords=[]) if name in _EMPTY:
            return _EMPTY[name]()
        case ast.Call(func=ast.Name(id="float"), args=[ast.Constant(value=str(text))], keywords=[]):
            if text.strip().lower().lstrip("+-") in ("nan", "inf", "infinity"):
                return float(text)
        case ast.Call(func=ast.Name(id="set" | "frozenset" | "tuple" as name), args=[argument], keywords=[]):
            items = _fold(argument)
            if isinstance(items, (list, tuple, set)):
                return {"set": set, "frozenset": frozenset, "tuple": tuple}[name](items)
    raise NotLiteralError(f"{type(node).__name__} is no literal")


def _binary(op: ast.operator, left: Any, right: Any) -> Any:
    sizes = [len(side) for side in (left, right) if isinstance(side, (str, bytes, list, tuple))]
    counts = [abs(side) for side in (left, right) if isinstance(side, int)]
    if sizes and isinstance(op, (ast.Add, ast.Mult)):
        if max(sizes) * max([1, *counts]) > _MAX_SIZE or isinstance(op, ast.Mult) is not bool(counts):
            raise NotLiteralError("too large")
        return _OPERATORS[type(op)](left, right)
    left, right = _number(left), _number(right)
    if isinstance(op, ast.Pow) and not (abs(left) < _MAX_SIZE and abs(right) < 100):
        raise NotLiteralError("too large")
    if max(abs(left), abs(right)) > 10**400:
        raise NotLiteralError("too large")
    return _OPERATORS[type(op)](left, right)


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float, complex)):
        raise NotLiteralError("arithmetic is on numbers")
    return value
