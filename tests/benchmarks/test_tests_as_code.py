"""Test code as a driver: what passes, what does not, and what a hostile candidate can do about it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from benchmarks.tests_as_code import CodedTests, coded_tests, helpers_in, run_tests
from codegen.judging import Verdict
from problems.problem import Call
from sandbox.execution import Execution, Limits, Program, Status
from tests.benchmarks.local import LocalSandbox

SUM_CHECK = """
import random

def check(candidate):
    print("noise on stdout")
    for i in range(20):
        x, y = random.randint(0, 9), random.randint(0, 9)
        assert candidate(x, y) == x + y, f"{x} + {y}"
"""


def verdict(code: str, source: str, *, helpers: str = "", limits: Limits | None = None) -> tuple[Verdict, str]:
    program = Program(language="python", source=source, entry_point="f")
    score = run_tests(
        CodedTests(code=code, entry_point="f", helpers=helpers),
        program,
        LocalSandbox(),
        limits or Limits(wall_s=120),
    )
    return score.verdict, score.detail


def test_a_right_program_passes() -> None:
    assert verdict(SUM_CHECK, "def f(x, y):\n    return x + y") == (Verdict.AC, "")


def test_a_wrong_program_is_wrong_and_the_detail_says_where() -> None:
    found, detail = verdict(SUM_CHECK, "def f(x, y):\n    return x - y")
    assert found is Verdict.WA
    assert detail.startswith("assertion failed: ")


@pytest.mark.parametrize(
    ("source", "expected", "detail"),
    [
        ("def f(x, y):\n    raise KeyError(x)", Verdict.RTE, "KeyError"),
        ("def g(x, y):\n    return x + y", Verdict.RTE, "KeyError"),
        ("def f(x, y):\n    import os; os._exit(0)", Verdict.RTE, "no answer"),
        ("def f(x, y):\n    return object()", Verdict.RTE, "object"),
        ("def f(x, y):\n    return None", Verdict.WA, "assertion failed"),
        ("raise SystemExit(0)", Verdict.RTE, "SystemExit"),
    ],
)
def test_how_programs_fail(source: str, expected: Verdict, detail: str) -> None:
    found, said = verdict(SUM_CHECK, source)
    assert found is expected
    assert detail in said


@pytest.mark.parametrize(
    "source",
    [
        "class A(int):\n    def __eq__(self, other): return True\ndef f(x, y):\n    return A(0)",
        "def f(x, y):\n    print('{\"value\": 5}', flush=True)\n    return 0",
        "import sys\ndef f(x, y):\n    sys.stderr.write('passed\\n')\n    return 0",
        "def f(x, y):\n    print('x' * 100000, flush=True)\n    return x + y + 1",
        "def f(x, y):\n    import os\n    os.write(1, b'{\"value\": NaN}\\n')\n    return 0",
        "def f(x, y):\n    import os\n    os.write(1, b'[' * 200000 + b'\\n')\n    return 0",
        "def f(x, y):\n    import os\n    os.write(1, b'\\xff\\xfe\\n')\n    return 0",
    ],
)
def test_cheats_do_not_pass(source: str) -> None:
    assert verdict(SUM_CHECK, source)[0] in (Verdict.WA, Verdict.RTE)


def test_a_driver_that_ends_early_has_not_passed() -> None:
    """Exit code 0 alone is no evidence: only the token behind the last assert is."""
    for code in (
        "def check(candidate):\n    import os\n    os._exit(0)",
        "def check(candidate):\n    candidate(1, 2)\n    raise SystemExit(0)",
    ):
        assert verdict(code, "def f(x, y):\n    return x + y")[0] is not Verdict.AC


def test_what_the_protocol_cannot_carry_is_not_held_against_the_candidate() -> None:
    good = "def f(x, y=0):\n    return x"
    assert verdict("assert f(1, y=2) == 1", good)[0] is Verdict.IE
    assert verdict("assert f(print) is print", good)[0] is Verdict.IE
    assert verdict("assert f(", good)[0] is Verdict.IE


def test_bare_asserts_and_the_entry_point_by_name() -> None:
    code = "assert tuple(f(1, 2)) == tuple([1, 2])\nassert f(3, 4) == f(3, 4)"
    assert verdict(code, "def f(x, y):\n    return [x, y]")[0] is Verdict.AC
    assert verdict(code, "def f(x, y):\n    return [y, x]")[0] is Verdict.WA


def test_random_test_code_repeats() -> None:
    """Test code that draws at random draws the same in every run, so that a verdict repeats."""
    code = "import random\ndef check(candidate):\n    assert candidate(random.random(), 0) == 0.8444218515250481"
    assert verdict(code, "def f(x, y):\n    return x")[0] is Verdict.AC


def test_a_sleeper_runs_out_of_time() -> None:
    source = "import time\ndef f(x, y):\n    time.sleep(60)"
    assert verdict(SUM_CHECK, source, limits=Limits(wall_s=0.5))[0] is Verdict.TLE


class _Replies(LocalSandbox):
    """Says what it is told to have seen."""

    def __init__(self, candidate: Execution, judge: Execution) -> None:
        super().__init__()
        self.answer = candidate, judge

    def converse(self, program: Program, driver: Program, limits: Limits) -> tuple[Execution, Execution]:
        return self.answer


@pytest.mark.parametrize(
    ("candidate", "judge", "expected"),
    [
        (Status.OK, Status.OK, Verdict.IE),
        (Status.TIME_LIMIT, Status.NONZERO_EXIT, Verdict.TLE),
        (Status.MEMORY_LIMIT, Status.NONZERO_EXIT, Verdict.MLE),
        (Status.OUTPUT_LIMIT, Status.NONZERO_EXIT, Verdict.OLE),
        (Status.OK, Status.TIME_LIMIT, Verdict.TLE),
    ],
)
def test_a_driver_without_a_word(candidate: Status, judge: Status, expected: Verdict) -> None:
    said = Execution(status=judge, exit_code=0, stderr=b"0123 passed \n")
    sandbox = _Replies(Execution(status=candidate), said)
    tests = CodedTests(code="assert f() == 1", entry_point="f")
    program = Program(language="python", source="", entry_point="f")
    assert run_tests(tests, program, sandbox, Limits()).verdict is expected


def test_helpers_come_from_the_prompt() -> None:
    prompt = '''import math


def poly(xs: list, x: float):
    """Evaluates."""
    return sum(c * math.pow(x, i) for i, c in enumerate(xs))


def find_zero(xs: list):
    """ xs are coefficients.
    """
'''
    found = helpers_in(prompt, "find_zero")
    assert "def poly" in found
    assert "import math" in found
    assert "find_zero" not in found
    tests = coded_tests("assert poly([0, 1], f()) == 2", Call(entry_point="f", starter_code=prompt))
    program = Program(language="python", source="def f():\n    return 2", entry_point="f")
    assert run_tests(tests, program, LocalSandbox(), Limits(wall_s=120)).verdict is Verdict.AC


@pytest.mark.parametrize("prompt", ["", "def f(x):\n", "import math\ndef f(x):\n    ''' '''\n", "def f(x"])
def test_a_prompt_without_helpers_gives_none(prompt: str) -> None:
    assert helpers_in(prompt, "f") == ""


@pytest.mark.data
def test_the_checks_of_humaneval_that_compute(data_dir: Path) -> None:
    """The eight that cannot be read pass with the canonical solution, and fail with one that answers None."""
    with gzip.open(data_dir / "humaneval" / "HumanEval.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = {int(row["task_id"].split("/")[1]): row for row in map(json.loads, file)}
    for number in (32, 33, 37, 38, 44, 50, 53, 151):
        row = rows[number]
        name = row["entry_point"]
        tests = coded_tests(row["test"], Call(entry_point=name, starter_code=row["prompt"]))
        for source, expected in (
            (row["prompt"] + row["canonical_solution"], {Verdict.AC}),
            (f"def {name}(*arguments):\n    return None", {Verdict.WA}),
        ):
            program = Program(language="python", source=source, entry_point=name)
            found = run_tests(tests, program, LocalSandbox(), Limits(wall_s=120))
            assert found.verdict in expected, (number, found)
