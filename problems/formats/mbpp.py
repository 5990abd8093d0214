"""MBPP (Austin et al. 2021): the full set's JSON lines, the sanitized set's JSON list, EvalPlus's "OriginFmt" rows.

A contestant sees the text and the first assert, which names the function; all asserts are hidden tests. Rows are told
apart by their fields: `text` and `test_setup_code` (full), `prompt` and `test_imports` (sanitized), `test` besides
(OriginFmt).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from problems import syntax
from problems.fields import Record
from problems.formats.evalplus import asserted_problem
from problems.formats.places import data_file
from problems.formats.rows import OnBad, identity, read, refuse
from problems.problem import Problem

_BUILT_IN = frozenset(
    {"bool", "bytes", "complex", "dict", "float", "frozenset", "int", "list", "object", "set", "str", "tuple"}
)

FULL = ("mbpp.jsonl*", "full/*.parquet")
SANITIZED = ("sanitized-mbpp.json", "sanitized/*.parquet")
_HUB = "google-research-datasets/mbpp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row as it is published, and the problem as a contestant sees it.

    Attributes:
        tests: Test code in the order in which it runs, behind the program: setup, then asserts. What it uses of the
            program's imports stands first.
        needs_program: Whether the tests use classes or constants that the program defines, or hand over types.
    """

    task_id: str
    entry_point: str
    code: str
    tests: str
    needs_program: bool
    problem: Problem


def read_rows(path: str | Path | None = None, *, on_bad: OnBad = refuse) -> Iterator[Row]:
    """Rows of the full set. Raises as `rows.read`."""
    file = data_file(path, FULL, hub=(_HUB, "full/test-00000-of-00001.parquet"), what="MBPP")
    return read(file, _row, id_field="task_id", on_bad=on_bad)


def read_sanitized(path: str | Path | None = None, *, on_bad: OnBad = refuse) -> Iterator[Row]:
    """Rows of the sanitized set. Raises as `rows.read`."""
    file = data_file(path, SANITIZED, hub=(_HUB, "sanitized/test-00000-of-00001.parquet"), what="sanitized MBPP")
    return read(file, _row, id_field="task_id", on_bad=on_bad)


def read_problems(path: str | Path | None = None) -> Iterator[Problem]:
    """The problems of the full set. Raises as `read_rows`."""
    return (row.problem for row in read_rows(path))


def read_sanitized_problems(path: str | Path | None = None) -> Iterator[Problem]:
    """The problems of the sanitized set. Raises as `read_rows`."""
    return (row.problem for row in read_sanitized(path))


def _row(record: Record) -> Row:
    number = identity(record, "task_id")
    task_id = number if "/" in number else f"Mbpp/{number}"
    statement = record.text("text") if "text" in record else record.text("prompt")
    code = record.text("code")
    asserts = record.texts("test_list")
    if not asserts:
        raise record.error("no tests", "test_list")
    setup = record.text("test_setup_code", "") or "\n".join(record.texts("test_imports", []))
    body = _parsed(record, code, "code")
    entry_point = _entry_point(asserts, _defined(body))
    if entry_point is None:
        raise record.error("no assert calls a function that 'code' defines", "test_list")
    tests = record.text("test", "") or "\n".join((setup, *asserts))
    tests = tests.replace("\r\n", "\n") + "\n"
    needed = _needed(_parsed(record, tests, "test_list"), entry_point)
    imports = [ast.unparse(each) for each in body if _imported(each) & needed]
    shown = f"{statement.strip()}\n{asserts[0].strip()}"
    return Row(
        task_id=task_id,
        entry_point=entry_point,
        code=code,
        tests="".join(f"{line}\n" for line in imports) + tests,
        needs_program=bool(needed & (_defined(body) | _BUILT_IN) - {entry_point}),
        problem=asserted_problem(task_id, shown, f'"""\n{shown}\n"""\n', entry_point, source=record.document.path),
    )


def _parsed(record: Record, code: str, field: str) -> list[ast.stmt]:
    try:
        return syntax.parse(code.replace("\r\n", "\n")).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise record.error(f"not Python: {error}", field) from error


def _defined(body: list[ast.stmt]) -> frozenset[str]:
    """Names that are defined at the top level."""
    names: set[str] = set()
    for each in body:
        if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(each.name)
        elif isinstance(each, ast.Assign):
            names |= {target.id for target in each.targets if isinstance(target, ast.Name)}
    return frozenset(names)


def _imported(node: ast.stmt) -> set[str]:
    if not isinstance(node, (ast.Import, ast.ImportFrom)):
        return set()
    return {(alias.asname or alias.name).partition(".")[0] for alias in node.names}


def _needed(tests: list[ast.stmt], entry_point: str) -> frozenset[str]:
    """Names that test code uses and does not make itself; types only where they are handed to the entry point."""
    nodes = [node for each in tests for node in ast.walk(each)]
    names = [node for node in nodes if isinstance(node, ast.Name)]
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    called = {id(node.func) for node in calls}
    asked = [node for node in calls if isinstance(node.func, ast.Name) and node.func.id == entry_point]
    handed = {id(node) for call in asked for argument in call.args for node in ast.walk(argument)} - called
    made = {node.id for node in names if not isinstance(node.ctx, ast.Load)} | _defined(tests)
    made |= set().union(*map(_imported, tests))
    return frozenset(node.id for node in names if node.id not in _BUILT_IN or id(node) in handed) - made


def _entry_point(asserts: tuple[str, ...], defined: frozenset[str]) -> str | None:
    """The outermost call, in the first assert that has one, of something that the reference defines."""
    for text in asserts:
        try:
            tree = syntax.parse(text.strip())
        except (SyntaxError, ValueError):
            continue
        for node in ast.walk(tree):  # breadth first: outer calls before the arguments in them
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in defined:
                return node.func.id
    return None
