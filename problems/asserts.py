"""Test code -> expectations: plain asserts about one call each, read and never run.

`assert candidate([1, 2], 3) == 5` says all there is to know: arguments, relation, expected value. Read like
this, the test code needs no process of its own, and the comparison happens on the host on values that were
made there. What stands in an assert must be a constant expression; everything else (loops, variables,
helpers) makes the whole test code unreadable, and `benchmarks.tests_as_code` runs it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from problems import syntax
from problems.errors import ValueFormatError
from problems.problem import TestCase
from problems.values import dumps, loads

Relation = Literal["equal", "identical", "true", "false", "below", "at_most"]


class NotPlainError(ValueError):
    """The test code holds something that is not a plain assert. The message names line and construct."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """One call and what must hold of its result.

    Attributes:
        case: Arguments and expected value in wire form; no output for the relations "true" and "false".
        relation: "equal" is Python's `==`; "identical" is `is` (None, True, False); "true" and "false" are
            truth values; "below" and "at_most" bound abs(result - expected) by `tolerance`, exclusively and
            inclusively.
    """

    case: TestCase
    relation: Relation = "equal"
    tolerance: float = 0.0


def read_asserts(code: str, entry_point: str) -> tuple[Expectation, ...]:
    """The expectations of a `check(candidate)` function, or of bare asserts about `entry_point`.

    Raises:
        NotPlainError: Something in it is not a plain assert; then none of it may be taken from here.
    """
    try:
        module = syntax.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise NotPlainError(f"the test code does not parse: {error}") from error
    body, names = _asserting_body(module, entry_point)
    found = tuple(
        Expectation(
            case=TestCase(input=each.case.input, output=each.case.output, name=f"assert {number}"),
            relation=each.relation,
            tolerance=each.tolerance,
        )
        for number, each in enumerate(_statements(body, names), start=1)
    )
    if not found:
        raise NotPlainError("the test code asserts nothing about the candidate")
    return found


def holds(expectation: Expectation, value: bytes | None) -> bool:
    """Whether a result in wire form is as expected. False for what is no value: it was not returned."""
    if value is None:
        return False
    try:
        found = loads(value)
    except ValueFormatError:
        return False
    relation, case = expectation.relation, expectation.case
    if case.output is None:
        return bool(found) is (relation == "true")
    expected = loads(case.output)
    if relation == "equal":
        return bool(found == expected)
    if relation == "identical":
        return type(found) is type(expected) and bool(found == expected)
    if not isinstance(found, (int, float, complex)):
        return False
    try:
        distance = abs(found - expected)
    except OverflowError:
        return False
    limit = expectation.tolerance
    return bool(distance < limit if relation == "below" else distance <= limit)


def _asserting_body(module: ast.Module, entry_point: str) -> tuple[list[ast.stmt], frozenset[str]]:
    """The statements that assert, and the names that stand for the candidate in them."""
    checks = [node for node in module.body if isinstance(node, ast.FunctionDef) and node.name == "check"]
    if not checks:
        return module.body, frozenset({entry_point, "candidate"})
    check = checks[0]
    if len(checks) > 1 or check.decorator_list or len(check.args.args) != 1:
        raise NotPlainError(f"line {check.lineno}: not one plain check(candidate)")
    for node in module.body:
        if node is not check and not _is_noise(node) and not _calls_check(node, entry_point):
            raise NotPlainError(f"line {node.lineno}: {type(node).__name__} beside check(candidate)")
    return check.body, frozenset({entry_point, check.args.args[0].arg})


def _statements(body: list[ast.stmt], names: frozenset[str]) -> Iterator[Expectation]:
    for node in body:
        if isinstance(node, ast.Assign) and any(ast.unparse(target) in names for target in node.targets):
            raise NotPlainError(f"line {node.lineno}: the candidate's name is assigned: {_shown(node)}")
        if isinstance(node, ast.Assert):
            if _constant_truth(node.test):
                continue
            yield _expectation(node.test, names)
        elif isinstance(node, ast.If) and _constant_truth(node.test):
            yield from _statements(node.body, names)
        elif not _is_noise(node):
            raise NotPlainError(f"line {node.lineno}: {type(node).__name__} is not a plain assert")


def _expectation(test: ast.expr, names: frozenset[str]) -> Expectation:
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return Expectation(case=_case(test.operand, names), relation="false")
    if isinstance(test, ast.Call):
        return Expectation(case=_case(test, names), relation="true")
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        raise NotPlainError(f"line {test.lineno}: not one comparison: {_shown(test)}")
    left, operator, right = test.left, test.ops[0], test.comparators[0]
    if isinstance(operator, (ast.Eq, ast.Is)):
        call, constant = (left, right) if _is_call(left, names) else (right, left)
        if not _is_call(call, names):
            raise NotPlainError(f"line {test.lineno}: no plain call of the candidate: {_shown(test)}")
        expected = _constant(constant)
        if isinstance(operator, ast.Eq):
            return Expectation(case=_case(call, names, expected))
        if expected is None or isinstance(expected, bool):
            return Expectation(case=_case(call, names, expected), relation="identical")
    elif isinstance(operator, (ast.Lt, ast.LtE)):
        return _tolerance(left, operator, right, names)
    raise NotPlainError(f"line {test.lineno}: {type(operator).__name__} in {_shown(test)}")


def _tolerance(left: ast.expr, operator: ast.cmpop, right: ast.expr, names: frozenset[str]) -> Expectation:
    """`abs(candidate(...) - expected) < tolerance`, either way round inside; abs may be math.fabs."""
    if not (isinstance(left, ast.Call) and ast.unparse(left.func) in ("abs", "math.fabs") and len(left.args) == 1):
        raise NotPlainError(f"line {left.lineno}: not a tolerance: {_shown(left)}")
    difference = left.args[0]
    if not (isinstance(difference, ast.BinOp) and isinstance(difference.op, ast.Sub)):
        raise NotPlainError(f"line {left.lineno}: not a tolerance: {_shown(left)}")
    sides = (difference.left, difference.right)
    call, constant = sides if _is_call(sides[0], names) else (sides[1], sides[0])
    expected, tolerance = _constant(constant), _constant(right)
    if not all(isinstance(number, (int, float)) for number in (expected, tolerance)):
        raise NotPlainError(f"line {left.lineno}: a tolerance without numbers: {_shown(left)}")
    return Expectation(
        case=_case(call, names, expected),
        relation="below" if isinstance(operator, ast.Lt) else "at_most",
        tolerance=float(tolerance),
    )


_NO_OUTPUT = object()


def _case(call: ast.expr, names: frozenset[str], expected: Any = _NO_OUTPUT) -> TestCase:
    if not _is_call(call, names):
        raise NotPlainError(f"line {call.lineno}: not a call of the candidate: {_shown(call)}")
    assert isinstance(call, ast.Call)
    if call.keywords or any(isinstance(argument, ast.Starred) for argument in call.args):
        raise NotPlainError(f"line {call.lineno}: a call with more than plain arguments: {_shown(call)}")
    try:
        return TestCase(
            input=dumps([_constant(argument) for argument in call.args]),
            output=None if expected is _NO_OUTPUT else dumps(expected),
        )
    except ValueFormatError as error:
        raise NotPlainError(f"line {call.lineno}: {error}") from error


def _is_call(node: ast.expr, names: frozenset[str]) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names


def _is_noise(node: ast.stmt) -> bool:
    """Statements that say nothing about the candidate: metadata, imports, prints, constants, pass.

    An import may be left out because a plain assert uses no name but the candidate's.
    """
    if isinstance(node, (ast.Pass, ast.Import, ast.ImportFrom)):
        return True
    if isinstance(node, ast.Assign):
        return all(isinstance(target, ast.Name) for target in node.targets) and _is_constant(node.value)
    if not isinstance(node, ast.Expr):
        return False
    value = node.value
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "print":
        return all(_is_constant(argument) for argument in value.args)
    return isinstance(value, ast.Name) or _is_constant(value)


def _calls_check(node: ast.stmt, entry_point: str) -> bool:
    return isinstance(node, ast.Expr) and ast.unparse(node.value) == f"check({entry_point})"


def _constant_truth(node: ast.expr) -> bool:
    return _is_constant(node) and bool(_constant(node))


def _is_constant(node: ast.expr) -> bool:
    try:
        _constant(node)
    except NotPlainError:
        return False
    return True


def _constant(node: ast.expr) -> Any:
    """The value of a constant expression: literals, displays, signs, arithmetic on numbers, joined texts."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        items = [_constant(item) for item in node.elts]
        return items if isinstance(node, ast.List) else _hashed(tuple if isinstance(node, ast.Tuple) else set, items)
    if isinstance(node, ast.Dict):
        if any(key is None for key in node.keys):
            raise NotPlainError(f"line {node.lineno}: ** in a dict")
        return _hashed(dict, [(_constant(k), _constant(v)) for k, v in zip(node.keys, node.values, strict=True) if k])
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _MAKERS and not node.keywords:
        return _made(node)
    if isinstance(node, ast.UnaryOp) and type(node.op) in _SIGNS:
        operand = _constant(node.operand)
        if isinstance(operand, (int, float, complex)):
            return _SIGNS[type(node.op)](operand)
    if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        return _folded(node, _constant(node.left), _constant(node.right))
    raise NotPlainError(f"line {node.lineno}: not a constant: {_shown(node)}")


_SIGNS: dict[type[ast.unaryop], Callable[[Any], Any]] = {ast.USub: lambda x: -x, ast.UAdd: lambda x: +x}
_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda x, y: x + y,
    ast.Sub: lambda x, y: x - y,
    ast.Mult: lambda x, y: x * y,
    ast.Div: lambda x, y: x / y,
    ast.FloorDiv: lambda x, y: x // y,
    ast.Mod: lambda x, y: x % y,
    ast.Pow: lambda x, y: x**y,
}
_MAKERS: dict[str, Callable[..., Any]] = {
    "set": set,
    "frozenset": frozenset,
    "tuple": tuple,
    "list": list,
    "float": float,
    "complex": complex,
}
_LARGE = 1 << 12
"""Bits of a number, or characters of a text, that folding may make."""


def _folded(node: ast.BinOp, left: Any, right: Any) -> Any:
    """Numbers of moderate size; sums of two texts or two lists; a text or list repeated a few times."""
    operate = _ARITHMETIC[type(node.op)]
    numbers = isinstance(left, (int, float, complex)) and isinstance(right, (int, float, complex))
    joined = isinstance(node.op, ast.Add) and type(left) is type(right) and isinstance(left, (str, bytes, list, tuple))
    repeated = (
        isinstance(node.op, ast.Mult)
        and isinstance(left, (str, bytes, list, tuple))
        and isinstance(right, int)
        and len(left) * right <= _LARGE
    )
    if isinstance(node.op, ast.Pow) and numbers and isinstance(left, int) and isinstance(right, int):
        numbers = left.bit_length() * abs(right) <= _LARGE
    if not (numbers or joined or repeated):
        raise NotPlainError(f"line {node.lineno}: not folded: {_shown(node)}")
    try:
        value = operate(left, right)
    except (ArithmeticError, TypeError, ValueError) as error:
        raise NotPlainError(f"line {node.lineno}: {_shown(node)}: {error}") from error
    if isinstance(value, int) and value.bit_length() > _LARGE:
        raise NotPlainError(f"line {node.lineno}: too large a number: {_shown(node)}")
    return value


def _made(node: ast.Call) -> Any:
    assert isinstance(node.func, ast.Name)
    try:
        return _MAKERS[node.func.id](*(_constant(argument) for argument in node.args))
    except (TypeError, ValueError) as error:
        raise NotPlainError(f"line {node.lineno}: {_shown(node)}: {error}") from error


def _hashed(kind: Callable[[Any], Any], items: list[Any]) -> Any:
    try:
        return kind(items)
    except TypeError as error:
        raise NotPlainError(f"not a constant: {error}") from error


def _shown(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 80 else text[:77] + "..."
