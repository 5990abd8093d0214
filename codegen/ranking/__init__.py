"""Clusters -> submissions: which survivors are handed in, and in which order. One ranker a file, one table."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest

from codegen.clustering import Cluster
from codegen.errors import NotFeedableError, UsageError
from codegen.fingerprints import Fingerprint
from codegen.ranking.pool import Candidate, Group, Pool, Ranker, Votes, by_preference

__all__ = [
    "RANKERS",
    "Candidate",
    "Group",
    "Pool",
    "Ranker",
    "Submission",
    "Votes",
    "by_preference",
    "check_ranker",
    "feedable",
    "load_ranker",
    "submit",
]

RANKERS = {
    "cluster": "codegen.ranking.alphacode:rank",
    "random": "codegen.ranking.random_order:rank",
    "majority-text": "codegen.ranking.majority_text:rank",
    "max-pass": "codegen.ranking.max_pass:rank",
    "mbr-exec": "codegen.ranking.mbr_exec:rank",
    "codet": "codegen.ranking.codet:rank",
    "srank": "codegen.ranking.srank:rank",
    "b4": "codegen.ranking.b4:rank",
    "aces": "codegen.ranking.aces:rank",
    "logprob": "codegen.ranking.logprob:rank",
    "coder-reviewer": "codegen.ranking.coder_reviewer:rank",
    "distinguish": "codegen.ranking.distinguish:rank",
    "blend": "codegen.ranking.blend:rank",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A sample that is handed in.

    Attributes:
        rank: From 1.
        cluster: Place of its cluster among the clusters, from 0.
        cluster_size: Samples in that cluster.
        confidence: Calibrated chance that it is right; None in runs of versions that did not tell.
    """

    rank: int
    sample_index: int
    cluster: int
    cluster_size: int
    confidence: float | None = None


def load_ranker(name: str) -> Ranker:
    """The ranker of that name. Raises UsageError naming the choices."""
    if name not in RANKERS:
        raise UsageError(f"ranker '{name}' is not known; choose from {', '.join(RANKERS)}")
    module, _, attribute = RANKERS[name].partition(":")
    ranker: Ranker = getattr(importlib.import_module(module), attribute)
    return ranker


def feedable(name: str, pools: Iterable[Pool]) -> bool:
    """Whether the pools have what a ranker goes by; told from the first one that holds a candidate."""
    for pool in pools:
        if pool.candidates:
            try:
                load_ranker(name)(pool)
            except NotFeedableError:
                return False
            return True
    return True


def check_ranker(name: str, *, tested: bool = False) -> None:
    """Raise UsageError at once for a ranker that a run could not feed in the end.

    Args:
        tested: Whether the model is to write tests.
    """
    probe = Candidate(index=0, key="", logprob=0.0, asserts=b"\1" if tested else None)
    group = Cluster(members=(0,), fingerprint=Fingerprint(outcomes=()))
    load_ranker(name)(Pool(candidates={0: probe}, clusters=(group,), seed=0))


def submit(pool: Pool, ranker: str, *, limit: int) -> tuple[Submission, ...]:
    """One program a group in the ranker's order, then round again, to `limit` different programs.

    Raises:
        UsageError: Unknown ranker, or the pool has not what it goes by.
    """
    groups = sorted(load_ranker(ranker)(pool), key=lambda group: -group.score)  # stable: ties as the ranker has them
    columns = [by_preference(group.members, pool.candidates) for group in groups]
    place = {index: number for number, group in enumerate(pool.clusters) for index in group.members}
    chosen: list[Submission] = []
    sent: set[str] = set()
    for index in (index for turn in zip_longest(*columns) for index in turn if index is not None):
        if len(chosen) == limit:
            break
        key = pool.candidates[index].key
        if key in sent:
            continue
        sent.add(key)
        number = place[index]
        size = pool.clusters[number].size
        chosen.append(Submission(rank=len(chosen) + 1, sample_index=index, cluster=number, cluster_size=size))
    return tuple(chosen)
