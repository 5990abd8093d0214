"""Python stub -> Call problem: a function without a body whose docstring, or the text around it, has examples."""

from __future__ import annotations

import ast
import inspect
import io
import re
import tokenize
import warnings

from problems import syntax
from problems.errors import ProblemFormatError
from problems.formats.examples import as_tests, read_examples
from problems.formats.signature import Signature
from problems.problem import Call, Problem

_DEFINITION = re.compile(r"^(?:async[ \t]+)?def[ \t]+\w+[ \t]*\(", re.MULTILINE)
_FENCE = re.compile(r"^(?:```|~~~)", re.MULTILINE)
_QUOTED = re.compile(r"[rRuU]?(\"\"\"|'''|\"|')(.*)\1", re.DOTALL)


def loads_stub(text: str, *, problem_id: str = "", path: str = "", name: str = "") -> Problem:
    """The problem of a stub.

    The function asked for is the last one at the top level whose body is only a docstring, `...`, `pass` or
    `raise NotImplementedError` (or is missing altogether). Imports and functions before it become starter
    code.

    Args:
        problem_id: The function's name if not given.
        path: For messages, and the problem's source.
        name: The function asked for, where that is known.

    Raises:
        ProblemFormatError: Not Python, or no function without a body.
    """
    if not text.strip():
        raise ProblemFormatError("empty; write a def line with a docstring", path=path, line=1)
    text = text.replace("\r\n", "\n")
    text = text if text.endswith("\n") else text + "\n"
    tree = _parse(text, path)
    node = _asked(tree, path, name)
    docstring = _docstring(node)
    lines = text.split("\n")
    end, column = _header_end(lines, node)
    before = [*lines[: end - 1], lines[end - 1][:column]]
    if docstring and docstring.lineno > end:
        before = lines[: docstring.end_lineno]
    elif docstring:
        before.append(f"    {ast.get_source_segment(text, docstring)}")
    starter = "\n".join(before) + "\n"
    signature = Signature.of(node)
    around = _comments(text)
    examples = read_examples(str(docstring.value) if docstring else "", signature)
    tests, checker = as_tests(examples or read_examples(around, signature))
    header = "\n".join([*lines[node.lineno - 1 : end - 1], lines[end - 1][:column]]).strip()
    return Problem(
        id=problem_id or node.name,
        statement=_statement(text, docstring) or around.strip() or header,
        interface=Call(entry_point=node.name, signature=header, starter_code=starter),
        public_tests=tests,
        checker=checker,
        source=path,
    )


def signature_of(text: str) -> Signature:
    """The signature of the function that a stub asks for. Raises as `loads_stub` does."""
    return Signature.of(_asked(_parse(text, ""), "", ""))


def beside(text: str, name: str) -> str:
    """What a file has at its top level beside a function, whether that has a body or not; "" when it is no Python."""
    try:
        tree = _parse(text, "")
    except ProblemFormatError:
        return ""
    lines = text.split("\n")
    for node in tree.body:
        own = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name
        if own or (isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)):
            decorators = getattr(node, "decorator_list", [])
            first = min([node.lineno, *(each.lineno for each in decorators)])
            lines[first - 1 : node.end_lineno] = [""] * ((node.end_lineno or first) - first + 1)
    return "\n".join(lines).strip("\n") + "\n"


def looks_like_stub(text: str) -> bool:
    """Whether a text is a stub rather than a statement in Markdown."""
    if not _DEFINITION.search(text) or _FENCE.search(text):
        return False
    try:
        _parse(text, "")
    except ProblemFormatError:
        return bool(re.match(r"(?:from|import|def|async|@|#|\"\"\"|''')", text.lstrip()))
    return True


def _parse(text: str, path: str) -> ast.Module:
    """The tree of a stub; a last `def` line without anything below it is taken as one with an empty body."""
    try:
        return _tree(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        if isinstance(error, IndentationError):
            try:
                return _tree(f"{text.rstrip()}\n{_deeper(text)}pass\n")
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                pass
        reason = error.msg if isinstance(error, SyntaxError) else str(error) or type(error).__name__
        line = error.lineno if isinstance(error, SyntaxError) else None
        raise ProblemFormatError(f"not Python: {reason}", path=path, line=line) from error


def _tree(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return syntax.parse(text)


def _deeper(text: str) -> str:
    last = text.rstrip().splitlines()[-1]
    return last[: len(last) - len(last.lstrip())] + "    "


def _asked(tree: ast.Module, path: str, name: str) -> ast.FunctionDef:
    asked = None
    functions = [node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    for node in functions:
        if node.name == name if name else all(_says_nothing(each) for each in node.body):
            asked = node
    if isinstance(asked, ast.AsyncFunctionDef):
        message = f"'{asked.name}' is async; only plain functions can be asked for: write 'def {asked.name}'"
        raise ProblemFormatError(message, path=path, line=asked.lineno)
    if asked is None:
        wanted = f"no function '{name}'" if name else "no function without a body"
        there = f" (with a body: {', '.join(node.name for node in functions)})" if functions and not name else ""
        message = f"{wanted}{there}; write a def line at the top level with a docstring and '...' below it"
        raise ProblemFormatError(message, path=path, line=1)
    if asked.args.kwonlyargs and any(default is None for default in asked.args.kw_defaults):
        message = f"'{asked.name}' needs keyword-only arguments; tests hand over arguments by position"
        raise ProblemFormatError(message, path=path, line=asked.lineno)
    return asked


def _says_nothing(node: ast.stmt) -> bool:
    match node:
        case ast.Pass() | ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Raise(exc=ast.Name(id="NotImplementedError")):
            return True
        case ast.Raise(exc=ast.Call(func=ast.Name(id="NotImplementedError"))):
            return True
    return False


def _docstring(node: ast.FunctionDef) -> ast.Constant | None:
    """The first text in the body, though an import may stand before it."""
    for each in node.body:
        if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant) and isinstance(each.value.value, str):
            return each.value
        if not isinstance(each, (ast.Import, ast.ImportFrom)):
            break
    return None


def _statement(text: str, docstring: ast.Constant | None) -> str:
    """The docstring as it was written, its escapes kept: so it is found again in the starter code."""
    source = ast.get_source_segment(text, docstring) if docstring else None
    match = _QUOTED.fullmatch(source.strip()) if source else None
    return inspect.cleandoc(match.group(2)).strip() if match else ""


def _header_end(lines: list[str], node: ast.FunctionDef) -> tuple[int, int]:
    """Line and column behind the colon that ends the `def` line."""
    depth = 0
    for token in _tokens("\n".join(lines[node.lineno - 1 :])):
        if token.string in ("(", "[", "{"):
            depth += 1
        elif token.string in (")", "]", "}"):
            depth -= 1
        elif token.string == ":" and depth == 0:
            return node.lineno + token.end[0] - 1, token.end[1]
    return node.lineno, len(lines[node.lineno - 1])


def _comments(text: str) -> str:
    """What stands in comments and in assert lines outside the function."""
    comments = [token.string.lstrip("#").removeprefix(" ") for token in _tokens(text) if token.type == tokenize.COMMENT]
    asserts = [line for line in text.split("\n") if line.startswith("assert ")]
    return "\n".join([*comments, *asserts])


def _tokens(text: str) -> list[tokenize.TokenInfo]:
    found = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            found.append(token)  # noqa: PERF402 (what was read before an error counts)
    except (tokenize.TokenError, SyntaxError):
        pass
    return found
