"""What answers leave of the programs."""

from __future__ import annotations

import pytest

from codegen.answers import Answer, Verdict, apply, public_tests
from codegen.fingerprints import Fingerprint, Outcome
from problems.problem import TestCase

CRASH = "NONZERO_EXIT"


def fingerprint(*digests: str) -> Fingerprint:
    return Fingerprint(outcomes=tuple(Outcome(digest=digest, preview=digest) for digest in digests))


PROGRAMS = {
    "one": fingerprint("a", "x"),
    "two": fingerprint("b", "x"),
    "other": fingerprint("c", "y"),
    "broken": fingerprint(CRASH, "x"),
    "slow": fingerprint("-", "-"),
}
RIGHT = Answer(position=0, verdict=Verdict.RIGHT, input="[1]", offered=("a", "b"), right="a", output="5")
NEITHER = Answer(position=0, verdict=Verdict.NEITHER, input="[1]", offered=("a", "b"))
INVALID = Answer(position=0, verdict=Verdict.INVALID, input="[1]", offered=("a", "b"))


@pytest.mark.parametrize(
    ("answer", "left"),
    [(RIGHT, {"one", "slow"}), (NEITHER, {"other", "slow"}), (INVALID, set(PROGRAMS))],
    ids=["right", "neither", "invalid"],
)
def test_programs_that_are_left(answer: Answer, left: set[str]) -> None:
    assert set(apply([answer], PROGRAMS)) == left
    assert (
        Answer.from_json(
            {
                "position": 0,
                "verdict": answer.verdict.value,
                "input": "[1]",
                "offered": ["a", "b"],
                "right": answer.right,
                "output": answer.output,
            }
        )
        == answer
    )


def test_on_an_invalid_input_all_do_the_same() -> None:
    left = apply([INVALID], PROGRAMS)
    assert left["one"].behaviour == left["two"].behaviour == left["broken"].behaviour
    assert left["one"].behaviour != left["other"].behaviour


def test_a_program_that_was_not_run_there_yet_is_left() -> None:
    assert apply([RIGHT], {"new": fingerprint()}) == {"new": fingerprint()}


def test_right_outputs_are_tests() -> None:
    assert public_tests([NEITHER, RIGHT, INVALID]) == (TestCase(input="[1]", output="5", name="answer 1"),)
