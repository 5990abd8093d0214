"""The program that the model finds likeliest, a token on the mean, first."""

from __future__ import annotations

from codegen.errors import NotFeedableError
from codegen.ranking.pool import Group, Pool, by_program


def rank(pool: Pool) -> list[Group]:
    return [Group(members=members, score=mean_logprob(pool, members)) for members in by_program(pool)]


def mean_logprob(pool: Pool, members: tuple[int, ...]) -> float:
    """Over the samples of one program. Raises NotFeedableError where one has none."""
    known = [pool.candidates[index].logprob for index in members]
    values = [value for value in known if value is not None]
    if len(values) < len(known):
        raise NotFeedableError("this ranker goes by log-probabilities, and the samples have none; choose 'blend'")
    return sum(values) / len(values)
