"""n@k from a ranking: how the published figures count.

1@k is the expectation over ties: a random member of all tied top groups. For n > 1 the mean over random tie-breaks of:
one program a group, then round again, equal programs once.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from codegen.ranking import Group, Pool

TIE_BREAKS = 30
_CLOSE = 1e-9
"""Scores that differ by less, relative to the greatest, are ties: sums taken in another order."""


def first_is_right(groups: Sequence[Group], passed: Sequence[bool]) -> float:
    """Chance that the first submission passes; 0 where there is none."""
    top = tiers(groups)[0] if groups else []
    members = [index for group in top for index in group.members]
    return sum(passed[index] for index in members) / len(members) if members else 0.0


def any_of_first(
    groups: Sequence[Group], pool: Pool, passed: Sequence[bool], n: int, seed: int, *, tie_breaks: int = TIE_BREAKS
) -> float:
    """Chance that one of the first n submissions passes."""
    if not any(passed[index] for index in pool.candidates):
        return 0.0
    chance = random.Random(seed)  # noqa: S311
    ordered = tiers(groups)
    keys = {index: candidate.key for index, candidate in pool.candidates.items()}
    solved = 0
    for _ in range(tie_breaks):
        solved += any(passed[index] for index in _sent(ordered, keys, n, chance))
    return solved / tie_breaks


def tiers(groups: Sequence[Group]) -> list[list[Group]]:
    """Groups with equal scores together, best first."""
    ordered = sorted((group for group in groups if group.members), key=lambda group: -group.score)
    scale = max((abs(group.score) for group in ordered if abs(group.score) < float("inf")), default=1.0) or 1.0
    found: list[list[Group]] = []
    for group in ordered:
        last = found[-1][0].score if found else None
        if last is not None and (last == group.score or last - group.score <= _CLOSE * scale):
            found[-1].append(group)
        else:
            found.append([group])
    return found


def _sent(ordered: Sequence[Sequence[Group]], keys: dict[int, str], n: int, chance: random.Random) -> list[int]:
    """The submissions for one way to break the ties; no more groups are looked at than these need."""
    chosen: list[int] = []
    sent: set[str] = set()
    queue: list[list[int]] = []

    def take(members: list[int]) -> None:
        while members:
            index = members.pop()
            if keys[index] not in sent:
                chosen.append(index)
                sent.add(keys[index])
                return

    for tier in ordered:
        for group in chance.sample(tier, len(tier)):
            queue.append(chance.sample(group.members, len(group.members)))
            take(queue[-1])
            if len(chosen) == n:
                return chosen
    while queue := [members for members in queue if members]:
        for members in queue:
            take(members)
            if len(chosen) == n:
                return chosen
    return chosen
