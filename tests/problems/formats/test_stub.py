from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from problems.codec import dumps_problem, loads_problem
from problems.errors import ProblemFormatError
from problems.formats.stub import loads_stub, looks_like_stub
from problems.problem import Call, Problem, TestCase

STUB = '''import math


def helper(x: int) -> int:
    return x * 2


def area(
    radius: float,  # in m
    digits: int = 2,
) -> float:
    """Area of a circle,
    rounded.

    >>> area(1.0)
    3.14
    """
    ...


print(area(2.0))
'''


def call_of(problem: Problem) -> Call:
    assert isinstance(problem.interface, Call)
    return problem.interface


def test_a_stub() -> None:
    problem = loads_stub(STUB, path="area.py")
    call = call_of(problem)
    assert (problem.id, problem.source, call.entry_point) == ("area", "area.py", "area")
    assert problem.statement == "Area of a circle,\nrounded.\n\n>>> area(1.0)\n3.14"
    assert call.starter_code == STUB[: STUB.index("    ...")]
    assert call.signature == STUB[STUB.index("def area") : STUB.index('    """Area')].strip()
    assert problem.public_tests == (TestCase.call((1.0,), 3.14, name="example 1"),)
    assert problem.checker.name == "value"
    assert loads_problem(dumps_problem(problem)) == problem


@pytest.mark.parametrize(
    "body",
    [
        "    ...",
        "    pass",
        "    raise NotImplementedError",
        "    raise NotImplementedError('later')",
        '    """Say."""',
        '    """Say."""\n    pass',
        '    import math\n    """Say."""',
        "",
        "\n\n",
        "    # f(1) == 2",
    ],
)
def test_bodies_that_say_nothing(body: str) -> None:
    problem = loads_stub(f"def f(x):\n{body}")
    assert call_of(problem).entry_point == "f"
    assert problem.statement.strip()


def test_the_last_function_without_a_body_is_asked_for() -> None:
    text = "def a(): ...\ndef b(): ...\ndef c():\n    return 1\n"
    assert call_of(loads_stub(text)).entry_point == "b"
    assert call_of(loads_stub(text, name="a")).entry_point == "a"
    assert call_of(loads_stub(text, name="c")).entry_point == "c"


def test_examples_around_the_function() -> None:
    after = loads_stub("def f(x): ...\n\n# f(1) == 2\nassert f(2) == 3\n")
    assert after.public_tests == (TestCase.call((1,), 2, name="example 1"), TestCase.call((2,), 3, name="example 2"))
    assert after.statement.startswith("f(1) == 2")
    before = loads_stub("# Adds one: f(1) -> 2\ndef f(x):\n")
    assert before.public_tests == (TestCase.call((1,), 2, name="example 1"),)


def test_no_examples_is_no_error() -> None:
    problem = loads_stub("def f(x: int) -> int: ...")
    assert problem.public_tests == ()
    assert problem.statement == "def f(x: int) -> int:"


def test_windows_line_ends() -> None:
    problem = loads_stub('def f(x):\r\n    """\r\n    >>> f(1)\r\n    2\r\n    """\r\n')
    assert len(problem.public_tests) == 1
    assert "\r" not in call_of(problem).starter_code


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 1, "empty; write a def line"),
        ("  \n", 1, "empty"),
        ("def f(:\n", 1, "not Python: "),
        ("x = 1\n\ndef f(x)\n    pass\n", 3, "not Python: "),
        ("x = 1\n", 1, "no function without a body; write a def line at the top level"),
        ("def f():\n    return 1\n", 1, r"no function without a body \(with a body: f\)"),
        ("class A:\n    def f(self): ...\n", 1, "no function without a body"),
        ("\nasync def f(): ...\n", 2, "'f' is async; only plain functions"),
        ("def f(*, a): ...\n", 1, "'f' needs keyword-only arguments"),
        ("def f(): ...\x00", None, "not Python: "),
        ("(" * 1000, 1, "not Python: "),
    ],
)
def test_what_is_no_stub(text: str, line: int | None, message: str) -> None:
    with pytest.raises(ProblemFormatError, match=message) as caught:
        loads_stub(text, path="s.py")
    assert caught.value.line == line
    assert str(caught.value).startswith("s.py:")


@given(
    st.text() | st.text().map(lambda body: f'def f(x):\n    """{body}"""\n') | st.text(alphabet="def f():\n \"'#.\\x")
)
def test_any_text_is_a_stub_or_a_format_error(text: str) -> None:
    looks_like_stub(text)
    try:
        problem = loads_stub(text)
    except ProblemFormatError:
        return
    assert problem.statement.strip()
    assert loads_problem(dumps_problem(problem)) == problem


def test_a_docstring_with_bad_escapes_warns_nobody() -> None:
    assert len(loads_stub('def f(x):\n    """\\d\n    >>> f("\\d")\n    "\\d"\n    """\n').public_tests) == 1


@pytest.mark.parametrize(
    ("text", "is_stub"),
    [
        (STUB, True),
        ("def f(x):\n", True),
        ("# Title\n\nSome words.\n", False),
        ("Write `def f(x):` please.\n", False),
        ("Sum it up.\n\n    def f(x):\n        ...\n", False),
        ("# Title\n```python\ndef f(x):\n    ...\n```\n", False),
        ("def f(:\n", True),
        ("", False),
    ],
)
def test_stubs_are_told_from_prose(text: str, is_stub: bool) -> None:
    assert looks_like_stub(text) is is_stub
