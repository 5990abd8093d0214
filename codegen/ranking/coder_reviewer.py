"""Coder-Reviewer: log p(program given statement) + log p(statement given program) (Zhang et al. 2022, 2211.16490)."""

from __future__ import annotations

from codegen.errors import NotFeedableError
from codegen.ranking.logprob import mean_logprob
from codegen.ranking.pool import Group, Pool, by_program


def rank(pool: Pool) -> list[Group]:
    return [
        Group(members=members, score=mean_logprob(pool, members) + _review(pool, members))
        for members in by_program(pool)
    ]


def _review(pool: Pool, members: tuple[int, ...]) -> float:
    value = pool.candidates[members[0]].review  # of the program: equal for all of them
    if value is None:
        raise NotFeedableError(
            "'coder-reviewer' needs a review (log p of the statement given the program) of every sample"
        )
    return value
