"""A program that proved itself -> what is to be changed in the document so that its function has that body."""

from __future__ import annotations

import ast
import textwrap
from dataclasses import dataclass

from codegen.editor.functions import Function
from codegen.python_source import bound_names, chunks, parse, read_names, unbound_names, with_line_feeds


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A body for a function, and what must stand above it.

    Attributes:
        text: Lines of the body without the docstring and without the indentation that all share, no final newline.
        above: Imports and helper functions of the program; "" when it needs none.
    """

    text: str
    above: str = ""

    def indented(self, indent: str) -> str:
        """The body as it stands in the document, the first line without indentation."""
        return textwrap.indent(self.text, indent).lstrip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Put `text` in place of what stands from `start` to `end`, each (line, column in characters) from 0."""

    start: tuple[int, int]
    end: tuple[int, int]
    text: str


def body_of(program: str, name: str) -> Body | None:
    """The body of a function of a program, with the imports and helpers that this body uses; None without one."""
    program = with_line_feeds(program)
    tree = parse(program)
    if tree is None:
        return None
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name]
    if not found:
        return None
    node = found[-1]
    statements = node.body[1:] if _is_text(node.body[0]) else node.body
    if not statements or any(node is not other and name in bound_names(other) for other in tree.body):
        return None
    lines = program.split("\n")
    first = statements[0]
    if first.lineno == node.lineno:  # `def f(x): return x`
        return Body(text="\n".join(ast.unparse(each) for each in statements), above="")
    from_line = _comments_above(lines, first.lineno - 1, node.body[0] if statements is not node.body else node)
    text = textwrap.dedent("\n".join(lines[from_line : node.end_lineno])).rstrip()
    return Body(text=text, above="".join(each.text for each in chunks(program, tree) if name not in each.bound))


def changes(body: Body, document: str, function: Function) -> list[Change]:
    """What gives a function of a document this body: the body itself, and above what the document lacks of it."""
    document = with_line_feeds(document)
    text = body.indented(function.indent)
    if (function.start == function.end and function.docstring is not None) or (
        function.start[0] == function.header and "\n" in text
    ):
        text = f"\n{function.indent}{text}"
    found = [Change(start=function.start, end=function.end, text=text)]
    if above := _lacking(body, document, function):
        imports, helpers = above
        line = function.first
        if imports:
            at = _behind_imports(document)
            found.append(Change(start=(at, 0), end=(at, 0), text=imports))
        if helpers:
            found.append(Change(start=(line, 0), end=(line, 0), text=f"{helpers.rstrip()}\n\n\n"))
    return sorted(found, key=lambda each: each.start, reverse=True)


def _lacking(body: Body, document: str, function: Function) -> tuple[str, str]:
    """Imports, and all else, of what the body needs and the document does not bind."""
    tree, own = parse(body.above), parse(document)
    if tree is None or own is None:
        return "", ""
    bound = set().union(*(bound_names(each) for each in own.body)) if own.body else set()
    wanted = set(unbound_names(f"def {function.name}():\n{textwrap.indent(body.text, '    ')}\n")) - bound
    imports: list[str] = []
    helpers: list[str] = []
    for part in reversed(chunks(body.above, tree)):
        if not part.bound & wanted:
            continue
        wanted |= set(read_names(part.text)) - bound
        kind = imports if all(isinstance(each, ast.Import | ast.ImportFrom) for each in part.statements) else helpers
        kind.insert(0, part.text)
    return "".join(imports), "\n\n".join(each.rstrip() + "\n" for each in helpers)


def _behind_imports(document: str) -> int:
    """The line for one more import: behind the last of those at the top, else behind the docstring of the module."""
    tree = parse(document)
    at = 0
    for each in tree.body if tree is not None else ():
        if not isinstance(each, ast.Import | ast.ImportFrom) and not (_is_text(each) and at == 0):
            break
        at = each.end_lineno or at
    return at


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _comments_above(lines: list[str], first: int, before: ast.stmt) -> int:
    """The line from which comments lead to a statement, behind what stands before it."""
    end = (before.end_lineno if isinstance(before, ast.Expr) else before.lineno) or 0
    while first > end and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    return first
