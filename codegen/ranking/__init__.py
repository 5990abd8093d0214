"""Clusters -> submissions: which survivors are handed in, and in which order. One ranker a file, one table."""

from __future__ import annotations

import importlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from codegen.clustering import Cluster
from codegen.errors import UsageError

RANKERS = {
    "cluster": "codegen.ranking.alphacode:rank",
    "random": "codegen.ranking.random_order:rank",
    "majority-text": "codegen.ranking.majority_text:rank",
    "max-pass": "codegen.ranking.max_pass:rank",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A sample that may be submitted, with what rankers look at.

    Attributes:
        index: Of the sample.
        key: Equal for equal programs (`codegen.programs.program_key`).
        passed: How many public tests it passed.
        length: Characters of the program.
        logprob: Mean log-probability of a token; None where not known.
    """

    index: int
    key: str
    passed: int = 0
    length: int = 0
    logprob: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """What a ranker works on.

    Attributes:
        candidates: The samples that may be submitted, by number.
        clusters: Their behaviours, largest first; every candidate is in exactly one.
        seed: For rankers that draw lots.
    """

    candidates: Mapping[int, Candidate]
    clusters: Sequence[Cluster]
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A sample that is handed in.

    Attributes:
        rank: From 1.
        cluster: Place of its cluster among the clusters, from 0.
        cluster_size: Samples in that cluster.
    """

    rank: int
    sample_index: int
    cluster: int
    cluster_size: int


class Ranker(Protocol):
    """Puts candidates in order, best first. Equal programs may come more than once: only the first is submitted."""

    def __call__(self, pool: Pool) -> Sequence[int]: ...


def load_ranker(name: str) -> Ranker:
    """The ranker of that name. Raises UsageError naming the choices."""
    if name not in RANKERS:
        raise UsageError(f"ranker '{name}' is not known; choose from {', '.join(RANKERS)}")
    module, _, attribute = RANKERS[name].partition(":")
    ranker: Ranker = getattr(importlib.import_module(module), attribute)
    return ranker


def submit(pool: Pool, ranker: str, *, limit: int) -> tuple[Submission, ...]:
    """The first `limit` different programs in the ranker's order."""
    place = {index: number for number, group in enumerate(pool.clusters) for index in group.members}
    chosen: list[Submission] = []
    sent: set[str] = set()
    for index in load_ranker(ranker)(pool):
        key = pool.candidates[index].key
        if key in sent:
            continue
        sent.add(key)
        number = place[index]
        size = pool.clusters[number].size
        chosen.append(Submission(rank=len(chosen) + 1, sample_index=index, cluster=number, cluster_size=size))
        if len(chosen) == limit:
            break
    return tuple(chosen)


def by_preference(members: Sequence[int], candidates: Mapping[int, Candidate]) -> list[int]:
    """Members of a cluster, one a program, the best to show first.

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
