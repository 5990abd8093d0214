"""When two programs count as one, and how a program of a problem is run."""

from __future__ import annotations

import ast
import hashlib

from problems.problem import Call, Problem
from sandbox.execution import Program


def program_key(source: str, language: str) -> str:
    """Equal for programs that differ in nothing but layout, comments and docstrings, so that one run serves both.

    Python programs are compared by syntax tree; other languages, and Python that does not parse, by their text without
    trailing blanks. Never raises, whatever the text.
    """
    body = _syntax_tree(source) if language == "python" else None
    if body is None:
        body = "\n".join(line.rstrip() for line in source.strip().splitlines())
    return hashlib.sha256(f"{language}\0{body}".encode("utf-8", "surrogatepass")).hexdigest()


def executable(problem: Problem, source: str, language: str) -> Program:
    """The program as the sandbox takes it: called for a `Call` problem, fed by standard input otherwise."""
    entry_point = problem.interface.entry_point if isinstance(problem.interface, Call) else None
    return Program(language=language, source=source, entry_point=entry_point)


def _syntax_tree(source: str) -> str | None:
    try:
        tree = ast.parse(source)
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and _has_docstring(node.body):
                node.body = node.body[1:] or [ast.Pass()]
        return ast.dump(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _has_docstring(body: list[ast.stmt]) -> bool:
    first = body[0]
    return isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
