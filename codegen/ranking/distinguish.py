"""S*: clusters are compared in pairs on an input on which they differ, by somebody's vote (Li et al. 2025, 2502.14382).

Each cluster meets the others among the largest; its score is the sum of the votes for it, the size decides ties.
"""

from __future__ import annotations

from codegen.clustering import differing_input
from codegen.errors import NotFeedableError
from codegen.ranking.pool import Group, Pool

CONTESTANTS = 8
"""Clusters that are compared, the largest ones: the number of questions grows with its square."""


def rank(pool: Pool) -> list[Group]:
    if pool.votes is None:
        raise NotFeedableError(
            "'distinguish' asks a model which output is right, and there is none here; choose 'blend'"
        )
    clusters = list(pool.clusters)
    won = [0.0] * len(clusters)
    for one in range(min(CONTESTANTS, len(clusters))):
        for other in range(one + 1, min(CONTESTANTS, len(clusters))):
            found = differing_input(clusters[one], clusters[other])
            if found is None:
                continue
            place, left, right = found
            vote = pool.votes.prefer(place, left.preview, right.preview)
            won[one] += vote
            won[other] += 1 - vote
    whole = sum(group.size for group in clusters)
    return [
        Group(members=group.members, score=score + 1e-3 * group.size / whole)
        for group, score in zip(clusters, won, strict=True)
    ]
