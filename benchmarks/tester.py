"""`python -m benchmarks.tester SUITE --run FILE`: how many of the asserts that a model writes hold for the reference.

Two forms of the prompt, CodeT's and a question, in turn (`codegen.inputs.testing`). What was written is kept in the run
file, so that an interrupted command goes on, and a finished one needs no model; the references run in the sandbox.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace

import click
from tqdm import tqdm

from benchmarks.metrics import Estimate, estimate
from benchmarks.suites import Entry, entries
from codegen.cli import options as o
from codegen.cli.entry import invoke
from codegen.config import Settings
from codegen.fingerprints import output_of
from codegen.inputs.testing import FORMS, MAX_TOKENS, Form, WrittenTests, expectations, prompts_for_tests, written_tests
from codegen.judging import limits_for
from codegen.models.base import Completion, Model
from codegen.models.loading import load_model
from codegen.programs import executable
from codegen.runs import RunFile
from problems.asserts import Expectation, holds
from problems.problem import Call, Problem
from sandbox.backends import open_sandbox
from sandbox.execution import Sandbox

TEXTS = 8


@click.command()
@click.argument("suite")
@click.option("--data", metavar="PATH", help="The suite's data, where they are not in their usual place.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Only the first N problems.")
@click.option("--texts", type=click.IntRange(1), default=TEXTS, show_default=True, help="Texts a problem.")
@o.model_option
@o.sandbox_option
@o.seed_option
@o.run_option(required=True)
@o.json_option
def main(
    suite: str,
    data: str | None,
    limit: int | None,
    texts: int,
    model: str,
    sandbox: str,
    seed: int,
    run_path: str,
    as_json: bool,
) -> None:
    """Let a model write tests of SUITE's functions, and see which hold for the suite's own solutions."""
    chosen = [each for each in entries(suite, data=data, limit=limit) if each.reference]
    settings = Settings(model_tests=texts, seed=seed)
    opened = load_model(model)
    box = open_sandbox(sandbox)
    try:
        identity = {"name": opened.name, "batch_size": opened.batch_size}
        with RunFile.create_or_resume(run_path, model=identity, settings=settings) as run:
            write([each.problem for each in chosen], run, opened, settings)
            found = {each.problem.id: _of_problem(each, run, settings, box) for each in tqdm(chosen, disable=None)}
    finally:
        opened.close()
        box.close()
    table = {form: figures([rows[form] for rows in found.values() if form in rows]) for form in FORMS}
    click.echo(json.dumps(table) if as_json else "\n".join(lines(table)))


class Counted:
    """What one form of the prompt gave for one problem: texts, tokens, and whether each different assert holds."""

    def __init__(self, written: Sequence[WrittenTests], held: Sequence[bool]) -> None:
        self.texts = len(written)
        self.tokens = sum(each.token_count for each in written)
        self.held = tuple(held)


def write(problems: Sequence[Problem], run: RunFile, model: Model, settings: Settings) -> None:
    """Have the missing texts written, those of all problems in one call; a problem is stored when it has all of its."""
    prompts = {
        each.id: prompts_for_tests(each, settings.model_tests, settings.seed)
        for each in problems
        if not run.tests(each.id)
    }
    places = [(name, place) for name, own in prompts.items() for place in range(len(own))]
    completions: dict[str, list[Completion]] = {name: [] for name in prompts}
    params = replace(settings.sampling, max_tokens=MAX_TOKENS)
    texts = model.generate([prompts[name][place] for name, place in places], params)
    for text in tqdm(texts, desc="write", total=len(places), unit="text", disable=None):
        name, place = places[text.index]
        completions[name].append(replace(text, index=place))
        if len(completions[name]) == len(prompts[name]):
            run.add_tests(name, written_tests(prompts[name], completions[name]))


def _of_problem(entry: Entry, run: RunFile, settings: Settings, sandbox: Sandbox) -> dict[Form, Counted]:
    problem = entry.problem
    if not isinstance(problem.interface, Call):
        return {}
    stored = run.tests(problem.id)
    by_form = {form: [each for each in stored if each.form == form] for form in FORMS}
    return {
        form: Counted(written, hold(entry, expectations(problem, written), sandbox, settings))
        for form, written in by_form.items()
        if written
    }


def hold(entry: Entry, tests: Sequence[Expectation], sandbox: Sandbox, settings: Settings) -> list[bool]:
    """Whether each holds for the reference; one that it gives no value for does not."""
    program = executable(entry.problem, entry.reference, "python")
    limits = limits_for(entry.problem, settings.limits)
    outputs: dict[str, bytes | None] = {}
    for test in tests:
        if test.case.input not in outputs:
            output = output_of(program, test.case.input, sandbox, limits)
            outputs[test.case.input] = None if output is None else output.encode("utf-8", "surrogatepass")
    return [(value := outputs[test.case.input]) is not None and holds(test, value) for test in tests]


def figures(rows: Sequence[Counted]) -> dict[str, float]:
    """Of one form: validity is the mean over problems that have an assert, with its 95% interval."""
    asserts = [each.held for each in rows if each.held]
    valid: Estimate | None = estimate([sum(held) / len(held) for held in asserts]) if asserts else None
    return {
        "problems": len(rows),
        "problems_with_asserts": len(asserts),
        "texts": sum(each.texts for each in rows),
        "tokens": sum(each.tokens for each in rows),
        "asserts": sum(map(len, asserts)),
        "valid": sum(map(sum, asserts)),
        "validity": round(valid.value, 4) if valid else 0.0,
        "validity_low": round(valid.low, 4) if valid else 0.0,
        "validity_high": round(valid.high, 4) if valid else 0.0,
    }


def lines(table: Mapping[Form, Mapping[str, float]]) -> list[str]:
    """The table for a terminal."""
    shown = [f"{'form':<8}{'problems':>9}{'texts':>7}{'tokens':>8}{'asserts':>9}{'valid':>7}   validity"]
    for form, row in table.items():
        counts = f"{row['problems']:>9}{row['texts']:>7}{row['tokens']:>8}{row['asserts']:>9}{row['valid']:>7}"
        shown.append(
            f"{form:<8}{counts}   {row['validity']:.3f} [{row['validity_low']:.3f}, {row['validity_high']:.3f}]"
        )
    return shown


if __name__ == "__main__":
    sys.exit(invoke(main))
