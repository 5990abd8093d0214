"""Who survives."""

from __future__ import annotations

import pytest

from codegen.filtering import bar_of, filters, goes_on, passed_in_turn, survives
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


@pytest.mark.parametrize(
    ("passed", "going_on"),
    [
        ((2, 2, 1, 0), (True, True, False, False)),
        ((1, 0, 1, 0), (True, False, True, False)),
        ((0, 0, 0, 0), (True, True, True, True)),
    ],
    ids=["those that pass all", "where none does, the nearest", "where none passes any, everyone"],
)
def test_who_goes_on_with_two_tests(passed: tuple[int, ...], going_on: tuple[bool, ...]) -> None:
    verdicts = [Judgement(verdict=Verdict.AC if count == 2 else Verdict.WA, passed=count, total=2) for count in passed]
    bar = bar_of(each.passed for each in verdicts)
    assert tuple(goes_on(each, bar) for each in verdicts) == going_on


@pytest.mark.parametrize("verdict", [Verdict.CE, Verdict.IE])
def test_what_does_not_build_or_is_not_judged_never_goes_on(verdict: Verdict) -> None:
    assert not goes_on(Judgement(verdict=verdict, passed=0, total=1), 0)


def test_tests_count_up_to_the_first_that_is_not_passed() -> None:
    assert passed_in_turn([True, True, False, True]) == 2
    assert passed_in_turn([]) == 0
