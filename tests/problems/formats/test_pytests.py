"""Files of tests: what of them can be read as examples, and what stays code."""

from __future__ import annotations

import pytest

from problems.codec import dumps_problem, loads_problem
from problems.errors import ProblemFormatError
from problems.formats.pytests import mentions, with_tests
from problems.formats.stub import loads_stub
from problems.problem import Problem
from problems.values import loads

STUB = 'def clamp(x: float, low: int = 0, high: int = 9) -> float:\n    """x, kept inside."""\n'
BOOL = 'def even(n: int) -> bool:\n    """Is n even?\n\n    >>> even(2)\n    True\n    """\n'


def read(tests: str, stub: str = STUB, module: str = "clamping") -> Problem:
    return with_tests(loads_stub(stub), tests, name="test_it.py", module=module, context="LOW = 0\n")


def examples(problem: Problem) -> list[tuple[list[object], object]]:
    return [(loads(case.input), loads(case.output or "null")) for case in problem.public_tests]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("def test_a():\n    assert clamp(5) == 5", [([5], 5)]),
        ("def test_a():\n    '''Why.'''\n    assert 5 == clamp(x=5, low=1)", [([5, 1], 5)]),
        (
            "def test_a():\n    top = 4\n    assert clamp(5, 0, top) == top\n    assert clamp(-1) == 0",
            [([5, 0, 4], 4), ([-1], 0)],
        ),
        ("class TestIt:\n    def test_a(self):\n        assert clamp(5) is None", [([5], None)]),
        (
            "import pytest\n@pytest.mark.parametrize('x, y', [(1, 1), (-1, 0), pytest.param(99, 9, id='up')])\n"
            "def test_a(x, y):\n    assert clamp(x) == y",
            [([1], 1), ([-1], 0), ([99], 9)],
        ),
        (
            "import pytest\n@pytest.mark.parametrize('x', [1, 2])\n@pytest.mark.parametrize('low', [0, 1])\n"
            "def test_a(x, low):\n    assert clamp(x, low) == 2",
            [([1, 0], 2), ([2, 0], 2), ([1, 1], 2), ([2, 1], 2)],
        ),
    ],
)  # fmt: skip
def test_plain_asserts_are_examples(body: str, expected: list[object]) -> None:
    problem = read(f"from clamping import clamp\n\n{body}\n")
    assert sorted(examples(problem), key=repr) == sorted(expected, key=repr)  # type: ignore[arg-type]
    assert problem.test_code == ()
    assert all(case.name.startswith("test_it.py::") for case in problem.public_tests)
    assert "test_a" in problem.statement


@pytest.mark.parametrize(
    "body",
    [
        "def test_a():\n    for x in range(3):\n        assert clamp(x) == x",
        "def test_a(tmp_path):\n    assert clamp(1) == 1",
        "def test_a():\n    assert clamp(1) == clamp(1)",
        "def test_a():\n    assert clamp(1) > 0",
        "def test_a():\n    assert clamp(1)",
        "def test_a():\n    with pytest.raises(ValueError):\n        clamp('a')",
        "def check(x):\n    assert clamp(x) == x\ndef test_a():\n    check(1)",
        "@pytest.fixture\ndef low():\n    return clamp(0)\ndef test_a(low):\n    assert low == 0",
        "@pytest.mark.skip\ndef test_a():\n    assert clamp(1) == 1",
        "def test_a():\n    pass\n    x = object()\n    assert clamp(1) == 1",
    ],
)
def test_all_else_stays_code(body: str) -> None:
    problem = read(f"import pytest\nfrom clamping import clamp\n\n{body}\n")
    assert problem.public_tests == ()
    (code,) = problem.test_code
    assert code.functions == ("test_a",)
    assert code.modules == ("clamping",)
    assert code.context == "LOW = 0\n"


@pytest.mark.parametrize(
    "imports",
    ["import clamping", "import clamping as c", "from shop import clamping", "from shop.clamping import clamp as kept",
     "from .clamping import clamp", "from . import clamping"],
)  # fmt: skip
def test_the_function_by_all_its_names(imports: str) -> None:
    name = {
        "import clamping": "clamping.clamp", "import clamping as c": "c.clamp",
        "from shop import clamping": "clamping.clamp",
        "from shop.clamping import clamp as kept": "kept", "from .clamping import clamp": "clamp",
        "from . import clamping": "clamping.clamp",
    }[imports]  # fmt: skip
    plain = read(f"{imports}\n\ndef test_a():\n    assert {name}(5) == 5\n", module="shop.clamping")
    assert examples(plain) == [([5], 5)]
    coded = read(f"{imports}\n\ndef test_a():\n    assert {name}(5) >= 5\n", module="shop.clamping")
    assert "from ." not in coded.test_code[0].source
    assert "shop.clamping" in coded.test_code[0].modules


def test_methods_of_unittest_stay_code() -> None:
    tests = "import unittest\nfrom clamping import clamp\n\nclass Clamping(unittest.TestCase):\n"
    tests += "    def test_a(self):\n        self.assertEqual(clamp(1), 1)\n    def test_other(self):\n        pass\n"
    assert read(tests).test_code[0].functions == ("Clamping::test_a",)


def test_truth_counts_where_the_function_gives_a_bool() -> None:
    tests = "from m import even\ndef test_a():\n    assert even(4)\n    assert not even(3)\n"
    assert examples(read(tests, BOOL)) == [([2], True), ([4], True), ([3], False)]


def test_a_test_counts_where_an_example_says_something_else() -> None:
    tests = "from m import even\ndef test_a():\n    assert even(2) is False\n"
    assert examples(read(tests, BOOL)) == [([2], False)]


def test_tolerances_are_kept() -> None:
    tests = "from pytest import approx\nfrom clamping import clamp\ndef test_a():\n"
    tests += "    assert clamp(0.1) == approx(0.1, abs=0.01)\n"
    assert read(tests).checker.absolute == 0.01
    assert examples(read(tests)) == [([0.1], 0.1)]


def test_files_about_something_else_change_nothing() -> None:
    problem = loads_stub(STUB)
    for tests in (
        "def test_a():\n    assert 1 == 1\n",
        "from other import clump\ndef test_a():\n    assert clump(1)\n",
        "",
    ):
        assert with_tests(problem, tests, name="t.py", module="clamping") == problem
    assert mentions("def test_a(): clamp(1)", "clamp")
    assert not mentions("def test_a(): clamped(1)", "clamp")


def test_what_is_no_python_is_refused() -> None:
    with pytest.raises(ProblemFormatError, match="not Python"):
        read("def test_(:")


def test_it_is_read_back_from_a_run_file() -> None:
    problem = read("from clamping import clamp\ndef test_a():\n    assert clamp(1) > 0\n")
    assert loads_problem(dumps_problem(problem)) == problem
