"""Examples that stand as Python code: doctest sessions and `assert` lines."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from problems.formats.literals import MAX_SPAN, NotLiteralError, closing, escaped, fold, literal, parse
from problems.formats.signature import Signature


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One call and its result, as a text tells it.

    Attributes:
        position: Where in the text it stands.
        tolerance: The result is only known to within this (`round(f(x), 2)`); `relative`: to within this share of it.
        bare: An argument stood there as a word without quotes.
        lone: The result is one value in brackets, which may be meant as a tuple of one.
    """

    arguments: tuple[Any, ...]
    result: Any
    position: int
    tolerance: float = 0.0
    relative: float = 0.0
    bare: bool = False
    lone: bool = False


MAX_EXAMPLES = 1000
"""Of each kind that are looked at."""

_PROMPT = re.compile(r"^[ \t]*>>>[ \t]?(?=\S)", re.MULTILINE)
_CONTINUED = re.compile(r"\n[ \t]*\.\.\.[ \t]?")
_ASSERT = re.compile(r"^[ \t]*(?:[-*][ \t]+)?assert[ \t(]+", re.MULTILINE)
_BLANK = re.compile(r"\n[ \t]*(?:\n|$)")
_SCALARS = ("int", "float", "str", "bool", "bytes", "complex", "list", "dict", "set", "tuple")


def read_code(text: str, signature: Signature) -> tuple[list[Example], str]:
    """The examples in code, and the text without them (blanked out, so that positions stay)."""
    spans = sorted([*_sessions(text, signature), *_asserts(text, signature)], key=lambda span: span[0])
    rest, at = [], 0
    for start, end, _ in spans:
        rest += [text[at:start], re.sub(r"[^\n]", " ", text[max(at, start) : end])]
        at = max(at, end)
    return [example for *_, example in spans if example], "".join([*rest, text[at:]])


def arguments_of(node: ast.expr, signature: Signature, known: dict[str, Any]) -> tuple[tuple[Any, ...], bool] | None:
    """The arguments of a call, and whether a word without quotes is among them; None when they are no values."""
    if not isinstance(node, ast.Call):
        return None
    bare = False
    positional: list[Any] = []
    try:
        for each in node.args:
            if isinstance(each, ast.Name) and each.id in known:
                positional.append(known[each.id])
            elif isinstance(each, ast.Name) and each.id not in signature.parameters and each.id not in _CONSTANTS:
                bare = True
                positional.append(each.id)
            else:
                positional.append(fold(each))
        named = {each.arg or "": fold(each.value) for each in node.keywords}
    except NotLiteralError:
        return None
    arguments = signature.arrange(positional, named)
    return None if arguments is None else (arguments, bare)


_CONSTANTS = ("true", "false", "null", "none", "nil", "nan", "inf")


def _sessions(text: str, signature: Signature) -> Iterator[tuple[int, int, Example | None]]:
    """Each `>>>` with its output that is about the function: start, end, and the example unless it is none."""
    prompts = [*islice(_PROMPT.finditer(text), MAX_EXAMPLES)]
    silent_means_none = _silent_means_none(prompts, text, signature)
    known: dict[str, Any] = {}
    for number, prompt in enumerate(prompts):
        limit = prompts[number + 1].start() if number + 1 < len(prompts) else len(text)
        source, after = _source(text, prompt.end(), limit)
        blank = _BLANK.search(text, after, limit)
        want = text[after : min(blank.start() if blank else limit, after + MAX_SPAN)]
        name, value = _assigned(source)
        if name:
            known[name] = value
            continue
        read = _example(source, want, signature, known, prompt.start())
        if read and (read[0] is None or read[0].result is not None or want.strip() or silent_means_none):
            yield prompt.start(), after + read[1], read[0]
            # What has been handed to the function may have been changed by it.
            known = {key: kept for key, kept in known.items() if isinstance(kept, (int, float, str, bytes, tuple))}


def _source(text: str, start: int, limit: int) -> tuple[str, int]:
    """The code after a prompt, continued over lines where a bracket is open, and where it ends."""
    end = text.find("\n", start, limit)
    end = limit if end < 0 else end
    bracket = re.compile(r"[(\[{]").search(text, start, end)
    while bracket:
        closed = closing(text, bracket.start())
        if closed is None or closed > limit:
            break
        if closed > end:
            end = text.find("\n", closed, limit)
            end = limit if end < 0 else end
        bracket = re.compile(r"[(\[{]").search(text, closed, end)
    while continued := _CONTINUED.match(text, end, limit):
        end = text.find("\n", continued.end(), limit)
        end = limit if end < 0 else end
    return _CONTINUED.sub("\n", text[start:end]), end


def _assigned(source: str) -> tuple[str, Any]:
    match = re.match(r"([A-Za-z_]\w*)\s*=(?!=)", source)
    if match:
        try:
            return match.group(1), literal(source[match.end() :])
        except NotLiteralError:
            pass
    return "", None


def _example(
    source: str, want: str, signature: Signature, known: dict[str, Any], position: int
) -> tuple[Example | None, int] | None:
    """The example of one prompt and how much of `want` belongs to it; None where the code is not understood.

    `f(x) == y` with the output False is understood, and no example.
    """
    try:
        node = parse(escaped(source))
    except NotLiteralError:
        return None
    same = compared(node, signature, known, position)
    if same:
        return (None if want.strip().split("\n")[0].strip() == "False" else same), 0
    tolerance, call = _rounded(node)
    if not _calls(call, signature.name):
        return None
    read = arguments_of(call, signature, known)
    if read is None:
        return None
    if not want.strip():
        if "#" in source:
            return None  # the result stands in the comment
        return Example(arguments=read[0], result=None, position=position, bare=read[1]), 0
    lines = want.lstrip("\n").split("\n")
    for count in range(len(lines), 0, -1):
        try:
            result = literal("\n".join(lines[:count]).strip())
        except NotLiteralError:
            continue
        length = len(want) - len(want.lstrip("\n")) + len("\n".join(lines[:count]))
        if tolerance and not isinstance(result, (int, float)):
            return None
        return Example(arguments=read[0], result=result, position=position, tolerance=tolerance, bare=read[1]), length
    return None


def _silent_means_none(prompts: list[re.Match[str]], text: str, signature: Signature) -> bool:
    """Whether no output under a call is to be read as None: only where doctest's own form is kept elsewhere."""
    hint = signature.returns.split("[")[0].rpartition(".")[2].lower()
    if hint in _SCALARS:
        return False
    for prompt in prompts:
        line = text.find("\n", prompt.end())
        following = text[line + 1 : line + 100].split("\n")[0].strip() if line >= 0 else ""
        if following and not following.startswith((">>>", "...")):
            return True
    return False


def _rounded(node: ast.expr) -> tuple[float, ast.expr]:
    """`round(f(x), 2)` -> (0.005, `f(x)`)."""
    match node:
        case ast.Call(func=ast.Name(id="round"), args=[inner, ast.Constant(value=int(digits))]) if 0 < digits < 16:
            return 0.5001 * 10.0**-digits, inner
    return 0.0, node


def _calls(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


def compared(node: ast.expr, signature: Signature, known: dict[str, Any], position: int) -> Example | None:
    """The example of `f(x) == y`, `y == f(x)` or `f(x) is None`."""
    match node:
        case ast.Compare(left=left, ops=[ast.Eq() | ast.Is()], comparators=[right]):
            sides = (left, right) if not _calls(right, signature.name) else (right, left)
        case _:
            return None
    tolerance, call = _rounded(sides[0])
    if not _calls(call, signature.name):
        return None
    read = arguments_of(call, signature, known)
    try:
        result = fold(sides[1])
    except NotLiteralError:
        return None
    if read is None:
        return None
    return Example(arguments=read[0], result=result, position=position, tolerance=tolerance, bare=read[1])


def _asserts(text: str, signature: Signature) -> Iterator[tuple[int, int, Example]]:
    """Each `assert` line about the function."""
    for match in islice(_ASSERT.finditer(text), MAX_EXAMPLES):
        start = match.start() + match.group().index("assert") + len("assert")
        source, end = _source(text, start, len(text))
        try:
            node = parse(escaped(source))
        except NotLiteralError:
            continue
        if isinstance(node, ast.Tuple) and node.elts:
            node = node.elts[0]  # what follows the comma is the message
        example = compared(node, signature, {}, match.start()) or close(node, signature, match.start())
        if example is None and signature.returns == "bool":
            example = truth(node, signature, match.start())
        if example and not example.bare:
            yield match.start(), end, example


def close(node: ast.expr, signature: Signature, position: int) -> Example | None:
    """`assert math.isclose(f(x), y, rel_tol=0.001)`."""
    match node:
        case ast.Call(func=ast.Attribute(attr="isclose") | ast.Name(id="isclose"), args=[call, wanted]):
            read = arguments_of(call, signature, {}) if _calls(call, signature.name) else None
        case _:
            return None
    try:
        result = fold(wanted)
        said = {each.arg: float(fold(each.value)) for each in node.keywords}
    except (NotLiteralError, TypeError, ValueError):
        return None
    if read is None or isinstance(result, bool) or not isinstance(result, (int, float)):
        return None
    return Example(
        arguments=read[0],
        result=result,
        position=position,
        tolerance=said.get("abs_tol", 0.0),
        relative=said.get("rel_tol", 1e-9),
        bare=read[1],
    )


def truth(node: ast.expr, signature: Signature, position: int) -> Example | None:
    """`assert f(x)` and `assert not f(x)` where the result is a bool by its type hint."""
    holds = True
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        holds, node = False, node.operand
    if not _calls(node, signature.name):
        return None
    read = arguments_of(node, signature, {})
    return None if read is None else Example(arguments=read[0], result=holds, position=position, bare=read[1])
