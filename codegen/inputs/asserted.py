"""Test texts that a model wrote -> expectations: one call, one expected value each, read and never run.

The rules of CodeT (Chen et al. 2022, 2207.10397): a text is cut into its asserts, each ends at the first line that
begins something else, those that do not parse are dropped, and the first five of the rest count. An assert that is
written differently is another test, even when it says the same. One that is no plain statement about one call of the
function (blanks to fill in, other objects) is left out: no program could pass it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from problems import syntax
from problems.asserts import Expectation, NotPlainError, read_asserts

ASSERTS_A_TEXT = 5
_ENDS = ("\nclass", "\ndef", "\n#", "\nif", "\nprint")


def read_tests(texts: Iterable[str], entry_point: str) -> tuple[Expectation, ...]:
    """What the different asserts say, in order of appearance.

    Args:
        texts: What the model wrote behind a first `assert `.
    """
    found = dict.fromkeys(each for text in texts for each in islice(_asserts(text, entry_point), ASSERTS_A_TEXT))
    tests: list[Expectation] = []
    for written in found:
        try:
            tests += read_asserts(written, entry_point)
        except NotPlainError:
            continue
    return tuple(tests)


def _asserts(text: str, entry_point: str) -> Iterator[str]:
    for part in text.split("assert "):
        if entry_point in part:
            for end in _ENDS:
                part = part.partition(end)[0]
            written = f"assert {part.strip()}"
            if _parses(written):
                yield written


def _parses(code: str) -> bool:
    try:
        syntax.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
