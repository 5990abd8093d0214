"""Questions at the terminal: the smallest input on which programs differ, what they give there, and which is right."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click
from tqdm import tqdm

from codegen.events import Event, QuestionAsked
from codegen.shown import shown_input
from problems.problem import Problem


def answering(problem: Problem, show: Callable[[Event], None]) -> Callable[[Event], None]:
    """A listener that puts questions to the person at the terminal, and hands everything else on.

    Questions stand on stderr, answers are lines of standard input; its end, or `q`, ends the asking.
    """

    def listen(event: Event) -> None:
        if isinstance(event, QuestionAsked):
            with tqdm.external_write_mode(file=sys.stderr):
                _ask(event, problem)
        else:
            show(event)

    return listen


def _ask(question: QuestionAsked, problem: Problem) -> None:
    click.echo(f"\nquestion {question.number}: {question.behaviours} behaviours are possible. On the input", err=True)
    click.echo(_indented(shown_input(question.input, problem)), err=True)
    click.echo("which output is right?", err=True)
    for number, offered in enumerate(question.outputs, start=1):
        click.echo(f"  {number}  {_indented(offered.output).lstrip()}   ({offered.share:.0%} of the samples)", err=True)
    click.echo("  n  neither of these\n  i  the input is not a valid one\n  q  ask no more", err=True)
    numbers = {str(number): number - 1 for number in range(1, len(question.outputs) + 1)}
    while True:
        try:
            reply = click.prompt("answer", err=True, type=str).strip().lower()
        except click.Abort:
            return None
        match reply:
            case "q" | "quit":
                return None
            case "n" | "neither":
                return question.neither()
            case "i" | "invalid":
                return question.invalid()
            case _ if reply in numbers:
                return question.answer(numbers[reply])
        click.echo(f"'{reply}' is no answer: give a number from 1 to {len(numbers)}, n, i or q", err=True)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.rstrip("\n").split("\n"))
