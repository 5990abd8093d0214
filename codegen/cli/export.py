"""`codesieve export`: a run's samples for other tools."""

from __future__ import annotations

import json
from typing import Any

import click

from codegen.cli import options as o


@click.command()
@o.run_option(required=True)
@click.option(
    "--format", "form", type=click.Choice(["evalplus", "json"]), default="json", show_default=True,
    help="evalplus: one line a sample, {\"task_id\", \"solution\"}; json: everything, one object.",
)  # fmt: skip
def export(run_path: str, form: str) -> int:
    """Write the samples of a run file to stdout.

    A sample without a program is exported too (with an empty solution), so that rates counted elsewhere stay right.
    """
    from codegen.report import build_report
    from codegen.runs import RunFile

    with RunFile.open_existing(run_path) as run:
        if form == "evalplus":
            for problem in run.problems():
                for sample, _ in run.samples(problem.id):
                    row = {"task_id": problem.id, "solution": sample.extraction.program or ""}
                    click.echo(json.dumps(row))
            return 0
        problems = [
            build_report(run, problem).to_json() | {"samples": _samples(run, problem.id)} for problem in run.problems()
        ]
        whole = {"schema": 1, "model": run.model, "settings": run.settings.to_json(), "problems": problems}
        click.echo(json.dumps(whole, ensure_ascii=False))
    return 0


def _samples(run: Any, problem_id: str) -> list[dict[str, Any]]:
    judgements = run.judgements(problem_id)
    rows = []
    for sample, key in run.samples(problem_id):
        judgement = judgements.get(key)
        rows.append(
            {
                "index": sample.index,
                "seed": sample.seed,
                "language": sample.extraction.language,
                "style": sample.variation.style,
                "temperature": sample.variation.temperature,
                "completion": sample.completion.text,
                "finish_reason": sample.completion.finish_reason,
                "token_count": sample.completion.token_count,
                "logprob": sample.completion.logprob,
                "program": sample.extraction.program,
                "salvaged": list(sample.extraction.salvaged),
                "problem": sample.extraction.problem,
                "public_verdict": judgement.verdict.value if judgement else None,
                "detail": judgement.detail if judgement else None,
            }
        )
    return rows
