"""A function of a document -> Problem: its stub behind what it can use of the file, with the tests of the workspace."""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from codegen.editor.functions import Function
from codegen.python_source import Chunk, bound_names, chunks, parse, read_names, with_line_feeds
from problems.errors import ProblemError
from problems.formats.pytests import mentions, with_tests
from problems.formats.stub import beside, loads_stub
from problems.problem import Problem

MAX_CONTEXT = 6000
"""Characters of functions and classes that are shown to the model although the function does not name them."""
MAX_FILES = 2000
"""Files of a workspace that are looked at for tests."""
MAX_FILE_BYTES = 1 << 20

_SKIPPED = frozenset({"node_modules", "__pycache__", "site-packages", "build", "dist"})


def problem_of(text: str, function: Function, path: Path | None, root: Path | None, *, tests: bool = True) -> Problem:
    """What is asked of a model and of a sandbox when a function of a document is to be written, or checked.

    Args:
        path: Of the document, where it has one.
        root: Of the workspace whose test files are looked at.

    Raises:
        ProblemError: The function cannot be asked for.
    """
    text = with_line_feeds(text)
    lines = text.split("\n")
    line, column = function.start
    stub = "\n".join([*lines[function.first : line], lines[line][:column]]).rstrip()
    stub = f"{stub}\n{function.indent}..."
    asked = f"{context_of(text, function)}{stub}\n"
    problem = loads_stub(asked, name=function.name, path=str(path or ""))
    if tests and path is not None:
        for file in _test_files(path, root):
            problem = _tested(problem, file, path, root, text)
    return problem


def context_of(text: str, function: Function) -> str:
    """Of a file what a function may use: imports, and the functions, classes and constants beside it.

    Those that the function names, with what they name, and all others while they are short. What acts when it is
    loaded (calls, the part under `__name__`), and what uses the function itself, stays out.
    """
    tree = parse(text)
    if tree is None:
        return ""
    parts = [each for each in chunks(text, tree) if function.name not in each.bound]
    quiet = [each for each in parts if all(_only_binds(statement) for statement in each.statements)]
    own = "\n".join(text.split("\n")[function.first : function.last + 1])
    wanted = set(re.findall(r"[A-Za-z_]\w*", own)) - {function.name}
    imports = [each for each in quiet if all(isinstance(s, ast.Import | ast.ImportFrom) for s in each.statements)]
    others = [each for each in quiet if each not in imports and function.name not in read_names(each.text)]
    kept = _used(others, wanted)
    size = sum(len(each.text) for each in kept)
    for each in others:
        if each not in kept and (size := size + len(each.text)) <= MAX_CONTEXT:
            kept += [more for more in _used(others, set(each.bound)) if more not in kept]
    names = wanted.union(*(read_names(each.text) for each in kept))
    shown = [each for each in quiet if each in kept or (each in imports and _can_be_imported(each, names))]
    return "".join(f"{each.text}\n" for each in shown)


def _used(parts: list[Chunk], names: set[str]) -> list[Chunk]:
    """Those that bind one of the names, with those that these use in turn."""
    wanted, kept = set(names), [each for each in parts if each.bound & names]
    grown = True
    while grown:
        wanted = wanted.union(*(read_names(each.text) for each in kept))
        more = [each for each in parts if each not in kept and each.bound & wanted]
        kept += more
        grown = bool(more)
    return kept


def _only_binds(statement: ast.stmt) -> bool:
    match statement:
        case ast.Import() | ast.ImportFrom() | ast.FunctionDef() | ast.ClassDef() | ast.AsyncFunctionDef():
            return True
        case ast.Assign() | ast.AnnAssign():
            return bool(bound_names(statement))
        case ast.Try(body=body, handlers=handlers):  # an import with something in its place
            whole = [*body, *(each for handler in handlers for each in handler.body)]
            return all(isinstance(each, ast.Import | ast.ImportFrom | ast.Assign | ast.Pass) for each in whole)
    return False


def _can_be_imported(part: Chunk, names: set[str]) -> bool:
    """Imports of the standard library, and others that are used; relative ones have nothing to start from."""
    for each in part.statements:
        if isinstance(each, ast.ImportFrom):
            modules = [each.module or ""]
            if each.level:
                return False
        else:
            assert isinstance(each, ast.Import)
            modules = [alias.name for alias in each.names]
        standard = all(module.partition(".")[0] in sys.stdlib_module_names for module in modules)
        if not standard and not part.bound & names:
            return False
    return True


def program_of(text: str, function: Function) -> str:
    """A function of a document as it stands, behind what it can use of the file."""
    text = with_line_feeds(text)
    own = "\n".join(text.split("\n")[function.first : function.last + 1])
    return f"{context_of(text, function)}{own}\n"


def _tested(problem: Problem, file: Path, path: Path, root: Path | None, text: str) -> Problem:
    try:
        found = file.stat()
        tests = _text(file, found.st_mtime_ns) if found.st_size <= MAX_FILE_BYTES else ""
    except (OSError, UnicodeDecodeError):
        return problem
    name = problem.id
    if not mentions(tests, name):
        return problem
    module = _module(path, root)
    try:
        return with_tests(problem, tests, name=file.name, module=module, context=beside(text, name))
    except ProblemError:  # a file that is being written
        return problem


@lru_cache(maxsize=256)
def _text(file: Path, written_ns: int) -> str:  # noqa: ARG001 (a file that was written anew is another one)
    return file.read_text(encoding="utf-8")


def _module(path: Path, root: Path | None) -> str:
    """The dotted name of a file below the workspace, a folder `src` left out."""
    try:
        parts = path.with_suffix("").relative_to(root or path.parent).parts
    except ValueError:
        parts = (path.stem,)
    parts = parts[1:] if len(parts) > 1 and parts[0] == "src" else parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


def _test_files(path: Path, root: Path | None) -> Iterator[Path]:
    """`test_*.py` and `*_test.py` of the workspace, or beside the document where there is none."""
    looked = 0
    for folder, folders, files in os.walk(root or path.parent):
        folders[:] = sorted(each for each in folders if not each.startswith(".") and each not in _SKIPPED)
        if root is None:
            folders[:] = []
        for name in sorted(files):
            looked += 1
            if looked > MAX_FILES:
                return
            file = Path(folder, name)
            if name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py")) and file != path:
                yield file
