"""pass@k, n@k and intervals against what can be counted by hand."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.metrics import estimate, n_at_k, paired, pass_at_k, shown_ks


@given(st.data(), st.integers(1, 8))
def test_pass_at_k_is_the_share_of_all_subsets_with_a_pass(data: st.DataObject, drawn: int) -> None:
    passed = data.draw(st.integers(0, drawn))
    k = data.draw(st.integers(1, drawn))
    flags = [index < passed for index in range(drawn)]
    subsets = list(itertools.combinations(flags, k))
    assert pass_at_k(drawn, passed, k) == pytest.approx(sum(map(any, subsets)) / len(subsets))


@given(st.integers(1, 400), st.data())
def test_pass_at_k_grows_with_k_and_with_passes(drawn: int, data: st.DataObject) -> None:
    passed = data.draw(st.integers(0, drawn))
    values = [pass_at_k(drawn, passed, k) for k in range(1, drawn + 1)]
    assert values == sorted(values)
    assert values[0] == pytest.approx(passed / drawn)
    assert values[-1] == (1.0 if passed else 0.0)


def test_pass_at_k_of_a_million_samples() -> None:
    assert pass_at_k(1_000_000, 1, 100) == pytest.approx(100 / 1_000_000)


@pytest.mark.parametrize(("drawn", "passed", "k"), [(3, 4, 1), (3, -1, 1), (3, 1, 0), (3, 1, 4)])
def test_pass_at_k_refuses_what_cannot_be(drawn: int, passed: int, k: int) -> None:
    with pytest.raises(ValueError, match="is not between"):
        pass_at_k(drawn, passed, k)


@pytest.mark.parametrize(("drawn", "expected"), [(0, ()), (1, (1,)), (32, (1, 10)), (100, (1, 10, 100))])
def test_shown_ks(drawn: int, expected: tuple[int, ...]) -> None:
    assert shown_ks(drawn) == expected


def test_interval_of_a_share_has_the_binomial_width() -> None:
    found = estimate([1.0] * 50 + [0.0] * 50)
    assert found.value == 0.5
    assert found.low == pytest.approx(0.40, abs=0.015)
    assert found.high == pytest.approx(0.60, abs=0.015)


def test_interval_of_equal_values_is_a_point() -> None:
    found = estimate([0.25] * 7)
    assert (found.low, found.value, found.high) == (0.25, 0.25, 0.25)
    assert found.above_zero


def test_intervals_repeat() -> None:
    values = [index**0.5 for index in range(40)]
    assert estimate(values) == estimate(values)
    assert estimate(values, seed=1) != estimate(values, seed=2)


def test_pairing_takes_out_what_is_common() -> None:
    """Two runs that differ by a constant on very different problems: the paired interval is a point."""
    base = {str(index): index / 100 for index in range(90)}
    better = {name: value + 0.05 for name, value in base.items()}
    found = paired(better, base)
    assert found.value == pytest.approx(0.05)
    assert found.high - found.low < 1e-12


def test_pairing_uses_common_problems_only() -> None:
    assert paired({"a": 1.0, "b": 0.0}, {"a": 0.0, "c": 1.0}).problems == 1
    with pytest.raises(ValueError, match="no problem stands on both sides"):
        paired({"a": 1.0}, {"b": 1.0})


def test_no_problems_is_an_error() -> None:
    with pytest.raises(ValueError, match="no problems"):
        estimate([])


def first_come(chosen: Sequence[int]) -> Sequence[int]:
    return chosen


def test_n_at_k_of_everything_is_one_selection() -> None:
    passed = [False, True, False]
    assert n_at_k(passed, first_come, n=1, k=3) == 0.0
    assert n_at_k(passed, first_come, n=2, k=3) == 1.0


@given(st.integers(2, 12), st.data())
def test_n_at_k_with_no_selection_is_pass_at_k(drawn: int, data: st.DataObject) -> None:
    """Handing in all k of k samples is pass@k: the resampled share comes near the closed form."""
    passed = data.draw(st.lists(st.booleans(), min_size=drawn, max_size=drawn))
    k = data.draw(st.integers(1, drawn))
    found = n_at_k(passed, first_come, n=k, k=k, resamples=600)
    assert found == pytest.approx(pass_at_k(drawn, sum(passed), k), abs=0.11)


def test_n_at_k_reruns_the_selection_on_what_was_drawn() -> None:
    seen: list[tuple[int, ...]] = []

    def select(chosen: Sequence[int]) -> Sequence[int]:
        seen.append(tuple(chosen))
        return chosen

    n_at_k([True, False, False, False], select, n=1, k=2, resamples=50)
    assert len(seen) == 50
    assert {len(chosen) for chosen in seen} == {2}
    assert len(set(seen)) == 6


@pytest.mark.parametrize(("n", "k"), [(1, 0), (1, 4), (0, 1)])
def test_n_at_k_refuses_what_cannot_be(n: int, k: int) -> None:
    with pytest.raises(ValueError, match="must be at least 1"):
        n_at_k([True] * 3, first_come, n=n, k=k)
