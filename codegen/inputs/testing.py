"""Tests that the model writes for a function: what it is asked, in two forms, and what is kept of an answer.

"codet": the model goes on behind the function and a first `assert` (Chen et al. 2022, 2207.10397). "chat": it is asked
for asserts. Samples of tests are stored as they came; `codegen.inputs.asserted` reads them, nothing runs them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from codegen.inputs.asserted import read_tests
from codegen.inputs.generated import GeneratedInput
from codegen.models.base import Completion
from codegen.prompts import Prompt, Variation, clean, quote, seed_of
from problems.asserts import Expectation
from problems.problem import Call, Problem

Form = Literal["codet", "chat"]
FORMS: tuple[Form, ...] = ("codet", "chat")
MAX_TOKENS = 160
TEMPERATURE = 0.8
MOST_INPUTS = 12
"""Inputs of asserts that programs are run on: the ones that most asserts are about."""
_STOP = ("\n```", "\ndef ", "\nclass ", "\nif __name__", "\nprint(")
_SYSTEM = "You are an expert tester. You write correct asserts."
_MARK = "assert "


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenTests:
    """One text of the model, that of number `index` of its problem; `text` stands behind a first `assert `."""

    index: int
    form: Form
    text: str
    finish_reason: str
    token_count: int


def prompts_for_tests(problem: Problem, count: int, run_seed: int) -> list[Prompt]:
    """`count` prompts, the forms taking turns; none for a problem whose programs are not called."""
    if not isinstance(problem.interface, Call):
        return []
    return [_prompt(problem, problem.interface, index, run_seed, _form(index)) for index in range(count)]


def written_tests(prompts: Sequence[Prompt], completions: Sequence[Completion]) -> tuple[WrittenTests, ...]:
    """What came back, in the order of the prompts."""
    found = []
    for completion in sorted(completions, key=lambda each: each.index):
        prompt = prompts[completion.index]
        text = completion.text
        fenced = completion.form == "chat" and text.lstrip().startswith("```")  # it took no notice of the prefill
        if completion.form == "answer" or fenced:
            text = text.partition(_MARK)[2]
        else:  # the name and the bracket with which the chat form's prefill ends; nothing for CodeT's
            text = f"{prompt.prefill.rpartition(_MARK)[2]}{text}"
        found.append(
            WrittenTests(
                index=prompt.index,
                form=_form(prompt.index),
                text=text,
                finish_reason=completion.finish_reason,
                token_count=completion.token_count,
            )
        )
    return tuple(found)


def expectations(problem: Problem, written: Sequence[WrittenTests]) -> tuple[Expectation, ...]:
    """What the different asserts say."""
    if not isinstance(problem.interface, Call):
        return ()
    return read_tests((each.text for each in written), problem.interface.entry_point)


def asserted_inputs(problem: Problem, written: Sequence[WrittenTests]) -> tuple[GeneratedInput, ...]:
    """The inputs that most asserts are about; examples, on which survivors agree, are left out."""
    votes: dict[str, int] = {}
    for each in expectations(problem, written):
        votes[each.case.input] = votes.get(each.case.input, 0) + 1
    known = {test.input for test in problem.public_tests}
    chosen = sorted((text for text in votes if text not in known), key=lambda text: -votes[text])
    return tuple(GeneratedInput(text=text, source="model") for text in chosen[:MOST_INPUTS])


def _form(index: int) -> Form:
    return FORMS[index % len(FORMS)]


def _prompt(problem: Problem, call: Call, index: int, run_seed: int, form: Form) -> Prompt:
    shown = clean(call.starter_code or call.signature or problem.statement).strip("\n").rstrip()
    name = call.entry_point
    behind = f"{shown}\n    pass\n\n# check the correctness of {name}\n{_MARK}"
    if form == "codet":
        user = (
            f"Complete this Python code with five more asserts. Answer with the code only.\n\n{quote(shown, 'python')}"
        )
        prefill = f"```python\n{behind}"
    else:
        user = (
            f"{quote(shown, 'python')}\n\nWrite five different tests of `{name}`, with edge cases, one a line: "
            f"`assert {name}(...) == ...`. Work out each expected value with care. Answer with the code only."
        )
        prefill = f"```python\n{_MARK}{name}("
    return Prompt(
        problem_id=problem.id,
        index=index,
        seed=seed_of(run_seed, problem.id, f"tests {index}"),
        variation=Variation(temperature=TEMPERATURE),
        system=_SYSTEM,
        user=user,
        prefill=prefill,
        plain=behind if form == "codet" else f"{behind}{name}(",
        stop=_STOP,
        plain_stop=_STOP,
    )
