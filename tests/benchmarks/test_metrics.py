"""pass@k, n@k and intervals against what can be counted by hand."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.metrics import draws, estimate, paired, pass_at_k, shown_ks


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


def test_drawing_everything_is_one_set() -> None:
    assert list(draws(3, 3)) == [range(3)]


def test_draws_are_sets_of_k_and_come_again_with_the_same_seed() -> None:
    found = [tuple(chosen) for chosen in draws(4, 2, seed="a", resamples=50)]
    assert len(found) == 50
    assert set(found) == {(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)}
    assert found == [tuple(chosen) for chosen in draws(4, 2, seed="a", resamples=50)]
    assert found != [tuple(chosen) for chosen in draws(4, 2, seed="b", resamples=50)]


@pytest.mark.parametrize("k", [0, 4])
def test_draws_refuse_what_cannot_be(k: int) -> None:
    with pytest.raises(ValueError, match="between 1 and 3"):
        list(draws(3, k))


def test_many_problems_get_fewer_resamples() -> None:
    """The interval is still that of the mean: 0.5 +- 1.96 * 0.5 / sqrt(40,000)."""
    found = estimate([0.0, 1.0] * 20_000)
    assert found.value == 0.5
    assert found.low == pytest.approx(0.4951, abs=0.0008)
    assert found.high == pytest.approx(0.5049, abs=0.0008)
