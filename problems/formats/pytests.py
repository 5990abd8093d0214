"""A file of tests -> what it says about one function: examples where that can be read, else code that is to be run.

A test function that is nothing but plain asserts about calls with constant arguments becomes examples, its parameters
and constants put in. Any other one that has to do with the function stays code (`TestCode`). Nothing is executed here.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from problems import syntax
from problems.errors import ProblemFormatError
from problems.formats import doctests
from problems.formats.doctests import Example
from problems.formats.examples import as_tests
from problems.formats.literals import NotLiteralError, fold
from problems.formats.signature import Signature
from problems.problem import Call, Problem, TestCase, TestCode

MAX_ROWS = 1000
"""Of parameters that are put in; a test with more stays code."""


class _NotPlainError(ValueError):
    """A test is more than plain asserts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Test:
    name: str
    node: ast.FunctionDef
    in_class: bool


def with_tests(problem: Problem, tests: str, *, name: str, module: str, context: str = "") -> Problem:
    """A problem that has the tests of a file beside its own examples; itself when the file has none of its function.

    Where an example and a test say different things about a call, the test counts.

    Args:
        tests: Text of the file.
        name: Of the file, for messages.
        module: Name of the module that the function belongs to.
        context: What that module has beside the function (see `TestCode`).

    Raises:
        ProblemFormatError: The file is not Python, or the problem is not one of a function.
    """
    call = problem.interface
    if not isinstance(call, Call):
        raise ProblemFormatError(f"{problem.id} is no function, so no test can call it", path=name)
    try:
        tree = syntax.parse(tests)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = error.lineno if isinstance(error, SyntaxError) else None
        raise ProblemFormatError(f"not Python: {error}", path=name, line=line) from error
    signature = _signature(call)
    names = _names_of(tree, call.entry_point, module)
    found: list[TestCase] = []
    checkers = [problem.checker]
    coded: list[_Test] = []
    shown: list[str] = []
    for test in _about(tree, names):
        shown.append(ast.get_source_segment(tests, test.node) or "")
        try:
            examples = list(_examples(test, names, signature))
        except _NotPlainError:
            coded.append(test)
            continue
        cases, checker = as_tests(examples)
        if len(cases) < len(examples):
            coded.append(test)
            continue
        checkers.append(checker)
        found += [replace(case, name=f"{name}::{test.name}") for case in cases]
    if not shown:
        return problem
    loosest = replace(
        problem.checker,
        absolute=max(each.absolute for each in checkers),
        relative=max(each.relative for each in checkers),
    )
    whole = {case.input: case for case in chain(problem.public_tests, found)}
    code = TestCode(
        name=name,
        source=_absolute(tests, tree, module),
        functions=tuple(test.name for test in coded),
        modules=_modules(tree, call.entry_point, module),
        context=context,
    )
    return replace(
        problem,
        statement=f"{problem.statement}\n\nTests:\n\n" + "\n\n".join(shown),
        public_tests=tuple(whole.values()),
        test_code=(*problem.test_code, code) if coded else problem.test_code,
        checker=loosest,
    )


def mentions(tests: str, entry_point: str) -> bool:
    """Whether a file may have tests of a function: a quick look, for files that are many."""
    return re.search(rf"\b{re.escape(entry_point)}\b", tests) is not None and "test" in tests


def _signature(call: Call) -> Signature:
    try:
        node = syntax.parse(f"{call.signature} pass").body[0]
        assert isinstance(node, ast.FunctionDef)
    except (SyntaxError, ValueError, IndexError, AssertionError):
        return Signature(name=call.entry_point, parameters=(), required=0, variadic=True)
    return Signature.of(node)


# -- which tests ---------------------------------------------------------------------------------------------------


def _names_of(tree: ast.Module, entry_point: str, module: str) -> frozenset[str]:
    """How the function is called in the file: by its name, by another one, as an attribute of its module."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names |= {each.asname or each.name for each in node.names if each.name == entry_point}
            names |= {
                f"{each.asname or each.name}.{entry_point}"
                for each in node.names
                if each.name == module.rpartition(".")[2]
            }
        elif isinstance(node, ast.Import):
            names |= {
                f"{each.asname or each.name}.{entry_point}"
                for each in node.names
                if each.name.rpartition(".")[2] == module.rpartition(".")[2]
            }
    return frozenset(names)


def _about(tree: ast.Module, names: frozenset[str]) -> Iterator[_Test]:
    """The tests that have to do with the function, by themselves or through what they use of the file."""
    if not names:
        return
    wanted = set(names)
    uses = {node.name: _used(node) for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    uses |= {target: _used(node) for node in tree.body if isinstance(node, ast.Assign) for target in _targets(node)}
    grown = True
    while grown:
        more = {name for name, used in uses.items() if name not in wanted and used & wanted}
        wanted |= more
        grown = bool(more)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test") and node.name in wanted:
            yield _Test(name=node.name, node=node, in_class=False)
        elif isinstance(node, ast.ClassDef) and node.name in wanted and _holds_tests(node):
            shared = any(
                isinstance(each, ast.FunctionDef) and not each.name.startswith("test") and _used(each) & wanted
                for each in node.body
            )
            tests = [each for each in node.body if isinstance(each, ast.FunctionDef) and each.name.startswith("test")]
            for each in tests:
                if shared or _used(each) & wanted:
                    yield _Test(name=f"{node.name}::{each.name}", node=each, in_class=True)


def _holds_tests(node: ast.ClassDef) -> bool:
    bases = {ast.unparse(base).rpartition(".")[2] for base in node.bases}
    return node.name.startswith("Test") or "TestCase" in bases


def _used(node: ast.AST) -> set[str]:
    """Names, dotted ones as well, and parameters, which may be fixtures."""
    found = set()
    for each in ast.walk(node):
        if isinstance(each, ast.Name):
            found.add(each.id)
        elif isinstance(each, ast.Attribute):
            found.add(ast.unparse(each))
        elif isinstance(each, ast.arg):
            found.add(each.arg)
    return found


def _targets(node: ast.Assign) -> list[str]:
    return [each.id for each in node.targets if isinstance(each, ast.Name)]


# -- plain ones ----------------------------------------------------------------------------------------------------


def _examples(test: _Test, names: frozenset[str], signature: Signature) -> Iterator[Example]:
    """What a plain test says. Raises _NotPlainError for one that is not plain."""
    parameters = [each.arg for each in test.node.args.args]
    if test.in_class and parameters[:1] == ["self"]:
        parameters = parameters[1:]
    rows = _rows(test.node)
    if any(set(parameters) != set(row) for row in rows) or len(rows) > MAX_ROWS:
        raise _NotPlainError("fixtures")
    found = False
    for row in rows:
        known = dict(row)
        for statement in test.node.body:
            if isinstance(statement, ast.Assert):
                found = True
                yield _example(statement.test, known, names, signature)
            elif isinstance(statement, ast.Assign) and len(_targets(statement)) == len(statement.targets) == 1:
                _fold(statement.value)
                known[_targets(statement)[0]] = statement.value
            elif not _says_nothing(statement):
                raise _NotPlainError(type(statement).__name__)
    if not found:
        raise _NotPlainError("nothing is asserted")


def _says_nothing(node: ast.stmt) -> bool:
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def _rows(node: ast.FunctionDef) -> list[dict[str, ast.expr]]:
    """The arguments that `pytest.mark.parametrize` gives, one dictionary a run of the test."""
    rows: list[dict[str, ast.expr]] = [{}]
    for decorator in node.decorator_list:
        match decorator:
            case ast.Call(func=ast.Attribute(attr="parametrize"), args=[keys, ast.List() | ast.Tuple() as values]):
                names = _fold(keys)
                split = [each.strip() for each in names.split(",")] if isinstance(names, str) else list(names)
                given = [dict(zip(split, _row(each, len(split)), strict=True)) for each in values.elts]
                rows = [old | new for old in rows for new in given]
            case _:
                raise _NotPlainError("a decorator")
    return rows


def _row(node: ast.expr, width: int) -> list[ast.expr]:
    match node:
        case ast.Call(func=ast.Attribute(attr="param") | ast.Name(id="param"), args=values):
            if any(each.arg == "marks" for each in node.keywords):
                raise _NotPlainError("a mark")
            found = values
        case ast.Tuple(elts=values) | ast.List(elts=values) if width > 1:
            found = values
        case _:
            found = [node]
    if len(found) != width:
        raise _NotPlainError("another number of values than names")
    return found


class _Put(ast.NodeTransformer):
    """Puts values where names stand, and the function's own name where it is called by another."""

    def __init__(self, known: dict[str, ast.expr], names: frozenset[str], own: str) -> None:
        self._known, self._names, self._own = known, names, own

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self._known:
            return self._known[node.id]
        return ast.copy_location(ast.Name(id=self._own, ctx=ast.Load()), node) if node.id in self._names else node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if ast.unparse(node) in self._names:
            return ast.copy_location(ast.Name(id=self._own, ctx=ast.Load()), node)
        return node


def _example(test: ast.expr, known: dict[str, ast.expr], names: frozenset[str], signature: Signature) -> Example:
    # A copy: the same assert is read once for each row.
    put = _Put(known, names, signature.name).visit(syntax.parse(ast.unparse(test), "eval").body)
    try:
        found = _approximate(put, signature) or doctests.compared(put, signature, {}, 0)
        found = found or doctests.close(put, signature, 0)
        if found is None and signature.returns == "bool":
            found = doctests.truth(put, signature, 0)
    except NotLiteralError as error:
        raise _NotPlainError(str(error)) from error
    if found is None or found.bare:
        raise _NotPlainError("not a comparison of a call with a value")
    return found


def _approximate(node: ast.expr, signature: Signature) -> Example | None:
    """`f(x) == pytest.approx(y)`."""
    match node:
        case ast.Compare(
            left=left,
            ops=[ast.Eq()],
            comparators=[ast.Call(func=ast.Attribute(attr="approx") | ast.Name(id="approx"), args=[wanted]) as approx],
        ):
            said = {each.arg: float(_fold(each.value)) for each in approx.keywords}
        case _:
            return None
    plain = ast.Compare(left=left, ops=[ast.Eq()], comparators=[wanted])
    found = doctests.compared(plain, signature, {}, 0)
    if found is None:
        return None
    relative = said.get("rel", 0.0 if "abs" in said else 1e-6)
    return replace(found, tolerance=said.get("abs", 1e-12), relative=relative)


def _fold(node: ast.expr) -> Any:
    try:
        return fold(node)
    except NotLiteralError as error:
        raise _NotPlainError(str(error)) from error


# -- what is run ---------------------------------------------------------------------------------------------------


def _modules(tree: ast.Module, entry_point: str, module: str) -> tuple[str, ...]:
    """The names under which a file imports the function's module."""
    last = module.rpartition(".")[2]
    found = {module}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            if any(each.name == entry_point for each in node.names) and node.module:
                found.add(node.module)
            if any(each.name == last for each in node.names):
                found.add(f"{node.module}.{last}" if node.module else last)
        elif isinstance(node, ast.Import):
            found |= {each.name for each in node.names if each.name.rpartition(".")[2] == last}
    return tuple(sorted(found))


def _absolute(text: str, tree: ast.Module, module: str) -> str:
    """The file with its relative imports made absolute, line for line."""
    lines = text.split("\n")
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.level:
            line = lines[node.lineno - 1]
            dots = "." * node.level
            name = node.module or module.rpartition(".")[0]
            if name:
                lines[node.lineno - 1] = re.sub(
                    rf"from\s+{re.escape(dots)}\s*{node.module or ''}", f"from {name}", line
                )
            else:
                lines[node.lineno - 1] = re.sub(r"from\s+\.+\s+import", "import", line)
    return "\n".join(lines)
