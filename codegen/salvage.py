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

from codegen.python_source import bound_names, defines, first_line, parse, parse_or_fault, read_names, unbound_names
from codegen.standard_names import import_lines

_PARSED_CHARS_BUDGET = 4_000_000
"""How much text the search for a prefix may parse for one program; it ends early on hostile text only."""


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
    repairs: list[str] = []
    tree = parse(program)
    if tree is None:
        for name, repaired in (
            ("overlap", _without_overlap(program, starter)),
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


def _without_overlap(program: str, starter: str) -> str | None:
    """`starter` and what follows its copied end; white space does not count, since recordings lost some of it."""
    if not starter or not program.startswith(starter):
        return None
    rest = program[len(starter) :]
    positions = [i for i, char in enumerate(rest) if not char.isspace()]
    end = [char for char in starter if not char.isspace()]
    begin = [rest[i] for i in positions[: len(end)]]
    length = _longest_overlap(begin, end)
    if length < _LEAST_OVERLAP:
        return None
    after = rest[positions[length - 1] + 1 :]
    return starter + re.sub(r"\A[ \t]*\n", "", after) if starter.endswith("\n") else starter + after


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
    end, step, budget = len(lines), 1, _PARSED_CHARS_BUDGET
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
    first = next((i for i, s in enumerate(tree.body) if entry_point in bound_names(s)), None)
    if first is None:
        return None
    tail = tree.body[first + 1 :]
    needed = _needed(program, tree.body, first, entry_point)
    if needed is None or not any(_acts(s) and s not in needed for s in tail):
        return None
    lines = program.split("\n")
    kept = lines[: first_line(tail[0]) - 1]
    for statement in tail:
        if statement in needed:
            kept += lines[first_line(statement) - 1 : statement.end_lineno]
    text = "\n".join(kept).rstrip() + "\n"
    reparsed = parse(text)  # statements that share a line (`f = 1; print(f)`) can go wrong: then nothing is dropped
    return text if reparsed is not None and _serves(reparsed, entry_point) else None


def _needed(program: str, body: list[ast.stmt], first: int, entry_point: str) -> set[ast.stmt] | None:
    """What binds a name that the function, or what it needs, reads. None: everything (`eval`, `globals`)."""
    lines = program.split("\n")
    binders: dict[str, list[ast.stmt]] = {}
    needed: set[ast.stmt] = set(body[: first + 1])
    names: set[str] = set()
    waiting = {entry_point} | read_names("\n".join(lines[: body[first].end_lineno]))
    for statement in body[first + 1 :]:
        for name in bound_names(statement):
            binders.setdefault(name, []).append(statement)
        if _sets_up(statement):
            needed.add(statement)
            waiting |= _names_of(lines, statement)
    while waiting:
        name = waiting.pop()
        names.add(name)
        for statement in binders.pop(name, ()):
            if statement not in needed:
                needed.add(statement)
                waiting |= _names_of(lines, statement) - names
    return None if names & _DYNAMIC else needed


def _names_of(lines: list[str], statement: ast.stmt) -> frozenset[str]:
    return read_names("\n".join(lines[first_line(statement) - 1 : statement.end_lineno]))


_DYNAMIC = frozenset({"eval", "exec", "globals", "__import__", "vars"})


def _sets_up(statement: ast.stmt) -> bool:
    """`sys.setrecursionlimit(...)` and its like: a call for its effect on the function."""
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="sys" | "random" | "threading")))):
            return True
    return False


def _acts(statement: ast.stmt) -> bool:
    """Whether it does more than define something when the program is loaded."""
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Pass():
            return bool(getattr(statement, "decorator_list", ()))
        case ast.Import(names=names):
            return any(not _is_standard(alias.name) for alias in names)
        case ast.ImportFrom(module=module, level=level):
            return level > 0 or not _is_standard(module or "")
        case ast.Assign() | ast.AnnAssign():
            return (
                any(isinstance(node, ast.Call | ast.Name | ast.Attribute) for node in ast.walk(statement.value))
                if statement.value
                else False
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
