"""AlphaCode's order: one program a behaviour, largest cluster first, then round again (Li et al. 2022, 2203.07814)."""

from __future__ import annotations

from codegen.ranking.pool import Group, Pool


def rank(pool: Pool) -> list[Group]:
    """Clusters that fail on every generated input come behind all others, whatever their size."""
    seen = pool.observed
    behind = len(pool.candidates) + 1
    return [
        Group(members=members, score=float(size - behind * bool(fails)))
        for members, size, fails in zip(seen.members, seen.sizes, seen.dead, strict=True)
    ]
