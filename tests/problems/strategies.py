"""Values and problems for property tests."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from problems.checkers import CHECKERS
from problems.problem import Call, CheckerSpec, Problem, Stdio, TestCase

hashables: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.binary(max_size=8)
    | st.complex_numbers(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.frozensets(inner, max_size=3),
    max_leaves=5,
)
values: st.SearchStrategy[Any] = st.recursive(
    hashables,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=3).map(tuple)
        | st.sets(hashables, max_size=3)
        | st.dictionaries(hashables, inner, max_size=3)
    ),
    max_leaves=10,
)

names = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True).filter(str.isidentifier)
stdio_tests = st.lists(
    st.builds(TestCase, input=st.text(), output=st.none() | st.text(), name=st.text(max_size=5)),
    max_size=3,
    unique_by=lambda case: case.input,
).map(tuple)
call_tests = st.lists(
    st.builds(TestCase.call, st.lists(values, max_size=2).map(tuple), values),
    max_size=3,
    unique_by=lambda case: case.input,
).map(tuple)
_common: dict[str, Any] = {
    "id": st.from_regex(r"[A-Za-z0-9/_.-]{1,12}", fullmatch=True),
    "statement": st.text().filter(str.strip),
    "time_limit_s": st.none() | st.floats(min_value=0.01, max_value=1e6),
    "memory_limit_bytes": st.none() | st.integers(1, 1 << 40),
    "tags": st.lists(st.text(), max_size=3).map(tuple),
    "rating": st.none() | st.integers(800, 3500),
    "difficulty": st.sampled_from([None, "easy", "medium", "hard"]),
    "source": st.text(),
    "checker": st.builds(
        CheckerSpec,
        name=st.sampled_from(sorted(CHECKERS)),
        absolute=st.floats(0, 1e9),
        relative=st.floats(0, 1e9),
    ),
}
problems = st.builds(Problem, interface=st.just(Stdio()), public_tests=stdio_tests, **_common) | st.builds(
    Problem,
    interface=st.builds(Call, entry_point=names, signature=st.text(), starter_code=st.text()),
    public_tests=call_tests,
    **_common,
)
