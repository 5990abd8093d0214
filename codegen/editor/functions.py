"""The functions of a document: where each stands, whether it waits for a body, and what its docstring shows."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from codegen.python_source import parse, with_line_feeds
from problems.formats.doctests import Example, read_code
from problems.formats.prose import read_calls
from problems.formats.signature import Signature


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An example in a docstring, and the line of the document (from 0) on which it begins."""

    example: Example
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function at the top level of a document. Lines are counted from 0, columns in characters.

    Attributes:
        first, last: Lines of the whole, decorators included.
        header: Line of `def`.
        start, end: (line, column) where the body begins behind the docstring, and where it ends; the same place, at the
            end of the docstring, when the docstring is all there is.
        indent: What a line of the body begins with.
        waits: Whether the body says nothing: a docstring, `...`, `pass` or `raise NotImplementedError`.
        askable: Whether its tests can hand over what it needs (no `async`, no keyword-only arguments without default).
        docstring: Its text, or None.
        shown: Examples in the docstring, contradictions included.
    """

    name: str
    first: int
    header: int
    last: int
    start: tuple[int, int]
    end: tuple[int, int]
    indent: str
    waits: bool
    askable: bool
    docstring: str | None
    shown: tuple[Shown, ...]


def functions_in(text: str) -> tuple[Function, ...] | None:
    """The functions at the top level of a document; None when it is no Python just now."""
    text = with_line_feeds(text)
    tree = parse(text)
    if tree is None:
        return None
    lines = text.split("\n")
    return tuple(
        _function(node, lines) for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def contradictions(function: Function) -> list[tuple[Shown, Shown]]:
    """Pairs of examples that give two results for one call: the first that was shown, and each other one."""
    found: dict[str, Shown] = {}
    pairs = []
    for each in function.shown:
        first = found.setdefault(repr(each.example.arguments), each)
        if first.example.result != each.example.result:
            pairs.append((first, each))
    return pairs


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef, lines: list[str]) -> Function:
    docstring = _docstring(node)
    rest = node.body[1:] if docstring is not None else node.body
    own_line = node.body[0].lineno > node.lineno
    indent = _indent(lines[node.body[0].lineno - 1]) if own_line else _indent(lines[node.lineno - 1]) + "    "
    if rest:
        start = (rest[0].lineno - 1, _characters(lines, rest[0].lineno, rest[0].col_offset))
    else:
        start = (
            (node.body[0].end_lineno or 1) - 1,
            _characters(lines, node.body[0].end_lineno, node.body[0].end_col_offset),
        )
    last = rest[-1] if rest else node.body[0]
    return Function(
        name=node.name,
        first=min([node.lineno, *(each.lineno for each in node.decorator_list)]) - 1,
        header=node.lineno - 1,
        last=(node.end_lineno or node.lineno) - 1,
        start=start,
        end=((last.end_lineno or 1) - 1, _characters(lines, last.end_lineno, last.end_col_offset)),
        indent=indent,
        waits=all(_says_nothing(each) for each in rest),
        askable=isinstance(node, ast.FunctionDef)
        and all(each is not None for each in node.args.kw_defaults)
        and (docstring is None or own_line),
        docstring=docstring.value if docstring is not None else None,
        shown=_shown(node, docstring),
    )


@dataclass(frozen=True, slots=True)
class _Docstring:
    value: str
    line: int


def _docstring(node: ast.FunctionDef | ast.AsyncFunctionDef) -> _Docstring | None:
    match node.body[0]:
        case ast.Expr(value=ast.Constant(value=str(value), lineno=line)):
            return _Docstring(value, line - 1)
    return None


def _shown(node: ast.FunctionDef | ast.AsyncFunctionDef, docstring: _Docstring | None) -> tuple[Shown, ...]:
    if docstring is None or isinstance(node, ast.AsyncFunctionDef):
        return ()
    signature = Signature.of(node)
    examples, rest = read_code(docstring.value, signature)
    examples = sorted([*examples, *read_calls(rest, signature)], key=lambda each: each.position)
    return tuple(
        Shown(example=each, line=docstring.line + docstring.value.count("\n", 0, each.position)) for each in examples
    )


def _says_nothing(node: ast.stmt) -> bool:
    match node:
        case ast.Pass() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Raise(exc=ast.Name(id="NotImplementedError")):
            return True
        case ast.Raise(exc=ast.Call(func=ast.Name(id="NotImplementedError"))):
            return True
    return False


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _characters(lines: list[str], line: int | None, column: int | None) -> int:
    """Python counts the columns of a syntax tree in bytes of UTF-8."""
    return len(lines[(line or 1) - 1].encode()[: column or 0].decode("utf-8", "ignore"))
