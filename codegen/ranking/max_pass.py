"""The program that passed most tests, public and generated, first; among equals, the first drawn."""

from __future__ import annotations

from codegen.ranking.pool import Group, Pool


def rank(pool: Pool) -> list[Group]:
    groups: dict[int, list[int]] = {}
    for index in sorted(pool.candidates):
        candidate = pool.candidates[index]
        groups.setdefault(candidate.passed + sum(candidate.asserts or b""), []).append(index)
    return [Group(members=tuple(members), score=float(passed)) for passed, members in groups.items()]
