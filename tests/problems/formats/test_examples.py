from __future__ import annotations

import ast
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from problems.formats.examples import as_tests, read_examples
from problems.formats.signature import Signature
from problems.values import canonical
from tests.problems.strategies import values


def signature(header: str) -> Signature:
    node = ast.parse(f"def {header}: ...").body[0]
    assert isinstance(node, ast.FunctionDef)
    return Signature.of(node)


def read(text: str, header: str = "f(x)") -> list[tuple[tuple[Any, ...], Any]]:
    return [(each.arguments, each.result) for each in read_examples(text, signature(header))]


ONE = [((2,), 5)]


@pytest.mark.parametrize(
    "text",
    [
        "f(2) == 5",
        "f(2) = 5",
        "f(2) => 5",
        "f(2) ==> 5",
        "f(2)==>5",
        "f(2) -> 5",
        "f(2) --> 5",
        "f(2) \u279e 5",
        "f(2) \u2192 5",
        "f(2) \u21d2 5",
        "f(2): 5",
        "f(2) returns 5",
        "f(2) should return 5.",
        "f(2) should be 5",
        "f(2) must\nreturn 5.",
        "f(2) gives 5",
        "f(2) is 5.",
        "f(2) # => 5",
        "f(2)  # returns 5",
        "f(2) // => 5",
        "`f(2)` returns `5`.",
        "* f(2) == 5",
        "1. f(2) == 5",
        "for f(2) == 5",
        "For example, f(2) returns 5 because 2 + 3 is 5.",
        "(e.g. f(2) == 5)",
        "f(x=2) == 5",
        "f( 2 ) == 2 + 3 = 5",
        "assert f(2) == 5",
        "assert f(2) == 5, 'five'",
        "assert 5 == f(2)",
        "assert f(2) => 5",
        ">>> f(2)\n5",
        ">>> f(2)\n5\nThat is all.",
        ">>> f(\n...     2\n... )\n5",
        ">>> f(2) == 5",
        ">>> f(2) == 5\nTrue",
        ">>> f(2) -> 5",
        ">>> f(2)  # 2 + 3\n5",
        ">>> n = 2\n>>> f(n)\n5",
        "n = 2\nf(n) --> 5",
        "For x = 2 the output should be 5",
        "For x = 2, the result should be 5.",
        "For `n = 2`, the output should be `5`",
        "x = 2\n  -> some step -> [1]\nreturn 5",
        "Example 1:\n    Input: 2\n    Output: 5\n    Explanation: 1, 2.",
        "Input: x = 2\nOutput: 5",
        "Input:\n    x : 2\nOutput:\n    5",
        "**Input:** 2\n**Output:** 5",
        "Input: 2, Output: 5",
        "other_name(2) == 5",
    ],
)
def test_the_same_example_in_many_wordings(text: str) -> None:
    for shown in (text, "Say something first.\n\n    " + text.replace("\n", "\n    ") + "\n\nAnd then: the end."):
        assert read(shown) == ONE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "f(n) == 5",
        "f(2) == f(1) + 3",
        "f(2) = 5 + f(1)",
        "f(2) == x",
        "f(2) returns 5 apples",
        "f(2) returns 4 or 5",
        "f(2) is 5 more than f(1)",
        "f(2) != 5",
        "f(2) < 5",
        "g(f(2)) == 5",
        "1 + f(2) == 5",
        "not f(2) == 5",
        "f(2).real == 5",
        "a.f(2) == 5",
        "def f(2) == 5",
        "f(2)[0] == 5",
        "f(2, 3) == 5",
        "f() == 5",
        "f(y=2) == 5",
        "f(2) == 5, 6",
        "f(2) == [5, ...]",
        "f(open('x')) == 5",
        ">>> f(2) == 5\nFalse",
        ">>> f(2)\nTraceback (most recent call last):\n    ...\nValueError",
        ">>> f(2)\n[1, ..., 5]",
        ">>> print(f(2))\n5",
        ">>> sorted(f(2))\n[5]",
        ">>> f(2) [5, 6]",
        ">>> f(2)",
        "f(2) == 5 but f(2) == 6",
        "Input: 2",
        "Input: 2 3\nOutput: 5",
        "Input: the number\nOutput: 5",
        "Output: 5",
        "x = 2",
        "x is 2, the output should be 5",
    ],
)
def test_what_is_not_certain_is_left_out(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize(
    ("header", "text", "found"),
    [
        ("f(a, b)", "f(1, 'x') == [1, 'x']", [((1, "x"), [1, "x"])]),
        ("f(a, b)", "f(b=2, a=1) == 3", [((1, 2), 3)]),
        ("f(a, b=0)", "f(1) == 1\nf(1, 2) == 3", [((1,), 1), ((1, 2), 3)]),
        ("f(*a)", "f(1, 2, 3) == 6", [((1, 2, 3), 6)]),
        ("f()", "f() == 3", [((), 3)]),
        ("f(a, b)", "Input: a = [1, 2], b = 3\nOutput: 6", [(([1, 2], 3), 6)]),
        ("f(a, b)", "Input: b = 3, a = [1, 2]\nOutput: 6", [(([1, 2], 3), 6)]),
        ("f(grid, size)", "Input:\n  grid : [[1]]\n  max_size : 4\nOutput: 6", [(([[1]], 4), 6)]),
        ("f(a, b)", "Input: [1], 2\nOutput: 3", [(([1], 2), 3)]),
        ("f(a, b)", 'For a = "x", b = "y" the result should be ("x", True)', [(("x", "y"), ("x", True))]),
        ("f(a, b)", 'For `s = "x" and t = "y"`, the output should be `true`', [(("x", "y"), True)]),
        ("f(a)", "f('') == '' and f('a') == 'b'", [(("",), ""), (("a",), "b")]),
        ("f(a)", "f({'a': [1]}) => {'a': 1}", [(({"a": [1]},), {"a": 1})]),
        ("f(a)", ">>> f('a\nb')\n'ab'", [(("a\nb",), "ab")]),
        ("f(a)", ">>> f([1,\n...    2])\n[2,\n 1]", [(([1, 2],), [2, 1])]),
        ("f(a)", "f([\n  [1],\n  [2]\n]) == [(1, 2)]", [(([[1], [2]],), [(1, 2)])]),
        ("f(a)", ">>> f([])\n\n>>> f([1])\n1", [(([],), None), (([1],), 1)]),
        ("f(a)", "f('x') => 'Yes'\nf('y') ==> 'No' (it is y)", [(("x",), "Yes"), (("y",), "No")]),
        ("f(a) -> bool", "assert f(1)\nassert not f(2)", [((1,), True), ((2,), False)]),
        ("f(a)", "assert f(1)", []),
        ("f(a)", '* "one" => 1\n* "two" => 2', [(("one",), 1), (("two",), 2)]),
        ("f(a)", '* "one" => 1', []),
        ("f(a, b)", '* "one" => 1\n* "two" => 2', []),
        ("f(s)", "f(ab) => 1\nf(abc) => 2\nf(xyz) => 3", [(("ab",), 1), (("abc",), 2), (("xyz",), 3)]),
        ("f(s)", "f(n) => 1\nf(m) => 2\nf(k) => 3", []),
        ("f(s: int)", "f(ab) => 1\nf(abc) => 2\nf(xyz) => 3", []),
        ("f(s)", "f(ab) => 1\nf(abc) => 2\nf('xyz') => 3", [(("xyz",), 3)]),
        ("f(a)", 'f(1) ==> ("a", "b")\nf(2) ==> ("c")', [((1,), ("a", "b")), ((2,), ("c",))]),
        ("f(a)", 'f(1) ==> "a"\nf(2) ==> ("c")', [((1,), "a"), ((2,), "c")]),
    ],
)
def test_arguments_and_results(header: str, text: str, found: list[Any]) -> None:
    assert read(text, header) == found


def test_a_recurrence_before_the_examples_is_not_about_the_result() -> None:
    text = "It holds that\nf(1) = 3\nExamples:\n    f(3) = [1, 3, 2, 8]\n"
    assert read(text) == [((3,), [1, 3, 2, 8])]
    assert len(read(text.replace("[1, 3, 2, 8]", "8"))) == 2


def test_a_call_with_two_results_is_dropped_and_one_told_twice_is_read_once() -> None:
    assert read("f(1) == 2\nf(3) == 4\nf(1) == 5") == [((3,), 4)]
    assert read("f(1) == 2\nf(1) returns 2.") == [((1,), 2)]
    assert len(read("f(1) == 2\nf('1') == 3")) == 2


def test_a_list_that_a_doctest_handed_over_may_have_changed() -> None:
    assert read(">>> a = [2, 1]\n>>> f(a)\n[1, 2]\n>>> f(a)\n[1, 2, 3]") == [(([2, 1],), [1, 2])]


def test_no_output_is_none_only_where_the_hint_allows_it() -> None:
    text = ">>> f(1)\n\n>>> f(2)\n5\n"
    assert read(text, "f(x) -> int") == [((2,), 5)]
    assert read(text, "f(x) -> Optional[int]") == [((1,), None), ((2,), 5)]


def test_close_examples_bring_a_relative_tolerance() -> None:
    text = "assert math.isclose(f(10), 4188.79, rel_tol=0.001)\nassert math.isclose(f(2), 1, abs_tol=0.5)\n"
    tests, checker = as_tests(read_examples(text, signature("f(x)")))
    assert [(test.input, test.output) for test in tests] == [("[10]", "4188.79"), ("[2]", "1")]
    assert (checker.absolute, checker.relative) == (0.5, 0.001)
    assert read("assert math.isclose(f(10), g(2))\nassert math.isclose(f(10), '4')") == []


def test_the_examples_of_a_method_are_called_without_self() -> None:
    assert read("Input: arr = [2, 3], k = 5\nOutput: 9\n", "f(self, arr, k)") == [(([2, 3], 5), 9)]


def test_rounded_examples_bring_a_tolerance() -> None:
    tests, checker = as_tests(read_examples(">>> round(f(2), 2)\n-0.67\n", signature("f(x)")))
    assert tests[0].output == "-0.67"
    assert 0.005 <= checker.absolute < 0.00501


def test_only_floats_bring_a_tolerance() -> None:
    _, exact = as_tests(read_examples("f(1) == [2]", signature("f(x)")))
    _, near = as_tests(read_examples("f(1) == [2.5]", signature("f(x)")))
    assert (exact.name, exact.absolute, exact.relative) == ("value", 0, 0)
    assert near.absolute == near.relative == 1e-6


@given(st.lists(st.tuples(values, values), max_size=3, unique_by=lambda pair: repr(pair[0])))
def test_what_a_doctest_session_prints_is_read(pairs: list[tuple[Any, Any]]) -> None:
    pairs = [
        pair for pair in pairs if "inf" not in repr(pair) and "frozenset" not in repr(pair) and pair[1] is not None
    ]
    text = "Title.\n\n" + "".join(f">>> f({given!r})\n{wanted!r}\n" for given, wanted in pairs)
    assert [(canonical(arguments), canonical(result)) for arguments, result in read(text)] == [
        (canonical((given,)), canonical(wanted)) for given, wanted in pairs
    ]


fragments = st.sampled_from(
    [
        "f(",
        ")",
        "==",
        ">>> ",
        "\n",
        "[",
        "]",
        "'",
        '"',
        "x = ",
        "1",
        "Input: ",
        "Output: ",
        "assert ",
        "->",
        "returns ",
        "for ",
        "the output should be ",
        "...",
        "(",
        ",",
        "{",
        ":",
        "round(",
        "\\",
        "#",
        "`",
    ]
)


@given(st.lists(fragments | st.text(max_size=3), max_size=40).map("".join))
def test_hostile_text_is_read_without_an_error(text: str) -> None:
    as_tests(read_examples(text, signature("f(x)")))


@pytest.mark.parametrize(
    "text",
    [
        "f(" * 50_000,
        "f(1) == " * 20_000,
        ">>> f(1)\n" * 20_000,
        "Input: 1\n" * 20_000,
        "x = [" * 20_000,
        "f(1) -> " + "(" * 100_000,
        "f('" * 50_000,
        "* [1" * 40_000,
        "f(1) == " + "1 " * 90_000,
        "assert f(" * 20_000,
        "for x = 1 " * 18_000,
        "'" * 200_000,
    ],
)
def test_long_hostile_text_takes_bounded_time(text: str) -> None:
    as_tests(read_examples(text, signature("f(x)")))
