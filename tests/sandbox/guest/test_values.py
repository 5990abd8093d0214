"""The guest's copy of the wire form agrees with the host's, and takes what programs return."""

from __future__ import annotations

import collections
import enum
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from problems import values as host
from sandbox.guest import values as guest

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.complex_numbers()
    | st.sampled_from([1 << 63, -(1 << 63), (1 << 63) - 1, 10**400, -0.0])
)
hashable = st.recursive(scalars, lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3), max_leaves=5)
anything = st.recursive(
    hashable,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(hashable, inner, max_size=3)
        | st.sets(hashable, max_size=3)
    ),
    max_leaves=12,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(anything)
def test_the_host_reads_what_the_guest_writes(value: Any) -> None:
    assert host.dumps(host.loads(guest.dumps(value))) == host.dumps(value)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(anything)
def test_the_guest_reads_what_the_host_writes(value: Any) -> None:
    assert host.dumps(guest.loads(host.dumps(value))) == host.dumps(value)


numbers = st.integers() | st.floats() | st.booleans() | st.sampled_from([(1 << 63) - 1, 1 << 63, -(1 << 63), 1e308])
words = st.text() | st.none() | st.booleans()


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(numbers, max_size=30) | st.lists(words, max_size=30))
def test_lists_of_plain_items_are_written_as_the_host_does(value: list[Any]) -> None:
    assert guest.dumps(value) == host.dumps(value)


class _Colour(enum.IntEnum):
    RED = 3


class _Liar(list):  # type: ignore[type-arg]
    def __iter__(self) -> Any:
        return iter([42])

    def __len__(self) -> int:
        return 1


class _Text(str):
    def __str__(self) -> str:
        return "other"


@pytest.mark.parametrize(
    ("value", "base"),
    [
        (collections.Counter("aab"), {"a": 2, "b": 1}),
        (collections.defaultdict(list, {1: [2]}), {1: [2]}),
        (collections.OrderedDict(a=1), {"a": 1}),
        (collections.namedtuple("Point", "x y")(1, 2), (1, 2)),
        (_Colour.RED, 3),
        (_Liar([1, 2]), [1, 2]),
        (_Text("true"), "true"),
        (re.match("a", "a"), True),
        (re.match("a", "b"), None),
    ],
)
def test_subclasses_leave_as_their_base(value: Any, base: Any) -> None:
    found = host.loads(guest.dumps(value))
    assert found == base
    assert type(found) is type(base)


@pytest.mark.parametrize("value", [object(), (x for x in ()), print, [object()], range(3), {1: lambda: 0}])
def test_other_types_have_no_wire_form(value: Any) -> None:
    with pytest.raises(guest.NoWireFormError, match="cannot be returned"):
        guest.dumps(value)


def test_endless_nesting_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(guest.NoWireFormError, match="nested deeper"):
        guest.dumps(endless)
