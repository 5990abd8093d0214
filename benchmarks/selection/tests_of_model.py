"""Test texts that a model wrote -> expectations: one call, one expected value each, read and never run.

The rules of CodeT (Chen et al. 2022, 2207.10397): at most five asserts of a text, cut at the first line that begins
something else, each different assert once. An assert that is no plain statement about one call of the function (blanks
to fill in, other objects) is left out: no program could pass it.
"""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks.asserts import Expectation, NotPlainError, read_asserts

ASSERTS_A_TEXT = 5
_ENDS = ("\nclass", "\ndef", "\n#", "\nif", "\nprint")


def read_tests(texts: Iterable[str], entry_point: str) -> tuple[Expectation, ...]:
    """Different expectations in order of appearance.

    Args:
        texts: What the model wrote behind a first `assert `.
    """
    found: dict[tuple[str, str | None, str, float], Expectation] = {}
    for text in texts:
        parts = [part for part in text.split("assert ") if entry_point in part]
        for part in parts[:ASSERTS_A_TEXT]:
            try:
                expectations = read_asserts(f"assert {_cut(part)}", entry_point)
            except NotPlainError:
                continue
            for each in expectations:
                found.setdefault((each.case.input, each.case.output, each.relation, each.tolerance), each)
    return tuple(found.values())


def _cut(part: str) -> str:
    for end in _ENDS:
        part = part.partition(end)[0]
    return part.strip()
