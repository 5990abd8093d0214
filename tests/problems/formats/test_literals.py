from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from problems.formats.literals import NotLiteralError, closing, literal, value_at
from tests.problems.strategies import values


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("[1, -2.5, 'a', None]", [1, -2.5, "a", None]),
        ("true", True),
        ("null", None),
        ("(1,)", (1,)),
        ("{1: {2}}", {1: {2}}),
        ("set()", set()),
        ("set([1, 1])", {1}),
        ("float('-inf')", float("-inf")),
        ("[0] * 3 + [1]", [0, 0, 0, 1]),
        ("'ab' * 2", "abab"),
        ("1 + 9 + 0 + 0 = 10", 10),
        ("2 ** 10 - 1", 1023),
        ("7 // 2", 3),
        ("'a\nb'", "a\nb"),
        ("\u201cquoted\u201d", "quoted"),
        ("1 + 2j", 1 + 2j),
        (r"'\d'", r"\d"),
    ],
)
def test_values(source: str, value: Any) -> None:
    found = literal(source)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "source",
    [
        "",
        "x",
        "f(1)",
        "1 + x",
        "[1, ...]",
        "...",
        "1 / 0",
        "9 ** 9 ** 9",
        "10 ** 99 ** 99",
        "[0] * 10 ** 9",
        "'a' * 1000000",
        "1 + 2 = 4",
        "f'{x}'",
        "{**{}}",
        "[*[1]]",
        "{[]: 1}",
        "1 if True else 2",
        "lambda: 1",
        "(" * 1000,
        "-" * 100_000 + "1",
        "[" * 300 + "]" * 300,
        "9" * 5000,
        "\x00",
        "__import__('os').getcwd()",
        "set(x)",
        "float('1e5')",
    ],
)
def test_what_is_no_value_is_refused(source: str) -> None:
    with pytest.raises(NotLiteralError):
        literal(source)


@given(values)
def test_what_python_prints_is_read(value: Any) -> None:
    source = repr(value)
    if "inf" not in source and "frozenset" not in source:
        assert literal(source) == value


@given(st.text())
def test_any_text_is_a_value_or_is_refused(source: str) -> None:
    with contextlib.suppress(NotLiteralError):
        literal(source)
    value_at(source, 0)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("3.", 3),
        ("3.5.", 3.5),
        ("3 # three", 3),
        ("3 (three)", 3),
        ("3 because", 3),
        ("3, since", 3),
        ("`3` now", 3),
        ("[1,\n 2]\nmore", [1, 2]),
        ('"a, b". Then', "a, b"),
        ("19 - 11 = 8\n", 8),
        ("[1] * 2 # two", [1, 1]),
        ("4 and f(2) == 3", 4),
    ],
)
def test_values_in_sentences(text: str, value: Any) -> None:
    found = value_at(text, 0)
    assert found is not None
    assert found[0] == value


@pytest.mark.parametrize(
    "text",
    ["3 apples", "4 or 5", "1, 2", "f(2) + 1", "the sum", '""a"', "[1, 2", "'it", "5 + f(2)", "", "3 if x else 4"],
)
def test_what_is_not_certain_is_no_value(text: str) -> None:
    assert value_at(text, 0) is None


@pytest.mark.parametrize(
    ("text", "end"),
    [("(a(b)c)d", 7), ("[')']", 5), ("'a(b'", 5), ("(]", None), ("((", None), ('("', None), ("(" * 5000, None)],
)
def test_brackets(text: str, end: int | None) -> None:
    assert closing(text, 0) == end
