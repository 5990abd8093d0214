"""`codesieve answer`: a question in words, programs that print the answer, and a vote over what they print."""

from __future__ import annotations

import hashlib
import json
import sys
from typing import TYPE_CHECKING

import click

from codegen.cli import options as o
from codegen.models.placement import Precision

if TYPE_CHECKING:
    from codegen.voting import Ballot

_SHOWN = 5
VOTE = "cluster"
"""The ranker by which the most frequent answer comes first."""


@click.command()
@click.argument("question")
@o.model_option
@o.dtype_option
@click.option("--samples", type=click.IntRange(1), default=16, show_default=True, help="Programs to draw.")
@o.sandbox_option
@o.seed_option
@o.max_tokens_option
@o.run_option(required=False)
@o.json_option
def answer(
    question: str,
    model: str,
    dtype: Precision,
    samples: int,
    sandbox: str,
    seed: int,
    max_tokens: int,
    run_path: str | None,
    as_json: bool,
) -> int:
    """Answer QUESTION, whose answer is a value, by the vote of programs that print it.

    QUESTION is the text itself, or - for standard input. Exit code 0 when a program printed something, 1 when none did.
    """
    from codegen.cli.progress import Progress
    from codegen.cli.solve import default_run_path
    from codegen.engine import Engine
    from codegen.executor import LocalExecutor
    from codegen.runs import RunFile
    from codegen.voting import vote
    from problems.problem import question as asked_for

    text = (sys.stdin.read() if question == "-" else question).strip()
    if not text:
        raise click.UsageError("the question is empty")
    problem_id = f"question-{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
    settings = o.settings_of(
        samples=samples,
        seed=seed,
        submissions=10,
        languages=("python",),
        ranker=VOTE,
        max_tokens=max_tokens,
    )
    path = run_path or default_run_path(problem_id)
    click.echo(f"run file: {path}", err=True)
    with (
        Engine(model=model, sandbox=sandbox, settings=settings, executor=LocalExecutor(dtype=dtype)) as engine,
        Progress() as progress,
    ):
        report = engine.solve(asked_for(text, problem_id=problem_id), run=path, on_event=progress.show)
    with RunFile.open_existing(path) as run:
        ballot = vote(run, problem_id)
    if as_json:
        found = ballot.to_json() | {"model": report.model, "seed": report.seed, "tokens": report.tokens}
        click.echo(json.dumps(found | {"seconds": report.to_json()["seconds"]}, ensure_ascii=False))
    else:
        _show(ballot)
    return 0 if ballot.winner else 1


def _show(ballot: Ballot) -> None:
    winner = ballot.winner
    if winner is None:
        click.echo(f"no answer: none of {ballot.samples} samples is a program that prints something")
        return
    click.echo(winner.answer)
    click.echo(f"\n{winner.votes} of {ballot.votes} votes ({winner.share:.0%}); {ballot.samples} samples")
    for each in ballot.candidates[1:_SHOWN]:
        click.echo(f"{'runner-up' if each is ballot.runner_up else 'then':<10}{each.answer}   {each.votes} votes")
    click.echo(f"\n{winner.program.rstrip()}")
