"""The program that was written most often, first; behaviour is not looked at."""

from __future__ import annotations

from codegen.ranking.pool import Group, Pool, by_program


def rank(pool: Pool) -> list[Group]:
    return [Group(members=members, score=float(len(members))) for members in by_program(pool)]
