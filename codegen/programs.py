"""When two programs count as one, and how a program of a problem is run."""

from __future__ import annotations

import ast
import hashlib
import re
from functools import lru_cache

from codegen.python_source import parse
from problems.problem import Call, Problem
from sandbox.execution import Program

_CPP_PARTS = re.compile(
    r"""
    R"(?P<fence>[^()\\\s]{0,16})\(.*?\)(?P=fence)"       # these are kept as they are: raw strings,
  | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'          # strings and characters,
  | \b[0-9](?:'?[\w.])*                                 # and numbers, which may hold single quotes
  | (?P<gap>(?:\s|//(?:\\\n|[^\n])*|/\*.*?\*/)+)
    """,
    re.DOTALL | re.VERBOSE,
)
_WORDS = re.compile(r"\w+|[^\w\s]")
_BLOCK_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_MAX_CPP = 20_000
"""Longer C++ is compared as text: what never ends (a comment, a string) makes reading it quadratic."""


@lru_cache(maxsize=1024)  # models repeat themselves
def program_key(source: str, language: str) -> str:
    """Equal for programs that differ in nothing but layout, comments and docstrings, so that one run serves both.

    Python programs are compared by syntax tree, C++ by text without comments and superfluous blanks, what cannot be
    read by exact text. Never raises, whatever the text.
    """
    body: str | None = None
    if language == "python":
        body = _syntax_tree(source)
    elif language == "cpp":
        body = _without_layout(source)
    kind = "text" if body is None else "normal"
    text = source if body is None else body
    return hashlib.sha256(f"{language}\0{kind}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()


def code_size(source: str, language: str) -> int:
    """How much code it is: nodes of a Python program's syntax tree; words and signs of any other text."""
    tree = parse(source) if language == "python" else None
    return len(_WORDS.findall(source)) if tree is None else sum(1 for _ in ast.walk(tree))


def executable(problem: Problem, source: str, language: str) -> Program:
    """The program as the sandbox takes it: called for a `Call` problem, fed by standard input otherwise."""
    entry_point = problem.interface.entry_point if isinstance(problem.interface, Call) else None
    return Program(language=language, source=source, entry_point=entry_point)


def _syntax_tree(source: str) -> str | None:
    tree = parse(source)
    if tree is None:
        return None
    try:
        for node in ast.walk(tree):
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)):
                continue
            if node.body and _is_docstring(node.body[0]):
                node.body = node.body[1:] or ([] if isinstance(node, ast.Module) else [ast.Pass()])
        return ast.dump(tree)
    except (ValueError, RecursionError, MemoryError):  # ValueError: an int of too many digits to be written
        return None


def _is_docstring(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _without_layout(source: str) -> str | None:
    """Blanks and comments become one blank, or one line end, since the preprocessor goes by lines."""
    if len(source) > _MAX_CPP:
        return None

    def replaced(match: re.Match[str]) -> str:
        gap = match["gap"]
        if gap is None:
            return match.group()
        return "\n" if "\n" in _BLOCK_COMMENT.sub("", gap) else " "

    return _CPP_PARTS.sub(replaced, source).strip()
