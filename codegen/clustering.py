"""Fingerprints -> clusters: samples that behave the same on every generated input, in one pass over a dictionary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest

from codegen.fingerprints import NOT_RUN, Fingerprint, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """One behaviour.

    Attributes:
        members: Numbers of the samples that show it, ascending; repeats of equal programs count.
        fingerprint: Of the first member.
    """

    members: tuple[int, ...]
    fingerprint: Fingerprint

    @property
    def size(self) -> int:
        return len(self.members)


def cluster(fingerprints: Mapping[int, Fingerprint]) -> tuple[Cluster, ...]:
    """Group samples by behaviour: largest cluster first, ties by smallest member, whatever the mapping's order."""
    members: dict[tuple[str, ...], list[int]] = {}
    groups: dict[int, list[int]] = {}  # of one and the same fingerprint, so that a million samples need few comparisons
    for index in sorted(fingerprints):
        fingerprint = fingerprints[index]
        if id(fingerprint) not in groups:
            groups[id(fingerprint)] = members.setdefault(fingerprint.behaviour, [])
        groups[id(fingerprint)].append(index)
    clusters = [Cluster(members=tuple(group), fingerprint=fingerprints[group[0]]) for group in members.values()]
    return tuple(sorted(clusters, key=lambda each: (-each.size, each.members[0])))


def differing_input(one: Cluster, other: Cluster) -> tuple[int, Outcome, Outcome] | None:
    """The first input on which two clusters differ, with both outcomes; None when they do not."""
    # A program that was never observed (its run was interrupted) has fewer outcomes.
    pairs = zip_longest(one.fingerprint.outcomes, other.fingerprint.outcomes, fillvalue=NOT_RUN)
    for position, (left, right) in enumerate(pairs):
        if left.digest != right.digest:
            return position, left, right
    return None
