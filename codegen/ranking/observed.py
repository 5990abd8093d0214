"""Clusters and asserts as arrays. Everything costs time linear in clusters x inputs, candidates x asserts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from codegen.clustering import Cluster
from codegen.errors import NotFeedableError
from codegen.fingerprints import NONE, NOT_RUN
from codegen.ranking.pool import Candidate
from sandbox.execution import Status

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_FAILED = frozenset(status.value for status in Status if status is not Status.OK) | {NOT_RUN.digest}


@dataclass(frozen=True, kw_only=True)
class Observed:
    """Attributes:
    members: Samples of each cluster.
    sizes: How many these are; repeats count.
    codes: Clusters x inputs: one number an output, the same on all inputs. Below zero: failed.
    nones: Clusters x inputs, where None was returned.
    """

    members: tuple[tuple[int, ...], ...]
    sizes: Floats
    codes: Codes
    nones: Flags
    _candidates: Mapping[int, Candidate]

    @cached_property
    def failed(self) -> Flags:
        below: Flags = np.less(self.codes, 0)
        return below

    @cached_property
    def dead(self) -> Flags:
        """Clusters that fail on every input (none, where there are no inputs)."""
        everywhere: Flags = np.all(self.failed, axis=1) & bool(self.codes.shape[1])
        return everywhere

    def agreement(self, values: Floats, *, failures_agree: bool = False) -> Floats:
        """For each cluster the sum over all clusters of value x share of inputs with equal outputs.

        One pass over the inputs, not over pairs: those with one output share one sum.
        """
        inputs = self.codes.shape[1]
        if not inputs:
            return np.full(len(self.members), values.sum())
        total = np.zeros(len(self.members))
        for place in range(inputs):
            column = self.codes[:, place]
            shifted = column - column.min()
            sums = np.bincount(shifted, weights=values)
            share = sums[shifted]
            if not failures_agree:
                share = np.where(column < 0, 0.0, share)
            total += share
        result: Floats = total / inputs
        return result

    @cached_property
    def tests(self) -> Tests:
        """Raises NotFeedableError when there are no generated asserts."""
        return _tests(self.members, self._candidates)


@dataclass(frozen=True, kw_only=True)
class Tests:
    """Candidates x generated asserts, with equal rows as one.

    Attributes:
        groups: Samples with equal rows.
        counts: How many these are.
        rows: Groups x asserts, 1 where it holds.
        of_cluster: Mean row of the members of each behaviour cluster.
    """

    groups: tuple[tuple[int, ...], ...]
    counts: Floats
    rows: Floats
    of_cluster: Floats


def observed(candidates: Mapping[int, Candidate], clusters: Sequence[Cluster]) -> Observed:
    """The clusters of a pool as arrays."""
    width = max((len(group.fingerprint.outcomes) for group in clusters), default=0)
    codes = np.full((len(clusters), width), -1, dtype=np.int64)
    nones = np.zeros((len(clusters), width), dtype=np.bool_)
    known: dict[str, int] = {}
    for number, group in enumerate(clusters):
        for place, outcome in enumerate(group.fingerprint.outcomes):
            digest = outcome.digest
            if digest not in _FAILED:
                codes[number, place] = known.setdefault(digest, len(known))
                nones[number, place] = digest == NONE
    return Observed(
        members=tuple(group.members for group in clusters),
        sizes=np.array([group.size for group in clusters], dtype=np.float64),
        codes=codes,
        nones=nones,
        _candidates=candidates,
    )


def has_tests(candidates: Mapping[int, Candidate]) -> bool:
    """Whether there are generated asserts."""
    return all(candidate.asserts is not None for candidate in candidates.values())


def _tests(members: Sequence[tuple[int, ...]], candidates: Mapping[int, Candidate]) -> Tests:
    if not has_tests(candidates):
        raise NotFeedableError("this ranker goes by generated tests, and there are none; choose 'cluster' or 'blend'")
    rows: dict[bytes, list[int]] = {}
    for index in sorted(candidates):
        rows.setdefault(candidates[index].asserts or b"", []).append(index)
    width = max((len(row) for row in rows), default=0)

    def as_numbers(row: bytes) -> Any:
        return np.frombuffer(row.ljust(width, b"\0"), dtype=np.uint8)

    unique = {row: as_numbers(row) for row in rows}
    of_cluster = np.zeros((len(members), width))
    for number, group in enumerate(members):
        if group:
            of_cluster[number] = np.mean([unique[candidates[index].asserts or b""] for index in group], axis=0)
    matrix = np.array([unique[row] for row in rows], dtype=np.float64).reshape(len(rows), width)
    return Tests(
        groups=tuple(tuple(group) for group in rows.values()),
        counts=np.array([len(group) for group in rows.values()], dtype=np.float64),
        rows=matrix,
        of_cluster=of_cluster,
    )
