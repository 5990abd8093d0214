"""Repairs of a program that take no model call. A program that needs none is given back as written.

Each repair has a name that is stored with the sample:

- "overlap": the continuation began with a copy of the end of its own prompt; the copy is dropped;
- "prefix": the text does not parse; its longest beginning (in lines) that does, and is still the program asked for;
- "tail": statements after the function asked for that do something when the program is loaded and that the function
  does not need (calls, asserts, prompts for input, imports of what is not installed);
- "imports": names of the standard library that are used and bound nowhere are imported.
"""

from __future__ import annotations

import ast
import re
import sys

from codegen.python_source import (
    Chunk,
    chunks,
    defines,
    parse,
    parse_or_fault,
    read_names,
    unbound_names,
    with_line_feeds,
)
from codegen.standard_names import import_lines

_PARSES_OF_A_PROGRAM = 12
"""The search for a prefix ends after as much text as so many whole programs; only hostile texts get there."""


def salvage(
    program: str, *, language: str, entry_point: str | None = None, starter: str = ""
) -> tuple[str, tuple[str, ...]]:
    """The repaired program and the names of the repairs.

    Args:
        entry_point: The function asked for; None: a whole program.
        starter: What the program began with when the model went on behind it, else "".
    """
    if language == "cpp":
        return _salvage_cpp(program)
    if language != "python":
        return program, ()
    repaired, repairs = _salvage_python(with_line_feeds(program), entry_point, with_line_feeds(starter))
    return (repaired, repairs) if repairs else (program, ())


def _salvage_python(program: str, entry_point: str | None, starter: str) -> tuple[str, tuple[str, ...]]:
    repairs: list[str] = []
    tree = parse(program)
    if tree is None:
        for name, repaired in (
            ("overlap", _without_overlap(program, starter, entry_point)),
            ("prefix", _longest_prefix(program, entry_point)),
        ):
            tree = parse(repaired) if repaired else None
            if repaired and tree is not None and _serves(tree, entry_point):
                program = repaired
                repairs.append(name)
                break
        else:
            return program, ()
    assert tree is not None
    if entry_point is not None and (kept := _without_tail(program, tree, entry_point)) is not None:
        program = kept
        repairs.append("tail")
    if lines := import_lines(program, unbound_names(program)):
        program = _with_imports(program, lines)
        repairs.append("imports")
    return program, tuple(repairs)


def _serves(tree: ast.Module, entry_point: str | None) -> bool:
    """Whether there is anything of the program asked for: a function with a body, or a statement that acts."""
    if entry_point is None:
        return any(not isinstance(s, ast.Import | ast.ImportFrom) and not is_text(s) for s in tree.body)
    function = definition_of(tree, entry_point)
    if function is None:
        return defines(tree, entry_point)
    return any(not is_text(s) and not isinstance(s, ast.Pass) for s in function.body)


def definition_of(tree: ast.Module, name: str) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """The last `def name` at top level, the one that counts."""
    for statement in reversed(tree.body):
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) and statement.name == name:
            return statement
    return None


def is_text(statement: ast.stmt) -> bool:
    """A docstring or another constant that stands alone."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


# -- overlap and prefix ------------------------------------------------------------------------------------------


def _without_overlap(program: str, starter: str, entry_point: str | None) -> str | None:
    """What stood before the continuation, and what follows the copy of its end.

    White space does not count, since recordings lost some of it.
    """
    head = starter if starter and program.startswith(starter) else _up_to_docstring(program, entry_point)
    if not head:
        return None
    rest = program[len(head) :]
    positions = [i for i, char in enumerate(rest) if not char.isspace()]
    end = [char for char in head if not char.isspace()]
    length = _longest_overlap([rest[i] for i in positions[: len(end)]], end)
    if length < _LEAST_OVERLAP:
        return None
    after = rest[positions[length - 1] + 1 :]
    return head + (re.sub(r"\A[ \t]*\n", "", after) if head.endswith("\n") else after)


def _up_to_docstring(program: str, entry_point: str | None) -> str:
    """The program up to the line that ends the function's docstring: where a prompt ends that is not known itself."""
    if entry_point is None:
        return ""
    start = re.search(rf"^def {re.escape(entry_point)}\b[^\n]*\n\s*", program, re.MULTILINE)
    quote = program[start.end() : start.end() + 3] if start else ""
    if start is None or quote not in ('"""', "'''"):
        return ""
    close = program.find(quote, start.end() + 3)
    line_end = program.find("\n", close)
    return program[: line_end + 1] if 0 <= close <= line_end else ""


_LEAST_OVERLAP = 3


def _longest_overlap(begin: list[str], end: list[str]) -> int:
    """Length of the longest beginning of `begin` that `end` ends with (Knuth, Morris, Pratt)."""
    joined = [*begin, "", *end]
    borders = [0] * len(joined)
    for i in range(1, len(joined)):
        length = borders[i - 1]
        while length and joined[i] != joined[length]:
            length = borders[length - 1]
        borders[i] = length + (joined[i] == joined[length])
    return borders[-1]


def _longest_prefix(program: str, entry_point: str | None) -> str | None:
    """The longest beginning that parses.

    The compiler reads from the front, so nothing beyond the place it names can help, and each cut goes there: to the
    column in the last line, then line by line. Where that keeps failing (a pile of decorators) the steps double.
    """
    lines = program.split("\n")
    end, step, budget = len(lines), 1, _PARSES_OF_A_PROGRAM * max(len(program), 4096)
    while end > 0 and budget > 0:
        text = "\n".join(lines[:end])
        budget -= len(text)
        result = parse_or_fault(text)
        if isinstance(result, ast.Module):
            return f"{text.rstrip()}\n" if _serves(result, entry_point) else None
        if 0 < result.line < end:
            end, step = result.line, 1
        elif result.line == end and 1 < result.column <= len(lines[end - 1]):
            lines[end - 1] = lines[end - 1][: result.column - 1].rstrip()  # `return x)import re`
            if not lines[end - 1]:
                end -= 1
        else:
            end, step = end - step, min(step * 2, len(lines))
    return None


# -- tail --------------------------------------------------------------------------------------------------------


def _without_tail(program: str, tree: ast.Module, entry_point: str) -> str | None:
    """The program without what it does not need after the function, or None where nothing there can do harm."""
    parts = chunks(program, tree)
    place = next((i for i, part in enumerate(parts) if entry_point in part.bound), None)
    if place is None or place + 1 == len(parts):
        return None
    head = "\n".join(program.split("\n")[: parts[place + 1].first - 1]) + "\n"
    tail = parts[place + 1 :]
    needed = _needed(head, tail, entry_point)
    unbound = unbound_names(program)
    if needed is None or not any(
        _acts(statement, unbound) for i, part in enumerate(tail) if i not in needed for statement in part.statements
    ):
        return None
    text = "".join([head, *(part.text for i, part in enumerate(tail) if i in needed)]).rstrip() + "\n"
    reparsed = parse(text)
    return text if reparsed is not None and _serves(reparsed, entry_point) else None


def _needed(head: str, tail: list[Chunk], entry_point: str) -> set[int] | None:
    """Which parts bind a name that the function, or what it needs, reads. None: all (`eval`, `globals`)."""
    binders: dict[str, list[int]] = {}
    needed: set[int] = set()
    names: set[str] = set()
    waiting = {entry_point} | read_names(head)
    for at, part in enumerate(tail):
        for name in part.bound:
            binders.setdefault(name, []).append(at)
        if any(_sets_up(statement) for statement in part.statements):
            needed.add(at)
            waiting |= read_names(part.text)
    while waiting:
        name = waiting.pop()
        names.add(name)
        for at in binders.pop(name, ()):
            if at not in needed:
                needed.add(at)
                waiting |= read_names(tail[at].text) - names
    return None if names & _DYNAMIC else needed


_DYNAMIC = frozenset({"eval", "exec", "globals", "__import__", "vars"})


def _sets_up(statement: ast.stmt) -> bool:
    """`sys.setrecursionlimit(...)` and its like: a call for its effect on the function."""
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="sys" | "random" | "threading")))):
            return True
    return False


def _acts(statement: ast.stmt, unbound: frozenset[str]) -> bool:
    """Whether it does more than define something when the program is loaded."""
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Pass():
            return bool(getattr(statement, "decorator_list", ()))
        case ast.Import(names=names):
            return any(not _is_standard(alias.name) for alias in names)
        case ast.ImportFrom(module=module, level=level):
            return level > 0 or not _is_standard(module or "")
        case ast.Assign() | ast.AnnAssign():
            return any(
                isinstance(node, ast.Call | ast.Subscript) or (isinstance(node, ast.Name) and node.id in unbound)
                for node in ast.walk(statement)
            )
    return not is_text(statement)


_NOT_EVERYWHERE = frozenset({"curses", "idlelib", "msvcrt", "tkinter", "turtle", "turtledemo", "winreg", "winsound"})


def _is_standard(module: str) -> bool:
    top = module.partition(".")[0]
    return top in sys.stdlib_module_names and top not in _NOT_EVERYWHERE


# -- imports -----------------------------------------------------------------------------------------------------


def _with_imports(program: str, lines: list[str]) -> str:
    """In front of everything but `from __future__`, which has to come first."""
    tree = parse(program)
    future = [s for s in tree.body if isinstance(s, ast.ImportFrom) and s.module == "__future__"] if tree else []
    if not future:
        return "\n".join([*lines, program])
    before = program.split("\n")
    place = future[-1].end_lineno or 0
    return "\n".join([*before[:place], *lines, *before[place:]])


# -- C++ ---------------------------------------------------------------------------------------------------------

_UNQUALIFIED = re.compile(r"(?<![:\w.])(?:cin|cout|vector|string|endl|map|set|sort|pair)\b")


def _salvage_cpp(program: str) -> tuple[str, tuple[str, ...]]:
    front = []
    if not re.search(r"^\s*#\s*include\b", program, re.MULTILINE):
        front.append("#include <bits/stdc++.h>")
        if "using namespace" not in program and "std::" not in program and _UNQUALIFIED.search(program):
            front.append("using namespace std;")
    return ("\n".join([*front, program]), ("imports",)) if front else (program, ())
