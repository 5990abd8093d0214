"""Behaviours -> the input to ask about: "these programs differ on `3 1`: is it 4 or 2?"

One answer tells every behaviour with another output on that input to be wrong. The best input is the one after which
the likeliest behaviour is right most often, one question ahead: over its outputs the sum of the largest weight that
each one keeps. Where a program ends without an output, a right one may do so too, if the input is not valid; the answer
is then "invalid input" and tells nothing, so that only the likeliest behaviour counts there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from codegen.fingerprints import NOT_RUN, is_output
from codegen.inputs.validity import validity

MAX_OPTIONS = 6
"""Outputs that are offered; a right one that is not among them is "neither"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What the programs of one cluster do.

    Attributes:
        digests: Of the outcome on each input.
        weight: How likely it is right, on any scale.
    """

    digests: Sequence[str]
    weight: float


def value(digests: Sequence[str], weights: Sequence[float]) -> float:
    """Weight that is expected to be right after asking about an input on which behaviours have these outcomes."""
    kept: dict[str, float] = {}
    for digest, weight in zip(digests, weights, strict=True):
        kept[digest] = max(kept.get(digest, 0.0), weight)
    top = max(range(len(weights)), key=weights.__getitem__)
    silent_top = 0.0 if is_output(digests[top]) else weights[top]
    return sum(weight for digest, weight in kept.items() if is_output(digest)) + silent_top


def worth(digests: Sequence[str], weights: Sequence[float], *, plausible: bool = True) -> float:
    """The value of asking, less where the input is unlikely to be a valid one."""
    answered = sum(weight for digest, weight in zip(digests, weights, strict=True) if is_output(digest))
    valid = validity(plausible=plausible, answered=answered, programs=sum(weights))
    return value(digests, weights) * (1 + valid) / 2


def best_input(
    behaviours: Sequence[Behaviour], asked: Iterable[int] = (), *, plausible: Callable[[int], bool] = lambda _: True
) -> int | None:
    """Position of the input to ask about next; None when no input that was not asked about tells any two apart.

    Args:
        plausible: Whether the input at a position is like the examples and as the statement says.
    """
    best: tuple[float, int] | None = None
    weights = [each.weight for each in behaviours]
    for position in set(range(min((len(each.digests) for each in behaviours), default=0))) - set(asked):
        digests = [each.digests[position] for each in behaviours]
        if len({digest for digest in digests if digest != NOT_RUN.digest}) < 2 or not any(map(is_output, digests)):
            continue
        rank = (worth(digests, weights, plausible=plausible(position)), -position)
        best = max(best, rank) if best is not None else rank
    return None if best is None else -best[1]


def offered(digests: Sequence[str], weights: Sequence[float]) -> tuple[str, ...]:
    """The outputs to choose from: those of the weightiest behaviours first, at most MAX_OPTIONS."""
    sums: dict[str, float] = {}
    for digest, weight in zip(digests, weights, strict=True):
        if is_output(digest):
            sums[digest] = sums.get(digest, 0.0) + weight
    return tuple(sorted(sums, key=lambda digest: -sums[digest])[:MAX_OPTIONS])
