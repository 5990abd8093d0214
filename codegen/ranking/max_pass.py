"""The program that passed most public tests, first; among equals, the first drawn."""

from __future__ import annotations

from codegen.ranking import Pool


def rank(pool: Pool) -> list[int]:
    return sorted(pool.candidates, key=lambda index: (-pool.candidates[index].passed, index))
