"""Test code beside a program: what passes, what does not, and what the stand-in for pytest can do."""

from __future__ import annotations

import pytest

from codegen import ScriptedModel
from codegen.judging import Verdict
from codegen.prompts import Prompt
from codegen.test_code import TestsResult, driver_source, run_test_code
from problems.formats.pytests import with_tests
from problems.formats.stub import loads_stub
from sandbox.execution import Limits, Program
from tests.benchmarks.local import LocalSandbox
from tests.codegen.adding import adding_engine

CONTEXT = "class Empty(Exception):\n    pass\n\nLIMIT = 3\n"


def run(tests: str, source: str, *functions: str) -> TestsResult:
    program = Program(language="python", source=source, entry_point="f")
    return run_test_code(
        tests, program, LocalSandbox(), Limits(wall_s=120), context=CONTEXT, entry_point="f",
        functions=functions or ("test_a",), modules=("shop.stock", "stock"), parameters=("x", "y"),
    )  # fmt: skip


def passes(tests: str, source: str = "def f(x, y=0):\n    return x + y") -> None:
    found = run(f"import pytest\nfrom shop.stock import f, LIMIT, Empty\n\n{tests}\n", source)
    assert (found.verdict, found.detail) == (Verdict.AC, "")


@pytest.mark.parametrize(
    "tests",
    [
        "def test_a():\n    for x in range(LIMIT):\n        assert f(x, y=1) == x + 1",
        "def test_a():\n    assert f(0.1, 0.2) == pytest.approx(0.3)\n    assert [f(1.0)] == pytest.approx([1])",
        "def test_a():\n    assert f(1.0) != pytest.approx(1.1)\n    assert {'a': f(1)} == pytest.approx({'a': 1.0})",
        "@pytest.mark.parametrize('x', [1, pytest.param(2, id='two')])\n@pytest.mark.parametrize('y', (3, 4))\n"
        "def test_a(x, y):\n    assert f(x, y) == x + y",
        "@pytest.fixture\ndef two():\n    yield 2\n"
        "@pytest.fixture(name='four')\ndef _four(two):\n    return two + two\n"
        "def test_a(four, tmp_path):\n    assert f(four) == 4 and tmp_path.is_dir()",
        "@pytest.mark.slow\n@pytest.mark.flaky(reruns=2)\ndef test_a():\n    assert f(1) > 0",
        "import stock\ndef test_a():\n    assert stock.f(1) == f(1)",
    ],
)
def test_what_pytest_gives_is_there(tests: str) -> None:
    passes(tests)


def test_exceptions_that_are_expected() -> None:
    tests = "def test_a():\n    with pytest.raises(ValueError, match='neg') as info:\n        f(-1)\n"
    tests += "    assert 'neg' in str(info.value)\n"
    passes(tests, "def f(x):\n    raise ValueError('negative')")
    passes(
        "def test_a():\n    with pytest.raises(Empty):\n        f(1)",
        "class Empty(Exception): pass\ndef f(x):\n    raise Empty",
    )
    found = run(f"import pytest\nfrom stock import f\n{tests}", "def f(x):\n    return x")
    assert found.verdict is Verdict.WA
    assert "did not raise" in found.detail
    found = run(f"import pytest\nfrom stock import f\n{tests}", "def f(x):\n    raise KeyError('negative')")
    assert found.verdict is Verdict.RTE
    assert "KeyError" in found.detail


def test_methods_and_unittest() -> None:
    tests = """
import unittest
from stock import f

class TestPlain:
    def setup_method(self):
        self.x = 1
    def test_a(self):
        assert f(self.x) == 1

class Old(unittest.TestCase):
    def setUp(self):
        self.x = 2
    def test_a(self):
        self.assertEqual(f(self.x), 2)
        with self.assertRaises(TypeError):
            f(None)
"""
    found = run(tests, "def f(x):\n    return x + 0", "TestPlain::test_a", "Old::test_a")
    assert found.verdict is Verdict.AC
    assert [each.name for each in found.functions] == ["TestPlain::test_a", "Old::test_a"]
    found = run(tests, "def f(x):\n    return 1", "TestPlain::test_a", "Old::test_a")
    assert found.verdict is Verdict.WA
    assert [each.verdict for each in found.functions] == [Verdict.AC, Verdict.WA]


def test_a_failure_says_what_was_asserted_and_what_came() -> None:
    tests = "from stock import f\ndef test_a():\n    total = 3\n    assert f(1, 2) == total\n"
    found = run(tests, "def f(x, y):\n    return x - y")
    assert found.detail == "test_a: assertion failed: assert f(1, 2) == total; called with 1, 2 it gave -1"


@pytest.mark.parametrize(
    ("tests", "detail"),
    [
        ("def test_a(monkeypatch):\n    assert f(1) == 1", "the fixture monkeypatch"),
        ("import no_such_module\ndef test_a():\n    assert f(1) == 1", "no_such_module"),
        ("def test_a():\n    pytest.deprecated_call()\n    assert f(1) == 1", "pytest.deprecated_call"),
        ("@pytest.mark.skip(reason='later')\ndef test_a():\n    assert f(1) == 1", "every test was skipped"),
    ],
)
def test_what_cannot_be_run_is_no_fault_of_the_program(tests: str, detail: str) -> None:
    found = run(f"import pytest\nfrom stock import f\n{tests}\n", "def f(x):\n    return 2")
    assert found.verdict is Verdict.IE
    assert detail in found.detail


@pytest.mark.parametrize(
    "source",
    [
        "class A(int):\n    def __eq__(self, other): return True\ndef f(x, y=0):\n    return A(0)",
        "def f(x, y=0):\n    import os\n    os._exit(0)",
        "import sys\ndef f(x, y=0):\n    sys.modules['pytest'] = None\n    return 7",
        "def f(x, y=0):\n    raise AssertionError",
        "def f(x, y=0):\n    raise SystemExit(0)",
        "def f(x, y=0):\n    raise NotImplementedError",
    ],
)
def test_cheats_do_not_pass(source: str) -> None:
    tests = "from stock import f\ndef test_a():\n    for x in (1, 2):\n        assert f(x, 1) == x + 1\n"
    assert run(tests, source).verdict in (Verdict.WA, Verdict.RTE)


def test_tests_that_cannot_be_run_are_left_out_and_told() -> None:
    tests = "from stock import f\ndef test_a(capsys):\n    f(1)\n"
    tests += "def test_b():\n    for x in (1, 2):\n        assert f(x) == x\n"
    found = run(tests, "def f(x):\n    return x", "test_a", "test_b")
    assert (found.verdict, found.detail) == (Verdict.AC, "not run: test_a: the fixture capsys")
    assert run(tests, "def f(x):\n    return 1", "test_a", "test_b").verdict is Verdict.WA


@pytest.mark.parametrize(
    ("body", "given"),
    [
        ("compile(f(1), 'x', 'exec')", "'def'"),
        ("__import__(f(1))", "'no_such_module'"),
        ("x = f(1)\n    for _ in range(150):\n        x = [x]\n    f(x)", "[" * 90 + "]" * 90),
        ("f(f)", "1"),
    ],
)
def test_a_candidate_cannot_get_a_test_left_out(body: str, given: str) -> None:
    tests = f"from stock import f\ndef test_a():\n    {body}\n"
    tests += "def test_b():\n    for _ in range(1):\n        f(1)\n"
    assert run(tests, f"def f(x):\n    return {given}", "test_a", "test_b").verdict is not Verdict.AC


def test_the_driver_stands_alone() -> None:
    source = driver_source({"code": "'\"''' \\", "functions": []})
    compile(source, "driver", "exec")
    assert "from problems" not in source


def test_an_engine_filters_and_verifies_by_test_code() -> None:
    stub = 'def add(a: int, b: int) -> int:\n    """Sum.\n\n    >>> add(1, 2)\n    3\n    """\n'
    tests = (
        "from sums import add\ndef test_zero():\n    for n in range(3):\n        assert add(0, n) == add(n, 0) == n\n"
    )
    problem = with_tests(loads_stub(stub), tests, name="test_sums.py", module="sums")

    def answer(prompt: Prompt) -> str:
        return f"def add(a, b):\n    return {('a + b', '3', 'a - b')[prompt.index % 3]}\n"

    with adding_engine(samples=6, model=ScriptedModel(answer, form="plain"), sandbox=LocalSandbox()) as engine:
        report = engine.solve(problem)
        found = engine.verify("def add(a, b):\n    return 3", problem)
    assert report.verdicts == {"AC": 2, "WA": 4}
    assert report.filtering
    assert [(each.name, each.passed) for each in found.results] == [("example 1", True), ("test_zero", False)]
    assert "add(0, n)" in found.detail
