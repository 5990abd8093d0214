"""What a person said about inputs: stored in the run file, applied to every program by what it gave on that input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from codegen.fingerprints import NOT_RUN, Fingerprint, is_output
from problems.problem import TestCase


class Verdict(Enum):
    """One of the offered outputs is right; none of them is; the input is not a valid one."""

    RIGHT = "right"
    NEITHER = "neither"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answered question.

    Attributes:
        position: Of the input among the generated ones of the problem.
        offered: Digests of the outputs that could be chosen.
        right: Digest of the right one; "" unless one was chosen.
        output: The right output as a test case has it, or "".
    """

    position: int
    verdict: Verdict
    input: str
    offered: tuple[str, ...] = ()
    right: str = ""
    output: str = ""

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Answer:
        return cls(**data | {"verdict": Verdict(data["verdict"]), "offered": tuple(data["offered"])})

    def allows(self, fingerprint: Fingerprint) -> bool:
        """Whether a program that behaves so may still be right. One that was not run on the input may."""
        outcomes = fingerprint.outcomes
        digest = outcomes[self.position].digest if self.position < len(outcomes) else NOT_RUN.digest
        if self.verdict is Verdict.INVALID or digest == NOT_RUN.digest:
            return True
        if self.verdict is Verdict.RIGHT:
            return digest == self.right
        return is_output(digest) and digest not in self.offered


def public_tests(answers: Sequence[Answer]) -> tuple[TestCase, ...]:
    """The answers that are tests now: inputs whose right output is known."""
    return tuple(
        TestCase(input=each.input, output=each.output, name=f"answer {number}")
        for number, each in enumerate((a for a in answers if a.verdict is Verdict.RIGHT), start=1)
    )


def apply(answers: Sequence[Answer], fingerprints: Mapping[str, Fingerprint]) -> dict[str, Fingerprint]:
    """The programs that no answer speaks against, with what they do on valid inputs."""
    invalid = {each.position for each in answers if each.verdict is Verdict.INVALID}
    return {
        key: _without(fingerprint, invalid)
        for key, fingerprint in fingerprints.items()
        if all(answer.allows(fingerprint) for answer in answers)
    }


def _without(fingerprint: Fingerprint, positions: set[int]) -> Fingerprint:
    if not positions:
        return fingerprint
    kept = tuple(NOT_RUN if at in positions else outcome for at, outcome in enumerate(fingerprint.outcomes))
    return replace(fingerprint, outcomes=kept)
