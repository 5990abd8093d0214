"""One value, however it is printed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from problems.checkers import check
from problems.printed import printed_value
from problems.problem import CheckerSpec


@pytest.mark.parametrize(
    ("output", "value"),
    [
        (b"18\n", "18"),
        (b"18.0\n", "18"),
        (b"17.999999999999996", "18"),
        (b"$1,234.50", "1234.5"),
        (b"working\nThe total is 1234.50 dollars.\n\n", "1234.5"),
        (b"-7", "-7"),
        (b"-$7.00", "-7"),
        ("\N{MINUS SIGN}3".encode(), "-3"),
        (b"Sansa earns $90.00 every 3 days.", "90"),
        (b"from $5 to $7 in 2 days", "7"),
        (b"3/4", "0.75"),
        (b"1e3", "1000"),
        (b"x = 5, y = 9", "9"),
        (b"50%", "50"),
        (b"123456789012345678901", "123456789012345678901"),
        (b"3.3333333333", "3.33333"),
        (b"10:30", "10:30"),
        (b" Monday. ", "monday"),
        (b"(1, 2)", "2"),
        (b"1/0", "1/0"),
        (b"", ""),
        (b"\xff\xfe", "\ufffd\ufffd"),
    ],
)
def test_values(output: bytes, value: str) -> None:
    assert printed_value(output) == value


@given(st.binary())
def test_anything_may_be_printed(output: bytes) -> None:
    assert isinstance(printed_value(output), str)


@given(st.integers())
def test_whole_numbers_are_exact(number: int) -> None:
    assert printed_value(f"{number:,}".encode()) == printed_value(f"{number}".encode()) == str(number)


def test_the_checker_compares_values() -> None:
    spec = CheckerSpec(name="answer")
    assert check(spec, "1,080", b"She pays $1080.00").ok
    decision = check(spec, "18", b"")
    assert not decision.ok
    assert decision.reason == "expected 18, found nothing"
