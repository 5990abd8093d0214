"""Salvage: what it repairs, what it leaves alone, and that it never takes a passing program away."""

from __future__ import annotations

import ast
import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codegen.salvage import salvage

GOOD = "def solve(x):\n    return 2 * x\n"


def repair(program: str, *, entry_point: str | None = "solve", starter: str = "") -> tuple[str, tuple[str, ...]]:
    return salvage(program, language="python", entry_point=entry_point, starter=starter)


@pytest.mark.parametrize(
    "program",
    [
        GOOD,
        f"import math\n{GOOD}",
        f"{GOOD}\nimport math\nLIMIT = 10\n",
        f"{GOOD}\ndef helper():\n    return undefined_name\n",
        f"import sys\nsys.setrecursionlimit(10**6)\n{GOOD}",
        f'{GOOD}\n"""End."""\n',
        "import math\ndef solve(x):\n    return math.sqrt(x)\n",
        "def solve(x):\n    math = 3\n    return math\n",
        "def solve(Counter):\n    return [re for re in Counter]\n",
        "class List: pass\ndef solve(x) -> List: return x\n",
        "def wrong(:\n",
        "",
    ],
)
def test_what_needs_nothing_or_cannot_be_helped_stays_as_written(program: str) -> None:
    assert repair(program) == (program, ())


@pytest.mark.parametrize(
    ("name", "use", "line"),
    [
        ("List", "List[int]", "from typing import List"),
        ("math", "math.pi", "import math"),
        ("sqrt", "sqrt(2)", "from math import sqrt"),
        ("re", "re.compile", "import re"),
        ("Counter", "Counter()", "from collections import Counter"),
        ("collections", "collections.Counter()", "import collections"),
        ("lru_cache", "lru_cache(None)", "from functools import lru_cache"),
        ("bisect module", "bisect.bisect_left", "import bisect"),
        ("bisect function", "bisect([1], 1)", "from bisect import bisect"),
        ("datetime module", "datetime.date", "import datetime"),
        ("datetime class", "datetime.now()", "from datetime import datetime"),
        ("mean", "mean([1])", "from statistics import mean"),
    ],
)
def test_missing_imports_are_added(name: str, use: str, line: str) -> None:
    program = f"def solve(x):\n    return {use}\n"
    assert repair(program) == (f"{line}\n{program}", ("imports",))


def test_imports_come_behind_those_from_the_future() -> None:
    program = f'"""Doc."""\nfrom __future__ import annotations\n\n{GOOD}\ndef g(): return math.pi\n'
    repaired, names = repair(program)
    assert names == ("imports",)
    compile(repaired, "<program>", "exec")


def test_a_name_bound_under_a_condition_counts_as_bound() -> None:
    program = f"try:\n    import math\nexcept ImportError:\n    math = None\n{GOOD}y = math\n"
    assert repair(program) == (program, ())


@pytest.mark.parametrize(
    "tail",
    [
        "print(solve(1))\n",
        "assert solve(1) == 2\n",
        "if __name__ == '__main__':\n    solve(int(input()))\n",
        "n = int(input())\n",
        "x = input()\n",  # x is the function's parameter, no use of this one
        "from PyQt5 import QtGui\nclass W(QtGui.QWidget): pass\n",
        "import unittest\nclass T(unittest.TestCase):\n    def test(self): pass\nunittest.main()\n",
        "while True:\n    pass\n",
        "for i in range(3):\n    print(solve(i))\n",
        "raise SystemExit\n",
    ],
)
def test_junk_after_the_function_is_dropped(tail: str) -> None:
    assert repair(f"{GOOD}\n{tail}") == (GOOD, ("tail",))


@pytest.mark.parametrize(
    "needed",
    [
        "memo = dict()\n",
        "memo = {}\nmemo[0] = 1\n",
        "def base(): return {}\nmemo = base()\n",
        "import collections\nmemo = collections.defaultdict(int)\n",
        "for memo in [[]]: pass\n",
        "if True:\n    memo = {}\n",
    ],
)
def test_what_the_function_needs_stays(needed: str) -> None:
    program = f"def solve(x):\n    return memo\n\n{needed}"
    assert repair(f"{program}print(1)\n")[0].replace("\n\n", "\n") == program.replace("\n\n", "\n")


def test_decorating_and_renaming_the_function_afterwards_stays() -> None:
    program = f"{GOOD}\nsolve = staticmethod(solve)\n"
    assert repair(program) == (program, ())


def test_nothing_is_dropped_where_names_are_looked_up_at_run_time() -> None:
    program = "def solve(x):\n    return eval('y')\n\ny = input()\n"
    assert repair(program) == (program, ())


def test_a_whole_program_keeps_its_tail() -> None:
    program = f"{GOOD}\nprint(solve(int(input())))\n"
    assert repair(program, entry_point=None) == (program, ())


@pytest.mark.parametrize(
    "junk",
    [
        "This function isn't slow.\n",
        "def test():\n    assert solve(",
        "```\nAnd so on",
        "print('unfinished",
        "class A:\n    def f(self):\n",
        "@decorated\n@twice\n",
        "x = [1,\n2,\n",
        '"""never closed\nmore\n',
        "return 3\n",
    ],
)
def test_the_longest_prefix_that_parses_is_kept(junk: str) -> None:
    repaired, names = repair(f"{GOOD}\n{junk}")
    assert names[0] == "prefix"
    space: dict[str, object] = {}
    exec(repaired, space)
    assert callable(space["solve"])


def test_a_prefix_keeps_a_function_that_is_cut_in_its_middle() -> None:
    repaired, names = repair("def solve(x):\n    if x:\n        return 1\n    return [x,")
    assert repaired.startswith("def solve(x):\n    if x:\n        return 1\n")
    assert names == ("prefix",)


def test_a_prefix_without_the_function_is_none() -> None:
    for program in ("import os\ndef solve(x:\n", 'def solve(x):\n    """Doc."""\n    ))\n'):
        assert repair(program) == (program, ())


def test_a_copy_of_the_prompts_end_is_dropped() -> None:
    starter = 'def solve(x):\n    """Twice x ,\n    for the user \'s sake.\n    """\n'
    copied = ' the user\'s sake.\n    """\n    return 2 * x\n'
    for known in (starter, ""):
        assert repair(starter + copied, starter=known) == (f"{starter}    return 2 * x\n", ("overlap",))


def test_cpp_gets_its_headers() -> None:
    program = "int main() { vector<int> v; cout << v.size() << endl; }\n"
    repaired, names = salvage(program, language="cpp")
    assert repaired == f"#include <bits/stdc++.h>\nusing namespace std;\n{program}"
    assert names == ("imports",)
    whole = "#include <iostream>\nint main() { std::cout << 1; }\n"
    assert salvage(whole, language="cpp") == (whole, ())


LINES = st.sampled_from(
    [
        "def solve(x):",
        "    return x",
        "    y = (",
        "    return math.pi",
        ")",
        "print(solve(1))",
        "if x:",
        "    pass",
        "'''",
        "x = 1",
        "@deco",
        "import re",
        "else:",
        "try:",
        "    global z",
        "z += 1",
        "prose it is",
        "",
        "\\",
        "def g():",
        "    return solve",
    ]
)


@settings(deadline=None)
@given(st.lists(LINES, max_size=25).map("\n".join))
def test_a_repaired_program_parses_and_repairing_again_changes_nothing(program: str) -> None:
    repaired, names = repair(program)
    assert (repaired == program) == (not names)
    if names:
        ast.parse(repaired)
        assert repair(repaired)[0] == repaired


@pytest.mark.data
def test_of_the_programs_that_passed_few_are_touched_and_all_still_compile(data_dir: Path) -> None:
    """The CodeGen-16B pool, whose programs that pass as recorded must not be made worse."""
    folder = data_dir / "codet"
    with gzip.open(next(folder.glob("*code_solution.jsonl.gz")), "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    with gzip.open(next(folder.glob("*verdicts.jsonl.gz")), "rt", encoding="utf-8") as lines:
        verdicts = [json.loads(line) for line in lines]
    touched = 0
    for verdict in verdicts[::4]:
        row = rows[verdict["row"]]
        passing = [text for text, status in zip(row["samples"], verdict["status"], strict=True) if status == "pass"]
        for text in passing:
            entry_point = row["prompt"].rpartition("\ndef ")[2].removeprefix("def ").partition("(")[0]
            repaired, names = repair(row["prompt"] + text, entry_point=entry_point, starter=row["prompt"])
            assert set(names) <= {"tail", "imports"}
            compile(repaired, "<program>", "exec", dont_inherit=True)
            touched += bool(names)
    assert touched < 40
