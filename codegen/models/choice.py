"""Logits -> next tokens: top-k, top-p and min-p, each row with its own temperature and its own random number.

The order (temperature, top-k, top-p over what top-k left, min-p) is the one of most samplers, so settings carry over.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import torch

_MANY = 1024
"""Candidates looked at first where top-k is off; the nucleus nearly always lies within them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """The tokens drawn, in the order of their random numbers, and each one's log-probability as the model has it."""

    tokens: list[int]
    logprobs: list[float]


def uniform(seed: int, step: int) -> float:
    """A number in [0, 1) that is a function of both arguments alone (SplitMix64, Steele et al. 2014)."""
    mask = (1 << 64) - 1
    z = (seed * 0xD1342543DE82EF95 + (step + 1) * 0x9E3779B97F4A7C15) & mask
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        z = ((z ^ (z >> shift)) * factor) & mask
    return ((z ^ (z >> 31)) >> 11) / (1 << 53)


def draw(
    logits: torch.Tensor,
    temperatures: list[float],
    uniforms: list[float],
    *,
    top_k: int,
    top_p: float,
    min_p: float = 0.0,
) -> Draw:
    """Draw tokens for each row by inverting the cumulative distribution of its candidates.

    Args:
        logits: Float32, rows x vocabulary.
        temperatures: One a row; 0 takes the likeliest token.
        uniforms: In [0, 1), one a token; as many for each row, those of a row side by side.
        top_k, top_p, min_p: As in `SamplingParams`.
    """
    vocabulary = logits.shape[1]
    heat = torch.tensor(temperatures, device=logits.device).unsqueeze(1)
    luck = torch.tensor(uniforms, dtype=torch.float64, device=logits.device).view(len(logits), -1)
    # A row at temperature 0 is drawn from its best candidate alone; 1 stands in so that nothing divides by 0.
    divisor = torch.where(heat > 0, heat, 1.0)
    count = min(top_k or _MANY, vocabulary)
    values, tokens = logits.topk(count)
    tempered = values / divisor
    total = torch.logsumexp(logits / divisor if top_k == 0 else tempered, dim=1, keepdim=True)
    shares = (tempered - total).exp().double()
    # Where nothing is cut off, what is kept weighs 1, so candidates can be chosen without a look at the others.
    whole = top_k == 0 and top_p >= 1 and min_p == 0
    places = partial(_places, top_p=top_p, min_p=min_p, whole=whole)
    chosen = tokens.gather(1, places(shares, heat, luck))
    if top_k == 0 and count < vocabulary:
        inside = shares.sum(dim=1, keepdim=True)
        wide = (inside < top_p) & (shares[:, -1:] >= min_p * shares[:, :1]) & (heat > 0)
        wide = wide & (luck >= inside) if whole else wide.expand_as(luck)
        # What goes beyond the candidates is done anew by itself: the others must not feel it.
        for row in wide.any(dim=1).nonzero().flatten().tolist():
            ordered, everything = logits[row].sort(descending=True)
            shares = (ordered / divisor[row] - total[row]).exp().double().unsqueeze(0)
            anew = everything[places(shares, heat[row : row + 1], luck[row : row + 1])[0]]
            chosen[row] = torch.where(wide[row], anew, chosen[row])
    own = torch.softmax(logits, dim=1).gather(1, chosen)
    return Draw(tokens=chosen.flatten().tolist(), logprobs=own.clamp_min(1e-38).log().flatten().tolist())


def _places(
    shares: torch.Tensor, heat: torch.Tensor, luck: torch.Tensor, *, top_p: float, min_p: float, whole: bool
) -> torch.Tensor:
    """Which candidate each random number falls on; `shares` go down from left to right.

    Args:
        whole: The candidates that are not here are meant as well; a number that falls on one of them gives the last.
    """
    before = shares.cumsum(dim=1) - shares
    shares = torch.where((before < top_p) & (shares >= min_p * shares[:, :1]), shares, 0.0)
    shares[:, 1:] = torch.where(heat > 0, shares[:, 1:], 0.0)
    heights = shares.cumsum(dim=1)
    places = torch.searchsorted(heights, luck if whole else luck * heights[:, -1:], right=True)
    # Rounding can lift the product to the very top; the last candidate with a share is meant then.
    return places.minimum((shares > 0).sum(dim=1, keepdim=True) - 1)
