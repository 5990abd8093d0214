"""Failing sample + what it failed on -> a prompt that asks for the corrected program.

What comes back is a sample of its own, numbered `samples` above its parent, so that every round has its own numbers.
The prompt depends on stored results alone, and on no times: a resumed run asks the same.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping

from codegen.judging import Judgement, Verdict
from codegen.prompts import CHAT_STOP, LANGUAGE_NAMES, TEMPERATURES, Prompt, Variation, clean, quote, seed_of
from codegen.sampling import Sample
from problems.errors import ValueFormatError
from problems.problem import Call, Problem
from problems.values import loads

MAX_SHOWN = 1500
"""Characters of an input, an output or a message that are shown."""
_SYSTEM = "You are an expert programmer. You find the fault in a program and mend it."
_ENDS = {
    Verdict.TLE: "It does not end in time.",
    Verdict.MLE: "It needs too much memory.",
    Verdict.OLE: "It prints too much.",
}


def failing(
    samples: Iterable[tuple[Sample, str | None]], judgements: Mapping[str, Judgement], generation: range
) -> list[tuple[Sample, Judgement]]:
    """The samples of a generation whose program was judged and did not pass, each program once, by number."""
    found: dict[str, tuple[Sample, Judgement]] = {}
    for sample, key in samples:
        judgement = judgements.get(key or "")
        if key is None or judgement is None or sample.index not in generation:
            continue
        if judgement.verdict not in (Verdict.AC, Verdict.IE):
            found.setdefault(key, (sample, judgement))
    return sorted(found.values(), key=lambda each: each[0].index)


def repair_prompt(problem: Problem, sample: Sample, judgement: Judgement, index: int, run_seed: int) -> Prompt:
    """Ask for a corrected program in the place of `sample`, as sample number `index`."""
    language = sample.extraction.language
    seed = seed_of(run_seed, problem.id, index)
    asked = quote(clean(problem.statement).rstrip(), "text")
    if isinstance(problem.interface, Call) and problem.interface.starter_code.strip():
        asked = quote(clean(problem.interface.starter_code).strip("\n"), "python")
    program = quote(clean(sample.extraction.program or "").rstrip(), language)
    user = (
        f"{asked}\n\nThis {LANGUAGE_NAMES[language]} program for it is wrong:\n\n{program}\n\n"
        f"{_fault(problem, judgement)}\n\nAnswer with the whole corrected program only."
    )
    prefill = f"```{language}\n"
    return Prompt(
        problem_id=problem.id,
        index=index,
        seed=seed,
        variation=Variation(
            language=language,
            temperature=random.Random(seed).choice(TEMPERATURES),  # noqa: S311 (variety, no secret)
        ),
        system=_SYSTEM,
        user=user,
        prefill=prefill,
        plain=f"{user}\n\n{prefill}",
        stop=CHAT_STOP,
        plain_stop=CHAT_STOP,
        starter=problem.interface.starter_code if isinstance(problem.interface, Call) else "",
    )


def _fault(problem: Problem, judgement: Judgement) -> str:
    if judgement.verdict is Verdict.CE:
        return f"It does not compile: {_shown(judgement.detail)}"
    tests = problem.public_tests
    said = _ENDS.get(judgement.verdict, "")
    if not said:
        what = "It ends with an error" if judgement.verdict is Verdict.RTE else "Its output is wrong"
        said = f"{what}: {_shown(judgement.detail.partition(': ')[2] or judgement.detail)}"
    if judgement.passed >= len(tests):
        return said
    test = tests[judgement.passed]
    if isinstance(problem.interface, Call):
        return f"On {_call(problem.interface, test.input, test.output)}. {said}"
    expected = f"\n\nthe right output is\n\n{quote(_shown(test.output), 'text')}" if test.output is not None else ""
    return f"On the input\n\n{quote(_shown(test.input), 'text')}{expected}\n\n{said}"


def _call(call: Call, given: str, wanted: str | None) -> str:
    try:
        arguments = ", ".join(map(repr, loads(given)))
        result = "" if wanted is None else f" the right result is `{_shown(repr(loads(wanted)))}`"
    except ValueFormatError:
        arguments, result = given, ""
    return f"`{call.entry_point}({_shown(arguments)})`{result}"


def _shown(text: str) -> str:
    text = clean(text).rstrip()
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."
