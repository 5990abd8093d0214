"""MBR-exec: the behaviour with the fewest disagreements with all samples (Shi et al. 2022, 2204.11454).

The risk of a sample is its mean share of inputs on which another sample gives something else; a failing run agrees with
nobody.
"""

from __future__ import annotations

from codegen.ranking.pool import Group, Pool


def rank(pool: Pool) -> list[Group]:
    seen = pool.observed
    gain = seen.agreement(seen.sizes)
    return [Group(members=members, score=float(score)) for members, score in zip(seen.members, gain, strict=True)]
