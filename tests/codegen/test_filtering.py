"""Who survives."""

from __future__ import annotations

import pytest

from codegen.filtering import filters, survives
from codegen.judging import Judgement, Verdict
from problems.problem import Problem, Stdio, TestCase


@pytest.mark.parametrize("verdict", Verdict)
def test_only_accepted_programs_survive(verdict: Verdict) -> None:
    assert survives(Judgement(verdict=verdict, passed=0, total=1)) is (verdict is Verdict.AC)


def test_a_program_that_was_not_judged_does_not_go_on() -> None:
    assert not survives(None)


def test_filtering_is_off_without_public_tests() -> None:
    bare = Problem(id="p", statement="s", interface=Stdio())
    assert not filters(bare)
    assert filters(Problem(id="p", statement="s", interface=Stdio(), public_tests=(TestCase(input="1", output="1"),)))
