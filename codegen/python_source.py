"""Python source as text of unknown origin: parse it without raising, find the names that nothing binds.

Nothing here executes the source. Warnings of the compiler about it (invalid escapes, `is` with a literal) are not for
our user: they are silenced, under a lock, since the list of filters belongs to the whole process.
"""

from __future__ import annotations

import ast
import builtins
import symtable
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from problems import syntax

_WARNINGS = threading.Lock()
_IMPLICIT = frozenset(dir(builtins)) | {"__file__", "__path__", "__class__", "__annotations__", "__builtins__"}
_NO_PROGRAM = (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Where the compiler gave up: line and column from 1, 0 where it does not say."""

    line: int = 0
    column: int = 0


def with_line_feeds(text: str) -> str:
    """Line ends as the compiler counts them."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def parse(source: str) -> ast.Module | None:
    """The syntax tree, or None for text that is no Python program (too deep a nesting and NUL characters included)."""
    tree = parse_or_fault(source)
    return tree if isinstance(tree, ast.Module) else None


def parse_or_fault(source: str) -> ast.Module | Fault:
    """The syntax tree, or where the compiler gave up."""
    try:
        with _WARNINGS, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = syntax.parse(source)
            compile(
                tree, "<program>", "exec", dont_inherit=True
            )  # finds what the grammar lets through: `return` at top
    except SyntaxError as error:
        return Fault(line=error.lineno or 0, column=error.offset or 0)
    except _NO_PROGRAM:
        return Fault()
    return tree


def unbound_names(source: str) -> frozenset[str]:
    """Global names that the program reads and nowhere binds, builtins left out. Empty where it does not parse."""
    read, bound = _global_names(source)
    return frozenset(read - bound - _IMPLICIT)


def read_names(source: str) -> frozenset[str]:
    """Global names that a program, or a part of one, reads; local variables of functions are none."""
    return frozenset(_global_names(source)[0])


def _global_names(source: str) -> tuple[set[str], set[str]]:
    """What is read of, and what is bound in, the module's scope."""
    read: set[str] = set()
    bound: set[str] = set()
    try:
        with _WARNINGS, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            top = symtable.symtable(source, "<program>", "exec")
    except _NO_PROGRAM:
        return read, bound
    for table in _tables(top):
        for symbol in table.get_symbols():
            is_top = table is top
            if symbol.is_referenced() and (is_top or symbol.is_global()):
                read.add(symbol.get_name())
            if (symbol.is_assigned() or symbol.is_imported()) and (is_top or symbol.is_declared_global()):
                bound.add(symbol.get_name())
    return read, bound


def bound_names(statement: ast.stmt) -> frozenset[str]:
    """Names that a top-level statement binds in its module."""
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return frozenset({name})
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return frozenset((alias.asname or alias.name).partition(".")[0] for alias in names)
    found: set[str] = set()
    for node in _same_scope(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
            found |= {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}  # `memo[1] = 1` sets up memo
        elif isinstance(node, ast.stmt) and node is not statement:
            found |= bound_names(node) if not isinstance(node, _COMPOUND) else set()
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.add(node.name)
    return frozenset(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Top-level statements that share lines (mostly one), with the whole of these lines."""

    statements: tuple[ast.stmt, ...]
    first: int
    text: str

    @property
    def bound(self) -> frozenset[str]:
        return frozenset().union(*(bound_names(statement) for statement in self.statements))


def chunks(source: str, tree: ast.Module) -> list[Chunk]:
    """The statements of a program with their text; `source` has line feeds alone for line ends."""
    lines = source.split("\n")
    groups: list[tuple[int, int, list[ast.stmt]]] = []
    for statement in tree.body:
        decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
        first = min([statement.lineno, *(decorator.lineno for decorator in decorators)])
        last = statement.end_lineno or first
        if groups and first <= groups[-1][1]:
            before, _, statements = groups.pop()
            statements.append(statement)
            groups.append((before, last, statements))
        else:
            groups.append((first, last, [statement]))
    return [
        Chunk(statements=tuple(statements), first=first, text="\n".join(lines[first - 1 : last]) + "\n")
        for first, last, statements in groups
    ]


def defines(tree: ast.Module, name: str) -> bool:
    """Whether a top-level statement binds `name`, be it by `def`, assignment or import."""
    return any(name in bound_names(statement) for statement in tree.body)


_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_COMPOUND = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.Match, ast.AsyncFor, ast.AsyncWith)


def _same_scope(statement: ast.stmt) -> Iterator[ast.AST]:
    """`statement` and what is below it, without the bodies of inner scopes."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, _SCOPES):
            waiting.extend(ast.iter_child_nodes(node))


def _tables(top: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    waiting = [top]
    while waiting:
        table = waiting.pop()
        yield table
        waiting.extend(table.get_children())
