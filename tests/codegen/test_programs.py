"""Which programs count as one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codegen.programs import executable, program_key
from problems.problem import Call, Problem, Stdio

SQUARE = "def f(x):\n    return x * x\n"


@pytest.mark.parametrize(
    "other",
    [
        "# squares\ndef f(x):\n    return x * x  # indeed\n",
        "def f(x):\n\n\n  return (x*x)",
        '"""A module."""\n\ndef f(x):\n    """Square."""\n    return x * x\n',
    ],
)
def test_layout_comments_and_docstrings_do_not_matter_in_python(other: str) -> None:
    assert program_key(other, "python") == program_key(SQUARE, "python")


@pytest.mark.parametrize(
    "other",
    [
        "def f(x):\n    return x ** 2\n",
        "def f(y):\n    return y * y\n",
        "def f(x):\n    return x * x\nf(1)\n",
        "def f(x",
    ],
)
def test_other_programs_are_others(other: str) -> None:
    assert program_key(other, "python") != program_key(SQUARE, "python")


def test_constants_that_are_equal_but_not_the_same_are_told_apart() -> None:
    keys = {
        program_key(f"print({constant})", "python") for constant in ("1", "1.0", "True", "'1'", "b'1'", "-0.0", "0.0")
    }
    assert len(keys) == 7


def test_a_body_that_is_only_a_docstring_does_nothing() -> None:
    assert program_key('def f():\n    "later"\n', "python") == program_key("def f():\n    pass\n", "python")


CPP = '#include <cstdio>\nint main() { printf("a  // b\\n"); return 0; }\n'


@pytest.mark.parametrize(
    "other",
    [
        '// says a\n#include <cstdio>\n\n\nint  main() {  printf("a  // b\\n");\treturn 0; } // end',
        '#include <cstdio>  /* for\nprintf */\nint main() { printf("a  // b\\n"); return/**/0; }',
    ],
)
def test_layout_and_comments_do_not_matter_in_cpp(other: str) -> None:
    assert program_key(other, "cpp") == program_key(CPP, "cpp")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('puts("a b");', 'puts("a  b");'),
        ('puts(R"x( // a)x");', 'puts(R"x( // b)x");'),
        ("int a = 1'000; char q = '\"'; puts(\"a b\");", "int a = 1'000; char q = '\"'; puts(\"a  b\");"),
        ("#define A\nint x;", "#define A int x;"),
        ("a = b / c;", "a = b; // c;"),
        ("return x;", "returnx;"),
    ],
)
def test_what_matters_in_cpp_is_kept(one: str, other: str) -> None:
    assert program_key(one, "cpp") != program_key(other, "cpp")


def test_equal_text_in_another_language_is_another_program() -> None:
    assert program_key("x", "python") != program_key("x", "cpp")


@given(st.text() | st.text("/*'\"\\\n R()x"), st.sampled_from(["python", "cpp", "cobol"]))
def test_any_text_has_a_key(source: str, language: str) -> None:
    assert program_key(source, language) == program_key(source, language)


@pytest.mark.parametrize(
    "source",
    [
        "(" * 50_000,
        "\0",
        "\ud800",
        "x = " + "-" * 100_000 + "1",
        "x = 0x" + "f" * 100_000,
        "lambda:" * 5_000,
        "/*" * 500_000,
    ],
    ids=["parentheses", "nul", "surrogate", "signs", "big-int", "lambdas", "comments"],
)
def test_hostile_text_has_a_key(source: str) -> None:
    for language in ("python", "cpp"):
        assert len(program_key(source, language)) == 64


def test_invalid_escapes_do_not_warn() -> None:
    program_key('print("\\d" is 1)', "python")


def test_a_call_problem_is_called_by_name() -> None:
    called = Problem(id="p", statement="s", interface=Call(entry_point="f"))
    assert executable(called, SQUARE, "python").entry_point == "f"
    fed = Problem(id="p", statement="s", interface=Stdio())
    assert executable(fed, CPP, "cpp").entry_point is None
