from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from codegen.models.choice import draw, uniform

LOGITS = torch.tensor([[2.0, 0.5, 1.0, -1.0, 0.0, 1.5]])


def frequencies(count: int, *, temperature: float = 1.0, top_k: int = 0, top_p: float = 1.0) -> list[float]:
    drawn = draw(
        LOGITS.expand(count, -1),
        [temperature] * count,
        [(number + 0.5) / count for number in range(count)],
        top_k=top_k,
        top_p=top_p,
    )
    return [drawn.tokens.count(token) / count for token in range(LOGITS.shape[1])]


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.0])
def test_evenly_spread_numbers_give_the_distribution(temperature: float) -> None:
    expected = torch.softmax(LOGITS[0] / temperature, 0).tolist()
    assert frequencies(4000, temperature=temperature) == pytest.approx(expected, abs=1e-3)


def test_top_k_keeps_the_likeliest() -> None:
    expected = torch.softmax(LOGITS[0][[0, 5]], 0).tolist()
    found = frequencies(4000, top_k=2)
    assert [found[0], found[5]] == pytest.approx(expected, abs=1e-3)
    assert sum(found) == pytest.approx(1)


def test_top_p_keeps_the_token_that_crosses_it_and_counts_within_top_k() -> None:
    shares = torch.softmax(LOGITS[0], 0)
    assert [token for token, share in enumerate(frequencies(4000, top_p=float(shares[0]) + 0.01)) if share] == [0, 5]
    within = torch.softmax(LOGITS[0][[0, 5]], 0)
    assert [token for token, share in enumerate(frequencies(999, top_k=2, top_p=float(within[0]) - 0.01)) if share] == [
        0
    ]


def test_temperature_zero_is_greedy_beside_rows_that_are_not() -> None:
    drawn = draw(LOGITS.expand(3, -1), [0.0, 5.0, 0.0], [0.999, 0.999, 0.0], top_k=0, top_p=1.0)
    assert (drawn.tokens[0], drawn.tokens[2]) == (0, 0)
    assert drawn.tokens[1] != 0


def test_log_probability_is_the_models_own_whatever_the_settings() -> None:
    drawn = draw(LOGITS, [0.2], [0.5], top_k=2, top_p=0.5)
    assert drawn.logprobs[0] == pytest.approx(float(torch.log_softmax(LOGITS[0], 0)[drawn.tokens[0]]), abs=1e-5)


@pytest.mark.parametrize("top_p", [0.9, 0.99999, 1.0])
def test_a_flat_distribution_beyond_the_first_candidates_is_still_exact(top_p: float) -> None:
    flat = torch.zeros(1, 5000)
    tokens = {draw(flat, [1.0], [u / 500], top_k=0, top_p=top_p).tokens[0] for u in range(500)}
    assert len(tokens) == 500


@pytest.mark.parametrize(("top_p", "min_p"), [(1.0, 0.0), (0.99, 0.0), (1.0, 0.001), (0.5, 0.1)])
def test_many_draws_of_one_row_are_those_of_as_many_equal_rows(top_p: float, min_p: float) -> None:
    generator = torch.Generator().manual_seed(1)
    rows = torch.randn(2, 5000, generator=generator)
    luck = [(u + 0.5) / 50 for u in range(50)]
    once = draw(rows, [1.0, 2.0], [*luck, *luck], top_k=0, top_p=top_p, min_p=min_p)
    each = [
        draw(rows[row : row + 1], [1.0 + row], [number], top_k=0, top_p=top_p, min_p=min_p)
        for row in range(2)
        for number in luck
    ]
    assert once.tokens == [one.tokens[0] for one in each]
    assert once.logprobs == [one.logprobs[0] for one in each]


def test_all_tokens_are_drawn_by_their_order_of_likelihood_without_a_cut() -> None:
    logits = torch.randn(1, 5000, generator=torch.Generator().manual_seed(2))
    shares, order = torch.softmax(logits[0].double(), 0).sort(descending=True)
    heights = shares.cumsum(0)
    for number in range(40):
        luck = (number + 0.5) / 40
        expected = int(order[torch.searchsorted(heights, luck)])
        assert draw(logits, [1.0], [luck], top_k=0, top_p=1.0).tokens == [expected]


def test_extreme_logits() -> None:
    logits = torch.tensor([[1e4, -1e4, float("-inf")]])
    assert draw(logits, [1.0], [0.9999999], top_k=3, top_p=1.0).tokens == [0]


@settings(deadline=None)
@given(st.integers(0, 2**70), st.integers(0, 10**6))
def test_uniform_is_a_function_into_the_unit_interval(seed: int, step: int) -> None:
    assert 0 <= uniform(seed, step) < 1
    assert uniform(seed, step) == uniform(seed, step)


def test_uniform_passes_chi_square_over_seeds_and_over_steps() -> None:
    for numbers in ([uniform(seed, 0) for seed in range(6400)], [uniform(7, step) for step in range(6400)]):
        counts = [0] * 64
        for number in numbers:
            counts[math.floor(number * 64)] += 1
        assert sum((count - 100) ** 2 / 100 for count in counts) < 112  # 0.9999 quantile at 63 degrees of freedom


def test_min_p_keeps_what_is_likely_enough_beside_the_likeliest() -> None:
    shares = torch.softmax(LOGITS[0], 0)
    kept = {token for token, share in enumerate(shares) if share >= 0.3 * shares[0]}
    drawn = draw(
        LOGITS.expand(999, -1), [1.0] * 999, [(n + 0.5) / 999 for n in range(999)], top_k=0, top_p=1, min_p=0.3
    )
    assert set(drawn.tokens) == kept == {0, 2, 5}


def test_a_row_that_needs_all_tokens_leaves_its_neighbours_alone() -> None:
    generator = torch.Generator().manual_seed(0)
    # Many ties, as bfloat16 makes them: their order must not depend on the company either.
    peaked = (torch.randn(8, 5000, generator=generator) * 8).round() / 2
    flat = torch.zeros(1, 5000)
    luck = [0.05 + 0.1 * row for row in range(8)]
    alone = draw(peaked, [1.0] * 8, luck, top_k=0, top_p=0.9)
    company = draw(torch.cat([peaked, flat]), [1.0] * 9, [*luck, 0.99], top_k=0, top_p=0.9)
    assert company.tokens[:8] == alone.tokens
