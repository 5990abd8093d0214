from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from problems.checkers import CHECKERS, VALUE_CHECKERS, Decision, check
from problems.errors import ProblemError
from problems.problem import CheckerSpec
from problems.values import dumps
from tests.problems.strategies import values

TEXT = [name for name in CHECKERS if name not in VALUE_CHECKERS]


def ask(name: str, expected: str, output: str | bytes, **options: float) -> Decision:
    data = output.encode() if isinstance(output, str) else output
    return check(CheckerSpec(name=name, **options), expected, data)


@pytest.mark.parametrize(
    ("name", "expected", "output", "ok"),
    [
        ("exact", "a b\n", "a b", True),
        ("exact", "a b\n", "a  b\n", False),
        ("exact", "a\n", "a\n\n", False),
        ("exact", "", "", True),
        ("tokens", "1 2\n3\n", " 1\t2 3 \r\n", True),
        ("tokens", "1 2", "1 2 3", False),
        ("tokens", "1 2", "1", False),
        ("tokens", "12", "1 2", False),
        ("tokens", "", " \n ", True),
        ("tokens", "Yes", "yes", False),
        ("yes_no", "YES\nno\n", "Yes No", True),
        ("yes_no", "YES", "NO", False),
        ("floats", "1.0", "1", True),
        ("floats", "1.0", "1.1", False),
        ("floats", "abc 1", "abc 1.0", True),
        ("floats", "abc", "abd", False),
        ("floats", "inf nan", "Infinity NaN", True),
        ("floats", "1_0", "10", False),
        ("unordered_lines", "a b\nc\n", "c\n\n a  b \n", True),
        ("unordered_lines", "a\na\nb\n", "a\nb\nb\n", False),
        ("unordered_lines", "a\nb\n", "a\n", False),
        ("unordered_lines", "a\n", "a\nb\n", False),
        ("unordered_lines", "a b\n", "b a\n", False),
    ],
)
def test_verdicts_on_text(name: str, expected: str, output: str, ok: bool) -> None:
    decision = ask(name, expected, output)
    assert decision.ok is ok
    assert bool(decision.reason) is not ok


@pytest.mark.parametrize(
    ("expected", "output", "options", "ok"),
    [
        ("1.0", "1.0009", {"absolute": 1e-3}, True),
        ("1.0", "1.0011", {"absolute": 1e-3}, False),
        ("1000", "1000.9", {"relative": 1e-3}, True),
        ("1000", "1001.1", {"relative": 1e-3}, False),
        ("0", "0.5", {"relative": 1.0}, False),
        ("5", "inf", {"relative": 1e9, "absolute": 1e9}, False),
        ("inf", "5", {"relative": 1.0}, False),
        ("nan", "5", {"absolute": 1e9}, False),
        ("5", "nan", {"absolute": 1e9}, False),
        ("5", "1e999", {"absolute": 1e9}, False),
    ],
)
def test_tolerances_of_floats(expected: str, output: str, options: dict[str, float], ok: bool) -> None:
    assert ask("floats", expected, output, **options).ok is ok


@pytest.mark.parametrize(
    ("expected", "found", "ok"),
    [
        (1, 1.0, True),
        (1, True, True),
        ([1, 2], (1, 2), False),
        ({1, 2}, frozenset({2, 1}), True),
        ({"a": 1}, {"a": 1.0}, True),
        (float("nan"), float("nan"), True),
        ([float("nan"), 1], [float("nan"), 1], True),
        (float("nan"), 1.0, False),
        (None, 0, False),
        ("1", 1, False),
        (b"1", "1", False),
        (2**1000, 2.0**1000, True),
        (10**400, float("inf"), False),
    ],
)
def test_values_are_compared_as_python_does(expected: Any, found: Any, ok: bool) -> None:
    assert ask("value", dumps(expected), dumps(found)).ok is ok


def test_tolerance_reaches_into_values() -> None:
    expected = dumps({"a": [1.0, (2.0, "x")], "b": 10**400})
    near = dumps({"a": [1.0000001, (2, "x")], "b": 10**400})
    far = dumps({"a": [1.1, (2.0, "x")], "b": 10**400})
    assert ask("value", expected, near, absolute=1e-6).ok
    assert not ask("value", expected, near).ok
    assert ask("value", expected, far, absolute=1e-6).reason == "result['a'][0]: expected 1.0, found 1.1"


@pytest.mark.parametrize(
    ("name", "expected", "output", "reason"),
    [
        ("tokens", "1\n3\n", "1\n4\n", "line 2: expected 3, found 4"),
        ("tokens", "1\n3\n", "1\n", "line 2: expected 3, found the end"),
        ("tokens", "1\n", "1\n\n2\n", "line 3: 2 is more than expected"),
        ("tokens", "a", b"\xff\x00\n", r"line 1: expected a, found \xff\x00"),
        ("exact", "ab\ncd\n", "ab\nce\n", "line 2, byte 2: expected d, found e"),
        ("exact", "ab\n", "a", "line 1, byte 2: expected b, found the end"),
        ("unordered_lines", "a\n", "a\na\n", "line 2: found a, more often than expected"),
        ("unordered_lines", "a\n", "b\n", "line 1: found b, which is not expected"),
        ("unordered_lines", "a\nb\n", "b\n", "no line a"),
        ("value", "[1,2]", "[1,3]", "result[1]: expected 2, found 3"),
        ("value", "[1,2]", "[1]", "result: expected 2 items [1, 2], found 1 item [1]"),
        ("value", "[1]", '{"tuple":[1]}', "result: expected [1], found (1,)"),
        ("value", "1", "", "no result"),
        ("value", "1", '{"int":"0x1%s"}' % ("0" * 1000), "result: expected 1, found an int of 4001 bits"),
    ],
)
def test_reasons_are_for_a_person(name: str, expected: str, output: str | bytes, reason: str) -> None:
    assert ask(name, expected, output).reason == reason


@given(st.sampled_from(sorted(CHECKERS)), st.binary(), st.text())
def test_no_output_makes_a_checker_raise(name: str, output: bytes, expected: str) -> None:
    decision = ask(name, dumps(expected) if name in VALUE_CHECKERS else expected, output, absolute=0.1)
    assert len(decision.reason) < 400
    assert decision.reason.isprintable()


@given(st.sampled_from(TEXT), st.text())
def test_the_expected_output_itself_is_right(name: str, expected: str) -> None:
    assert ask(name, expected, expected).ok


@given(values)
def test_the_expected_value_itself_is_right(value: Any) -> None:
    text = dumps(value)
    assert ask("value", text, text).ok
    assert ask("value", text, " " + text.replace(":", " : ", 1) if ":" not in repr(value) else text).ok


@given(values, values)
def test_without_tolerance_the_verdict_on_values_is_equality(one: Any, other: Any) -> None:
    assert ask("value", dumps(one), dumps(other)).ok is (one == other)


@given(st.lists(st.text(alphabet="ab \t", max_size=6), max_size=6), st.randoms())
def test_the_order_of_lines_does_not_count(lines: list[str], random: Any) -> None:
    shuffled = random.sample(lines, len(lines))
    assert ask("unordered_lines", "\n".join(lines), "\n".join(shuffled)).ok


@given(st.lists(st.integers() | st.floats(allow_nan=False, allow_infinity=False), max_size=6))
def test_floats_accept_what_tokens_accept(numbers: list[float]) -> None:
    text = " ".join(map(repr, numbers))
    assert ask("floats", text, text.replace(" ", "\n")).ok


@pytest.mark.parametrize("name", sorted(CHECKERS))
@pytest.mark.parametrize(
    "output",
    [
        b"1 " * 10_000_000,
        b" " * 20_000_000,
        b"9" * 20_000_000,
        b"\n" * 20_000_000,
        b"[" * 20_000_000,
        b"\x00" * 20_000_000,
        b'{"int":"0x' + b"f" * 20_000_000 + b'"}',
        b"1e" + b"9" * 1_000_000,
    ],
    ids=["tokens", "spaces", "digits", "newlines", "brackets", "nul", "int", "exponent"],
)
def test_a_huge_output_is_only_wrong(name: str, output: bytes) -> None:
    decision = ask(name, "[1,2]", output, absolute=1.0)
    assert not decision.ok
    assert len(decision.reason) < 400


def test_an_unknown_checker_names_the_known_ones() -> None:
    with pytest.raises(ProblemError, match="'fuzzy' is no checker; there are: exact, tokens"):
        check(CheckerSpec(name="fuzzy"), "", b"")
