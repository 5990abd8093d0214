"""The whole way from a problem to inputs."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from codegen.inputs import generate_inputs
from codegen.inputs.generator import ODD_SHARE
from problems.problem import Call, Problem, Stdio, TestCase
from problems.values import loads


def call_problem(signature: str, *examples: tuple[object, ...], statement: str = "") -> Problem:
    name = signature.split("(")[0].removeprefix("def ")
    return Problem(
        id="p",
        statement=statement,
        interface=Call(entry_point=name, signature=signature, starter_code=signature + "\n"),
        public_tests=tuple(TestCase.call(example, None) for example in examples),
    )


def fed_problem(*examples: str) -> Problem:
    tests = tuple(TestCase(input=example, output="") for example in examples)
    return Problem(id="p", statement="", interface=Stdio(), public_tests=tests)


GAPS = call_problem("def gaps(numbers: list[float], limit: float) -> bool:", ([1.0, 2.0], 0.5), ([3.5], 1.0))
GRAPH = fed_problem("4 3\n1 2\n2 3\n3 4\n", "5 4\n1 5\n5 2\n2 3\n3 1\n")


@pytest.mark.parametrize("problem", [GAPS, GRAPH], ids=["call", "stdio"])
def test_as_many_as_asked_all_different_from_both_sources(problem: Problem) -> None:
    inputs = generate_inputs(problem, seed=0, count=40)
    assert len(inputs) == 40
    assert len({each.text for each in inputs}) == 40
    assert {each.source for each in inputs} == {"mutation", "hypothesis"}


@pytest.mark.parametrize("problem", [GAPS, GRAPH], ids=["call", "stdio"])
def test_the_seed_decides(problem: Problem) -> None:
    first = generate_inputs(problem, seed=1, count=20)
    assert generate_inputs(problem, seed=1, count=20) == first
    assert generate_inputs(problem, seed=2, count=20) != first


def test_another_process_with_other_modules_loaded_draws_the_same(tmp_path: Path) -> None:
    """Hypothesis by itself mixes in constants of the modules that are loaded, and sets have no order."""
    (tmp_path / "noise.py").write_text(f"NUMBERS = {list(range(2, 2000, 3))}\nTEXTS = {[c * 3 for c in 'abcdefgh']}\n")
    script = tmp_path / "draw.py"
    script.write_text(
        "import sys\n"
        "if len(sys.argv) > 1:\n    import noise, json, decimal, xml.dom\n"
        "from tests.codegen.inputs.test_generator import call_problem\n"
        "from codegen.inputs import generate_inputs\n"
        "problem = call_problem('def f(a: int, b: set, c: str):', (500, {'ab', 'b', 'c', 'd'}, 'abc'))\n"
        "print([each.text for each in generate_inputs(problem, seed=3, count=60)])\n"
    )
    root = Path(__file__).parents[3]
    outputs = set()
    for arguments, hash_seed in (([], "1"), (["noise"], "2")):
        environment = os.environ | {
            "PYTHONPATH": f"{root}{os.pathsep}{tmp_path}",
            "PYTHONHASHSEED": hash_seed,
            "CODESIEVE_CACHE": str(tmp_path / "cache"),
        }
        done = subprocess.run(
            [sys.executable, str(script), *arguments], env=environment, cwd=tmp_path, capture_output=True, text=True
        )
        assert not done.stderr
        outputs.add(done.stdout)
    assert len(outputs) == 1
    assert not (tmp_path / ".hypothesis").exists()


def test_examples_come_back_only_when_their_output_is_not_known() -> None:
    known = GAPS.public_tests
    assert not {test.input for test in known} & {each.text for each in generate_inputs(GAPS, seed=0, count=40)}
    unknown = replace(GAPS, public_tests=tuple(replace(test, output=None) for test in known))
    inputs = generate_inputs(unknown, seed=0, count=10)
    assert [each.text for each in inputs[:2]] == [test.input for test in known]
    assert [each.source for each in inputs[:2]] == ["example", "example"]


def test_a_missing_newline_at_the_end_makes_no_new_input() -> None:
    problem = fed_problem("3\n1 2 3")
    assert "3\n1 2 3\n" not in {each.text for each in generate_inputs(problem, seed=0, count=40)}


@pytest.mark.parametrize(
    ("signature", "statement", "kinds"),
    [
        ("def f(xs: list[str], n: int) -> int:", "", (list, int)),
        ("def f(words):", "", (list,)),
        ("def f(s):", "", (str,)),
        ("def f(q, w):", "The list q weighs at most the number w.", (list, int)),
        ("def f(x):", "Given a dictionary, return its size.", (dict,)),
        ("def f(a, b):", "You are given two words.", (str, str)),
    ],
)
def test_without_examples_hints_names_and_words_tell(signature: str, statement: str, kinds: tuple[type, ...]) -> None:
    inputs = generate_inputs(call_problem(signature, statement=statement), seed=0, count=20)
    assert len(inputs) >= 10
    for each in inputs:
        assert tuple(type(argument) for argument in loads(each.text)) == kinds


@pytest.mark.parametrize("problem", [GAPS, GRAPH], ids=["call", "stdio"])
def test_none_asked_for_gives_none(problem: Problem) -> None:
    assert generate_inputs(problem, seed=0, count=0) == ()


def test_nothing_known_gives_nothing() -> None:
    assert generate_inputs(Problem(id="p", statement="", interface=Stdio()), seed=0, count=10) == ()
    assert generate_inputs(call_problem("def f():"), seed=0, count=10)[1:] == ()


@pytest.mark.parametrize(("example", "most"), [((10,), 20), ((100_000, 3), 200_000)], ids=["small", "two"])
def test_integers_stay_near_the_examples(example: tuple[int, ...], most: int) -> None:
    problem = call_problem("def fib(n, m=1):", example)
    inputs = [loads(each.text) for each in generate_inputs(problem, seed=0, count=40)]
    beyond = [each for each in inputs if any(not 1 <= value <= most for value in each)]
    assert len(beyond) <= 40 // ODD_SHARE


def test_lists_stay_near_the_examples() -> None:
    problem = call_problem("def f(xs):", (list(range(9)),), ([5, 5],))
    sizes = [len(loads(each.text)[0]) for each in generate_inputs(problem, seed=0, count=60)]
    assert max(sizes) <= 18
    assert sum(size > 14 or size == 0 for size in sizes) <= 60 // ODD_SHARE


def test_the_statement_narrows_what_the_examples_leave_open() -> None:
    problem = call_problem(
        "def f(n, xs):", (5, [1, 9]), (8, [2]), statement="Given $0 \\le n \\le 9$ and 1 ≤ xs[i] ≤ 10."
    )
    inputs = [loads(each.text) for each in generate_inputs(problem, seed=0, count=60)]
    beyond = [each for each in inputs if not 0 <= each[0] <= 9 or any(not 1 <= x <= 10 for x in each[1])]
    assert len(beyond) <= 60 // ODD_SHARE
    assert any(n == 0 for n, _ in inputs)


def test_graphs_stay_graphs() -> None:
    for each in generate_inputs(GRAPH, seed=0, count=60):
        header, *edges = [list(map(int, line.split())) for line in each.text.splitlines()]
        nodes, count = header
        assert len(edges) == count
        assert all(1 <= node <= nodes for edge in edges for node in edge)
