"""Finding functions, what belongs to them in a file, and putting bodies into it."""

from __future__ import annotations

from pathlib import Path

import pytest

from codegen.editor.asking import context_of, problem_of, program_of
from codegen.editor.bodies import Change, body_of, changes
from codegen.editor.functions import Function, contradictions, functions_in
from codegen.editor.options import Options
from codegen.errors import UsageError

FILE = '''"""Shapes."""

import math
import os

import numpy as np
from .near import thing

LIMIT = 10
_cache: dict[str, int] = {}


class Point:
    x: int = 0


def helper(n):
    return n + LIMIT


def area(p: "Point") -> float:
    """The area.

    >>> area(1)
    3.14
    """
    # to do
    raise NotImplementedError(
        "later"
    )


RESULT = area(2)
print(RESULT)


def unrelated(a):
    return np.zeros(a)


if __name__ == "__main__":
    print(helper(1))
'''


def only(text: str, name: str = "") -> Function:
    found = functions_in(text)
    assert found is not None
    return next(each for each in found if not name or each.name == name)


def put(text: str, function: Function, program: str) -> str:
    body = body_of(program, function.name)
    assert body is not None
    lines = text.split("\n")
    for each in changes(body, text, function):
        text = applied(text, each)
    assert len(text.split("\n")) >= len(lines) - 5
    return text


def applied(text: str, change: Change) -> str:
    lines = text.split("\n")
    (first, start), (last, end) = change.start, change.end
    joined = lines[first][:start] + change.text + lines[last][end:]
    return "\n".join([*lines[:first], joined, *lines[last + 1 :]])


@pytest.mark.parametrize(
    ("body", "waits"),
    [
        ("...", True), ("pass", True), ("raise NotImplementedError", True), ("raise NotImplementedError('x')", True),
        ("return 1", False), ("raise ValueError", False), ("x = 1\n    ...", False), ("pass\n    ...", True),
    ],
)  # fmt: skip
def test_which_functions_wait(body: str, waits: bool) -> None:
    for text in (f"def f(a):\n    {body}\n", f'def f(a):\n    """Doc."""\n    {body}\n'):
        function = only(text)
        assert function.waits is waits
        assert function.start == (text.split("\n").index(f"    {body}".split("\n")[0]), 4)


def test_ranges_are_exact_whatever_stands_there() -> None:
    function = only(FILE, "area")
    lines = FILE.split("\n")
    assert lines[function.header].startswith("def area")
    assert lines[function.start[0]].strip().startswith("raise")
    assert (function.end, lines[function.end[0]]) == ((function.start[0] + 2, 5), "    )")
    assert [lines[each.line].strip() for each in function.shown] == [">>> area(1)"]
    text = '@deco\ndef f(ä="日本"): ...  # ü\n'
    function = only(text)
    assert (function.first, function.header, function.start, function.end) == (0, 1, (1, 15), (1, 18))
    assert functions_in("def f(:\n") is None
    assert only('def f():\n\t"""D."""\n').start == (1, 9)
    assert not only("async def f(): ...\n").askable
    assert not only("def f(*, a): ...\n").askable


def test_what_a_function_can_use_goes_along() -> None:
    context = context_of(FILE, only(FILE, "area"))
    assert "class Point" in context
    assert "def helper" in context
    assert "LIMIT = 10" in context
    assert "import math" in context
    assert "def unrelated" in context
    assert "import numpy" in context, "what is shown uses it"
    for absent in ("RESULT", "print(", "__main__", "from .near", "def area"):
        assert absent not in context
    long = FILE.replace("return np.zeros(a)", "return np.zeros(a)" + "\n    a = a" * 1000)
    context = context_of(long, only(long, "area"))
    assert "unrelated" not in context
    assert "numpy" not in context
    assert "class Point" in context
    compile(program_of(FILE, only(FILE, "area")), "p", "exec")


def test_the_problem_is_the_stub_behind_its_context(tmp_path: Path) -> None:
    path = tmp_path / "src" / "shapes" / "area.py"
    path.parent.mkdir(parents=True)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_area.py").write_text(
        "from shapes.area import area\n\n\ndef test_it():\n    assert area(2) == 12.57\n\n\n"
        "def test_more():\n    assert area(3) > area(2)\n"
    )
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "test_area.py").write_text("from area import area\ndef test_no(): assert area(9) == 9\n")
    (tmp_path / "test_broken.py").write_text("def test_(: area(\n")
    problem = problem_of(FILE, only(FILE, "area"), path, tmp_path)
    assert [case.input for case in problem.public_tests] == ["[1]", "[2]"]
    (code,) = problem.test_code
    assert code.functions == ("test_more",)
    assert "shapes.area" in code.modules
    assert len(problem_of(FILE, only(FILE, "area"), path, tmp_path, tests=False).public_tests) == 1


def test_contradictions() -> None:
    text = 'def f(a):\n    """D.\n\n    >>> f(1)\n    2\n    >>> f(1)\n    3\n    >>> f(2)\n    2\n    """\n'
    ((first, second),) = contradictions(only(text))
    assert (first.line, second.line) == (3, 5)


@pytest.mark.parametrize(
    ("document", "program", "expected"),
    [
        ("def f(a):\n    ...\n\n\nx = 1\n", "def f(a):\n    return a\n", "def f(a):\n    return a\n\n\nx = 1\n"),
        ("def f(a): ...\n", "def f(a):\n    return a\n", "def f(a): return a\n"),
        ("def f(a): ...\n", "def f(a):\n    b = a\n    return b\n", "def f(a): \n    b = a\n    return b\n"),
        ('def f(a):\n  """D."""\n', "def f(a):\n    '''E'''\n    return a\n", 'def f(a):\n  """D."""\n  return a\n'),
        ("def f(a):\n\tpass\n", "def f(a): return a\n", "def f(a):\n\treturn a\n"),
        (
            "import os\n\n\ndef f(a):\n    ...\n",
            "import math\nimport os\nimport re\ndef f(a):\n    # why\n    return math.pi\n",
            "import os\nimport math\n\n\ndef f(a):\n    # why\n    return math.pi\n",
        ),
        (
            '"""M."""\n\n\ndef f(a):\n    ...\n',
            "import math\ndef g(): return math.pi\ndef f(a):\n    return g()\n",
            '"""M."""\nimport math\n\n\ndef g(): return math.pi\n\n\ndef f(a):\n    return g()\n',
        ),
    ],
)
def test_bodies_are_put_where_the_function_waits(document: str, program: str, expected: str) -> None:
    assert put(document, only(document), program) == expected


@pytest.mark.parametrize(
    "program", ["def g(): pass", "def f(:", "f = lambda a: a", "def f(a):\n    '''D'''\n", "def f(): return 1\nf = 2\n"]
)
def test_programs_without_a_body_for_it(program: str) -> None:
    assert body_of(program, "f") is None


def test_settings_are_checked() -> None:
    assert Options().changed({"codesieve": {"samples": 4, "time": 3}}) == Options(samples=4, time=3)
    assert Options().changed(None) == Options()
    for wrong in (
        {"model": 3},
        {"samples": True},
        {"samples": 0},
        {"time": 0},
        {"sandbox": "none"},
        {"sandbox": "unsafe"},
        {"x": 1},
        [1],
    ):
        with pytest.raises(UsageError):
            Options().changed(wrong)
