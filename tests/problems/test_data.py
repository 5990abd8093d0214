"""The bundled problems: counts, labels, and that every file reads through the codec.

Whether the programs in `solutions/` deserve their labels is decided by the sandbox, in another test.
"""

from __future__ import annotations

import ast
import doctest
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import problems
from problems.codec import read_problem, read_solutions
from problems.hidden import read_hidden
from problems.problem import Call, Problem, Stdio, TestCase
from problems.values import dumps, loads

DATA = Path(problems.__file__).parent / "data"
IDS = sorted(folder.name for folder in DATA.iterdir() if folder.is_dir() and not folder.name.startswith("_"))
EACH = pytest.mark.parametrize("problem_id", IDS)

RATINGS = {"easy": (800, 1100), "medium": (1200, 1800), "hard": (1900, 2600)}
CHECKERS = {"tokens", "exact", "floats", "unordered_lines", "yes_no", "value"}


def problem_of(problem_id: str) -> Problem:
    return read_problem(DATA / problem_id)


def hidden_of(problem_id: str) -> tuple[TestCase, ...]:
    return read_hidden(DATA / problem_id, problem_of(problem_id)).cases


def test_four_of_each_kind_and_difficulty() -> None:
    found = Counter((type(each.interface), each.difficulty) for each in map(problem_of, IDS))
    assert found == {(kind, level): 4 for kind in (Stdio, Call) for level in RATINGS}


def test_every_checker_is_used() -> None:
    assert {problem_of(each).checker.name for each in IDS} == CHECKERS


@EACH
def test_a_problem_is_complete_and_named_as_its_folder(problem_id: str) -> None:
    problem = problem_of(problem_id)
    assert problem.id == problem_id
    assert problem.difficulty is not None
    assert problem.rating is not None
    low, high = RATINGS[problem.difficulty]
    assert low <= problem.rating <= high
    assert problem.tags
    assert problem.time_limit_s
    assert problem.memory_limit_bytes
    assert re.match(r"# \S", problem.statement)
    assert (problem.checker.name == "value") == isinstance(problem.interface, Call)


@EACH
def test_tests_are_many_named_and_different(problem_id: str) -> None:
    public, hidden = problem_of(problem_id).public_tests, hidden_of(problem_id)
    assert 2 <= len(public) <= 4
    assert 15 <= len(hidden) <= 40
    for field in ("name", "input"):
        values = [getattr(case, field) for case in public + hidden]
        assert all(values)
        assert len(set(values)) == len(values), field
    assert all(case.output is not None for case in public + hidden)


@EACH
def test_the_statement_shows_the_public_tests(problem_id: str) -> None:
    problem = problem_of(problem_id)
    if isinstance(problem.interface, Stdio):
        shown = re.findall(r"### (?:Input|Output)\n\n```\n(.*?)```\n", problem.statement, re.DOTALL)
        assert shown == [text for case in problem.public_tests for text in (case.input, case.output)]
        assert re.search(r"^## Input$", problem.statement, re.MULTILINE)
        assert re.search(r"^## Output$", problem.statement, re.MULTILINE)
    else:
        assert problem.interface.entry_point in problem.statement
        assert "## Constraints" in problem.statement


@EACH
def test_the_docstring_shows_the_public_tests(problem_id: str) -> None:
    problem = problem_of(problem_id)
    if not isinstance(problem.interface, Call):
        return
    interface = problem.interface
    function = ast.parse(interface.starter_code + "    pass\n").body[-1]
    assert isinstance(function, ast.FunctionDef)
    assert function.name == interface.entry_point
    assert function.returns is not None
    assert all(argument.annotation is not None for argument in function.args.args)
    assert interface.signature in interface.starter_code.splitlines()
    examples = doctest.DocTestParser().get_examples(ast.get_docstring(function) or "")
    assert [_example(each) for each in examples] == [
        (loads(case.input), loads(case.output or "")) for case in problem.public_tests
    ]
    parameters = len(function.args.args)
    assert {len(loads(case.input)) for case in problem.public_tests + hidden_of(problem_id)} == {parameters}


@EACH
def test_values_stand_in_the_file_as_they_are_written_by_the_codec(problem_id: str) -> None:
    problem = problem_of(problem_id)
    if not isinstance(problem.interface, Call):
        return
    for case in problem.public_tests + hidden_of(problem_id):
        for text in (case.input, case.output or ""):
            value = loads(text)
            assert loads(dumps(value)) == value


@EACH
def test_right_and_wrong_programs_are_there(problem_id: str) -> None:
    call = isinstance(problem_of(problem_id).interface, Call)
    solutions = read_solutions(DATA / problem_id)
    right = [each for each in solutions if each.correct]
    assert len(right) >= 2
    assert len(solutions) - len(right) >= 2
    assert {each.language for each in right} == ({"python"} if call else {"python", "cpp"})
    assert len({each.source for each in solutions}) == len(solutions)
    for each in solutions:
        if each.language == "python":
            compile(each.source, each.name, "exec")


def test_the_files_stay_small() -> None:
    sizes = {each: (DATA / each / "hidden.json").stat().st_size for each in IDS}
    assert max(sizes.values()) < 300_000
    assert sum(sizes.values()) < 3_000_000


def test_call_problems_cover_the_kinds_of_values() -> None:
    kinds: set[str] = set()
    for problem_id in IDS:
        if isinstance(problem_of(problem_id).interface, Call):
            for case in hidden_of(problem_id):
                kinds |= _kinds(loads(case.input)) | _kinds(loads(case.output or ""))
    assert kinds >= {"int", "float", "str", "list", "tuple", "dict", "set", "NoneType", "bool"}


def _example(example: doctest.Example) -> tuple[list[Any], Any]:
    call = ast.parse(example.source, mode="eval").body
    assert isinstance(call, ast.Call)
    return [_literal(each) for each in call.args], _literal(ast.parse(example.want.strip(), mode="eval").body)


def _literal(node: ast.expr) -> Any:
    return set() if ast.unparse(node) == "set()" else ast.literal_eval(node)


def _kinds(value: Any) -> set[str]:
    items: list[Any] = []
    if isinstance(value, dict):
        items = [*value, *value.values()]
    elif isinstance(value, (list, tuple, set)):
        items = list(value)
    return {type(value).__name__}.union(*map(_kinds, items))
