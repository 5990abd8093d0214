"""The program that was written most often, first; behaviour is not looked at."""

from __future__ import annotations

from codegen.ranking import Pool, by_preference


def rank(pool: Pool) -> list[int]:
    return by_preference(sorted(pool.candidates), pool.candidates)
