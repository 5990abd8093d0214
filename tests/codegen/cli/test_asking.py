"""Questions at the terminal."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from codegen.cli.asking import answering
from codegen.events import Event, OfferedOutput, QuestionAsked, Submitted
from codegen.shown import shown_input
from problems.problem import Call, Problem, Stdio

PROBLEM = Problem(id="p", statement="", interface=Call(entry_point="f"))


def question() -> QuestionAsked:
    offered = tuple(OfferedOutput(output=output, share=0.5) for output in ("4", "2"))
    return QuestionAsked(problem_id="p", number=1, input="[[1,2]]", outputs=offered, behaviours=2)


def asked(typed: str) -> tuple[QuestionAsked, str]:
    event = question()

    @click.command()
    def command() -> None:
        answering(PROBLEM, lambda other: None)(event)

    done = CliRunner().invoke(command, input=typed, catch_exceptions=False)
    assert done.exit_code == 0
    assert done.stdout == ""
    return event, done.stderr


@pytest.mark.parametrize(
    ("typed", "reply"),
    [
        ("2\n", 1),
        ("n\n", "neither"),
        ("I\n", "invalid"),
        ("q\n", None),
        ("", None),
        ("3\n0\nwhat\n1\n", 0),
    ],
)
def test_replies(typed: str, reply: object) -> None:
    event, shown = asked(typed)
    assert event.reply == reply
    assert "f([1, 2])" in shown
    assert "1  4" in shown
    assert shown.count("is no answer") == max(0, typed.count("\n") - 1)


def test_other_events_are_handed_on() -> None:
    seen: list[Event] = []
    event = Submitted(problem_id="p", rank=1, language="python", program="", cluster_size=1)
    answering(PROBLEM, seen.append)(event)
    assert seen == [event]


def test_inputs_as_a_person_reads_them() -> None:
    fed = Problem(id="p", statement="", interface=Stdio())
    assert shown_input("1 2\n3\n", fed) == "1 2\n3\n"
    assert shown_input('["a",{"tuple":[1]}]', PROBLEM) == "f('a', (1,))"
    assert shown_input("no value", PROBLEM) == "no value"
