from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from problems.errors import ValueFormatError
from problems.values import MAX_DEPTH, canonical, dumps, loads
from tests.problems.strategies import values


def same(one: Any, other: Any) -> bool:
    """Equal and of equal types all the way down."""
    return repr(one) == repr(other) or (type(one) is type(other) and one == other)


@given(values)
def test_what_is_written_is_read_back(value: Any) -> None:
    text = dumps(value)
    assert same(loads(text), value)
    assert same(loads(text.encode()), value)
    assert dumps(loads(text)) == text


def test_values_that_are_not_numbers_survive() -> None:
    for value in (float("nan"), float("inf"), -float("inf"), complex(float("nan"), float("-inf")), -0.0):
        assert repr(loads(dumps([value]))) == repr([value])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ((1, [2.0, None]), '{"tuple":[1,[2.0,null]]}'),
        ({3: {4}}, '{"dict":[[3,{"set":[4]}]]}'),
        (1 << 63, '{"int":"0x8000000000000000"}'),
        (-(1 << 63), "-9223372036854775808"),
        (b"hi", '{"bytes":"6869"}'),
        (1j, '{"complex":[0.0,1.0]}'),
        ("é", '"é"'),
        ("\ud800", '"\\ud800"'),
        (frozenset({"b", "a", "c"}), '{"frozenset":["a","b","c"]}'),
    ],
)
def test_wire_form(value: Any, text: str) -> None:
    assert dumps(value) == text
    assert loads(text) == value


class Number(int):
    """Not an exact int."""


@pytest.mark.parametrize("value", [object(), Number(3), [Number(3)], ..., range(3), bytearray(b"x"), len])
def test_other_types_have_no_wire_form(value: Any) -> None:
    with pytest.raises(ValueFormatError, match="no wire form"):
        dumps(value)


def test_nesting_has_a_limit_on_both_sides() -> None:
    value: Any = 0
    for _ in range(MAX_DEPTH):
        value = [value]
    assert loads(dumps(value)) == value
    with pytest.raises(ValueFormatError, match="nested deeper"):
        dumps([value])
    with pytest.raises(ValueFormatError, match="nested deeper"):
        loads("[" * (MAX_DEPTH + 1) + "0" + "]" * (MAX_DEPTH + 1))


@given(st.text() | st.binary())
def test_any_text_is_a_value_or_is_refused(text: str | bytes) -> None:
    with contextlib.suppress(ValueFormatError):
        loads(text)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff\x00",
        b"[" * 10_000_000,
        b"1" * 5_000,
        b"NaN",
        b"-Infinity",
        b'{"set":[[1]]}',
        b'{"dict":[[1]]}',
        b'{"dict":[[1,2,3]]}',
        b'{"dict":["ab"]}',
        b'{"dict":[[[],1]]}',
        b'{"int":"z"}',
        b'{"int":5}',
        b'{"float":"one"}',
        b'{"bytes":"0"}',
        b'{"complex":[1]}',
        b'{"complex":["a","b"]}',
        b'{"tuple":[],"set":[]}',
        b"{}",
        b'{"object":[]}',
        b'{"tuple":5}',
    ],
)
def test_hostile_texts_are_refused(text: bytes) -> None:
    with pytest.raises(ValueFormatError):
        loads(text)


def test_members_with_one_hash_are_refused_before_they_cost_quadratic_time() -> None:
    prime = (1 << 61) - 1
    members = ",".join(f'{{"int":"{prime * each:#x}"}}' for each in range(50_000))
    with pytest.raises(ValueFormatError, match="one hash"):
        loads(f'{{"set":[{members}]}}')


@given(values, values)
def test_values_that_are_equal_have_one_canonical_text(one: Any, other: Any) -> None:
    if one == other:
        assert canonical(one) == canonical(other)


@given(values)
def test_canonical_text_does_not_depend_on_the_way_through_the_wire(value: Any) -> None:
    assert canonical(loads(dumps(value))) == canonical(value)


@pytest.mark.parametrize(
    "group",
    [
        [1, 1.0, True, 1 + 0j],
        [0, -0.0, False],
        [10**15, 1e15],
        [2**70, float(2**70)],
        [{1: [True], "b": 2}, {"b": 2.0, 1.0: [1]}],
        [{1, 2}, {2, 1}, frozenset({1.0, 2})],
        [0.1 + 0.2, 0.3],
        [1e10 + 0.1, 1e10 + 0.1000001],
        [float("nan"), -float("nan")],
    ],
)
def test_canonical_text_of_equals(group: list[Any]) -> None:
    assert len({canonical(value) for value in group}) == 1


@pytest.mark.parametrize(
    "group", [[[1], (1,)], ["1", 1, b"1"], [[[1], [2]], [[1, 2]]], [{}, set(), [], ()], [None, 0, ""], [0.1, 0.2]]
)
def test_canonical_text_of_others(group: list[Any]) -> None:
    assert len({canonical(value) for value in group}) == len(group)


def test_a_set_has_one_text_in_every_process() -> None:
    code = "from problems.values import dumps; print(dumps({str(i) for i in range(20)}))"
    root = Path(__file__).parents[2]
    texts = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(texts) == 1
