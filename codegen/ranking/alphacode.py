"""AlphaCode's order: one program a behaviour, largest cluster first, then round again (Li et al. 2022, 2203.07814)."""

from __future__ import annotations

from itertools import zip_longest

from codegen.clustering import Cluster
from codegen.fingerprints import NOT_RUN
from codegen.ranking import Pool, by_preference
from sandbox.execution import Status

_FAILED = {status.value for status in Status if status is not Status.OK} | {NOT_RUN.digest}


def rank(pool: Pool) -> list[int]:
    """Clusters that fail on every generated input come behind all others, whatever their size."""
    ordered = sorted(pool.clusters, key=_fails_everywhere)  # stable: largest first within each half
    columns = [by_preference(group.members, pool.candidates) for group in ordered]
    return [index for turn in zip_longest(*columns) for index in turn if index is not None]


def _fails_everywhere(group: Cluster) -> bool:
    return bool(group.fingerprint.outcomes) and all(digest in _FAILED for digest in group.fingerprint.behaviour)
