"""Logits -> next tokens: top-k, top-p and min-p, each row with its own temperature and its own random number.

The order (temperature, top-k, top-p over what top-k left, min-p) is the one of most samplers, so settings carry over.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

_MANY = 1024
"""Candidates looked at first where top-k is off; the nucleus nearly always lies within them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """The tokens drawn for the rows, and the log-probability of each under the model's own distribution."""

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
    """Draw one token a row by inverting the cumulative distribution of its candidates.

    Args:
        logits: Float32, rows x vocabulary.
        temperatures: One a row; 0 takes the likeliest token.
        uniforms: One a row, in [0, 1).
        top_k, top_p, min_p: As in `SamplingParams`.
    """
    vocabulary = logits.shape[1]
    heat = torch.tensor(temperatures, device=logits.device).unsqueeze(1)
    luck = torch.tensor(uniforms, dtype=torch.float64, device=logits.device).unsqueeze(1)
    # A row at temperature 0 is drawn from its best candidate alone; 1 stands in so that nothing divides by 0.
    divisor = torch.where(heat > 0, heat, 1.0)
    count = min(top_k or _MANY, vocabulary)
    values, tokens = logits.topk(count)
    tempered = values / divisor
    if top_k == 0 and count < vocabulary:
        total = torch.logsumexp(logits / divisor, dim=1, keepdim=True)
        wide = ((tempered - total).exp().sum(dim=1) < top_p) & (heat[:, 0] > 0)
    else:
        total = torch.logsumexp(tempered, dim=1, keepdim=True)
        wide = torch.zeros(len(logits), dtype=torch.bool, device=logits.device)
    chosen = tokens.gather(1, _places((tempered - total).exp(), heat, luck, top_p=top_p, min_p=min_p)).squeeze(1)
    # Rows whose nucleus goes beyond the candidates are done anew by themselves: the others must not feel them.
    for row in wide.nonzero().flatten().tolist():
        ordered, everything = logits[row : row + 1].sort(dim=1, descending=True)
        shares = (ordered / divisor[row] - total[row]).exp()
        place = _places(shares, heat[row : row + 1], luck[row : row + 1], top_p=top_p, min_p=min_p)
        chosen[row] = everything[0, place[0, 0]]
    own = torch.softmax(logits, dim=1).gather(1, chosen.unsqueeze(1)).squeeze(1)
    return Draw(tokens=chosen.tolist(), logprobs=own.clamp_min(1e-38).log().tolist())


def _places(
    shares: torch.Tensor, heat: torch.Tensor, luck: torch.Tensor, *, top_p: float, min_p: float
) -> torch.Tensor:
    """Which candidate each row's random number falls on; `shares` go down from left to right."""
    shares = shares.double()
    before = shares.cumsum(dim=1) - shares
    shares = torch.where((before < top_p) & (shares >= min_p * shares[:, :1]), shares, 0.0)
    shares[:, 1:] = torch.where(heat > 0, shares[:, 1:], 0.0)
    heights = shares.cumsum(dim=1)
    places = torch.searchsorted(heights, luck * heights[:, -1:], right=True)
    # Rounding can lift the product to the very top; the last candidate with a share is meant then.
    return places.minimum((shares > 0).sum(dim=1, keepdim=True) - 1)
