"""What rankers work on and what they give: one value that holds everything that execution told.

Three matrices: samples x public tests (`Candidate.passed`), samples x generated inputs (the clusters' fingerprints),
samples x generated asserts (`Candidate.asserts`). One that a pool has not makes the rankers that need it not feedable.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from codegen.clustering import Cluster

if TYPE_CHECKING:
    from codegen.ranking.observed import Observed


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A sample that may be submitted, with what rankers look at.

    Attributes:
        index: Of the sample.
        key: Equal for equal programs.
        passed: How many public tests it passed.
        asserts: One byte a generated assert, 1 where it holds; None where none were written.
        length: How much code it is (`codegen.programs.code_size`).
        logprob: Mean log-probability of a token; None where not known.
        review: Mean log-probability of a token of the statement given the program; None where not known.
        further: Stands for what it did on inputs that clusters are not told apart by; equal where that is equal.
    """

    index: int
    key: str
    passed: int = 0
    asserts: bytes | None = None
    length: int = 0
    logprob: float | None = None
    review: float | None = None
    further: str = ""


class Votes(Protocol):
    """Whoever says which of two outputs is right: a model that is asked, or a person."""

    def prefer(self, input_place: int, first: str, second: str) -> float:
        """How much the first output is to be preferred on that generated input: 1 sure, 0.5 no idea, 0 the second."""


@dataclass(frozen=True, kw_only=True)
class Pool:
    """What a ranker works on.

    Attributes:
        candidates: The samples that may be submitted, by number.
        clusters: Their behaviours, largest first; every candidate is in exactly one.
        seed: For rankers that draw lots.
        votes: For rankers that ask.
        drawn: How many samples were drawn, those that did not survive included; 0: not known.
        filtered: Whether there are public tests, and every candidate passed all of them.
    """

    candidates: Mapping[int, Candidate]
    clusters: Sequence[Cluster]
    seed: int
    votes: Votes | None = None
    drawn: int = 0
    filtered: bool = False

    @cached_property
    def observed(self) -> Observed:
        """The clusters as arrays."""
        from codegen.ranking.observed import observed

        return observed(self.candidates, self.clusters)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Samples that a ranker takes for one, with their score: the higher the better, equal scores are ties."""

    members: tuple[int, ...]
    score: float


class Ranker(Protocol):
    """Puts the candidates in groups, each in exactly one. Among ties the ranker's order is kept.

    Raises:
        UsageError: The pool has not what the ranker goes by; says what.
    """

    def __call__(self, pool: Pool) -> Sequence[Group]: ...


def by_preference(members: Sequence[int], candidates: Mapping[int, Candidate]) -> list[int]:
    """Members of a group, one a program, the best to show first.

    The program that was written most often, then the likeliest, then the shortest, then the first.
    """
    times: dict[str, int] = {}
    first: dict[str, int] = {}
    for index in members:
        key = candidates[index].key
        times[key] = times.get(key, 0) + 1
        first.setdefault(key, index)

    def preference(index: int) -> tuple[int, float, int, int]:
        candidate = candidates[index]
        logprob = candidate.logprob if candidate.logprob is not None else -math.inf
        return (-times[candidate.key], -logprob, candidate.length, index)

    return sorted(first.values(), key=preference)


def by_program(pool: Pool) -> list[tuple[int, ...]]:
    """Groups of equal programs, the most frequent first."""
    members: dict[str, list[int]] = {}
    for index in sorted(pool.candidates):
        members.setdefault(pool.candidates[index].key, []).append(index)
    return [tuple(group) for group in sorted(members.values(), key=lambda group: (-len(group), group[0]))]
