"""Asking which output is right: events with a reply, answers in the run file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from codegen import events
from codegen.answers import Verdict, public_tests
from codegen.config import Settings
from codegen.engine import Engine
from codegen.events import OfferedOutput, QuestionAsked
from codegen.models.scripted import ScriptedModel
from codegen.report import Report
from codegen.runs import RunFile
from problems.values import dumps, loads
from sandbox.execution import Program
from sandbox.testing import FakeSandbox

STUB = '''def add(a: int, b: int) -> int:
    """Return the sum of a and b.

    >>> add(1, 2)
    3
    """
'''
BODIES: dict[str, Callable[[int, int], int]] = {
    "a + b": lambda a, b: a + b,
    "a + b if b else 9": lambda a, b: a + b if b else 9,
    "3": lambda a, b: 3,
    "a + b if a < 3 else 1": lambda a, b: a + b if a < 3 else 1,
    "a + b if a else 7": lambda a, b: a + b if a else 7,
}
Reply = Callable[[QuestionAsked], None]


def engine(sandbox: FakeSandbox | None = None) -> Engine:
    bodies = list(BODIES)
    # The wrong ones are written more often.
    model = ScriptedModel(
        lambda prompt: f"def add(a, b):\n    return {bodies[min(prompt.index, 9) % 5]}\n", form="plain"
    )

    def run(program: Program, given: bytes) -> bytes:
        body = program.source.split("return ")[1].strip()
        return dumps(BODIES[body](*loads(given))).encode()

    return Engine(model=model, sandbox=sandbox or FakeSandbox(run), settings=Settings(samples=12, generated_inputs=16))


def ask(reply: Reply, run: Path | None = None, most: int = 9) -> tuple[list[QuestionAsked], Report]:
    asked: list[QuestionAsked] = []
    with engine() as chosen:
        for event in chosen.stream(STUB, run=run, ask=True):
            if isinstance(event, QuestionAsked):
                asked.append(event)
                if len(asked) <= most:
                    reply(event)
            if isinstance(event, events.Done):
                report = event.report
    return asked, report


def truth(question: QuestionAsked) -> None:
    wanted = str(BODIES["a + b"](*loads(question.input)))
    outputs = [each.output for each in question.outputs]
    question.answer(outputs.index(wanted)) if wanted in outputs else question.neither()


def test_answers_lead_to_the_right_program_whatever_the_largest_cluster_is() -> None:
    asked, report = ask(truth)
    assert report.best is not None
    assert "return a + b\n" in report.best.program
    assert report.funnel.clusters == 1
    assert 1 <= len(asked) <= 3
    assert [each.number for each in asked] == list(range(1, len(asked) + 1))
    assert asked[0].behaviours == 5
    assert sum(each.share for each in asked[0].outputs) == pytest.approx(1.0)


def test_inputs_are_small_and_tell_programs_apart() -> None:
    asked, _ = ask(truth)
    for question in asked:
        assert len({each.output for each in question.outputs}) == len(question.outputs) >= 2
        assert all(abs(number) <= 3 for number in loads(question.input))


def test_a_question_that_is_not_answered_ends_the_asking() -> None:
    asked, report = ask(lambda question: None)
    assert len(asked) == 1
    assert report.funnel.clusters == 5
    assert report.best is not None
    assert "if a else 7" in report.best.program


def test_an_invalid_input_is_asked_about_no_more_and_tells_nothing() -> None:
    asked, report = ask(lambda question: question.invalid())
    assert len({each.input for each in asked}) == len(asked)
    assert report.best is not None


def test_neither_removes_what_was_offered() -> None:
    asked, report = ask(lambda question: question.neither(), most=1)
    assert len(asked) == 1
    assert report.funnel.clusters == 0
    assert report.best is None


def test_answers_are_kept_and_become_tests(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite"
    first, _ = ask(truth, path, most=1)
    second, report = ask(truth, path)
    assert len(first) == 2
    assert (second[0].number, second[0].input) == (2, first[1].input)
    assert report.best is not None
    assert "return a + b\n" in report.best.program
    none, again = ask(truth, path)
    assert none == []
    assert again.submissions == report.submissions
    with RunFile.open_existing(path) as run:
        answers = run.answers("add")
    assert all(each.verdict is Verdict.RIGHT for each in answers)
    for test in public_tests(answers):
        assert loads(test.output or "") == sum(loads(test.input))


def test_every_possible_program_is_run_on_the_input_before_it_is_asked_about(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite"
    ask(lambda question: None, path)
    with RunFile.open_existing(path) as run:
        counts = {len(each.outcomes) for each in run.fingerprints("add").values()}
        assert counts == {len(run.inputs("add"))}


def question(outputs: Sequence[str] = ("1", "2")) -> QuestionAsked:
    offered = tuple(OfferedOutput(output=output, share=0.5) for output in outputs)
    return QuestionAsked(problem_id="p", number=1, input="[1]", outputs=offered, behaviours=2)


def test_an_answer_must_be_one_of_the_outputs() -> None:
    for choice in (-1, 2):
        with pytest.raises(ValueError, match="there are 0 to 1"):
            question().answer(choice)


def test_the_json_form_of_a_question() -> None:
    expected: dict[str, Any] = {
        "event": "question_asked",
        "problem_id": "p",
        "number": 1,
        "input": "[1]",
        "outputs": [{"output": "1", "share": 0.5}, {"output": "2", "share": 0.5}],
        "behaviours": 2,
    }
    assert question().to_json() == expected
