"""`codesieve sample`, `judge` and `rank`: the stages one by one, meeting only in the run file."""

from __future__ import annotations

import json
from typing import Any

import click

from codegen.cli import options as o
from codegen.models.placement import Precision


@click.command()
@click.argument("problems", nargs=-1, required=True, metavar="PROBLEM...")
@o.model_option
@o.dtype_option
@o.samples_option
@o.submissions_option
@o.language_option
@o.prompts_option
@o.seed_option
@o.max_tokens_option
@o.ranker_option
@o.executor_option
@o.run_option(required=True)
@o.json_option
def sample(
    problems: tuple[str, ...],
    model: str,
    dtype: Precision,
    samples: int,
    submissions: int,
    languages: tuple[str, ...],
    prompts: str,
    seed: int,
    max_tokens: int,
    ranker: str,
    executor: str,
    run_path: str,
    as_json: bool,
) -> int:
    """Draw samples for each PROBLEM into the run file. Needs a model and no sandbox."""
    from codegen.cli.progress import Progress
    from codegen.engine import SAMPLE, Engine
    from codegen.executor import open_executor
    from problems.library import find_all

    settings = o.settings_of(
        samples=samples,
        seed=seed,
        submissions=submissions,
        languages=languages,
        prompts=prompts,
        ranker=ranker,
        max_tokens=max_tokens,
    )
    asked = [problem for spec in problems for problem in find_all(spec)]
    drawn = {}
    with (
        Engine(model=model, settings=settings, executor=open_executor(executor, dtype=dtype)) as engine,
        engine.open_run(run_path) as run,
        Progress() as progress,
    ):
        for problem_id, report in engine.solve_all(asked, run=run, on_event=progress.show, stages=SAMPLE).items():
            found = report.funnel
            drawn[problem_id] = {"drawn": found.drawn, "with_program": found.with_program}
            if found.drawn < samples:
                progress.note(f"{model} has {found.drawn} samples of {problem_id}, fewer than the {samples} asked for")
    if as_json:
        click.echo(json.dumps({"problems": drawn}))
    else:
        for problem_id, counts in drawn.items():
            click.echo(f"{problem_id}: {counts['drawn']} samples, {counts['with_program']} with a program")
    return 0


@click.command()
@o.run_option(required=True)
@o.sandbox_option
@o.executor_option
@o.json_option
def judge(run_path: str, sandbox: str, executor: str, as_json: bool) -> int:
    """Run the samples of a run file on public tests and generated inputs. Needs a sandbox and no model."""
    from codegen.engine import JUDGE

    return _on_run(run_path, sandbox, as_json, JUDGE, {}, executor=executor)


@click.command()
@o.run_option(required=True)
@click.option("--ranker", default=None, metavar="R", help="Default: the one the run was started with.")
@click.option("--min-confidence", type=click.FloatRange(0, 1), metavar="P", help="Default: as the run was started.")
@o.json_option
def rank(run_path: str, ranker: str | None, min_confidence: float | None, as_json: bool) -> int:
    """Cluster the survivors of a run file and choose submissions. Needs neither model nor sandbox."""
    from codegen.engine import RANK

    changes = {"ranker": ranker, "min_confidence": min_confidence}
    return _on_run(run_path, "auto", as_json, RANK, {key: v for key, v in changes.items() if v is not None})


def _on_run(
    run_path: str,
    sandbox: str,
    as_json: bool,
    stages: frozenset[str],
    changes: dict[str, Any],
    *,
    executor: str = "local",
) -> int:
    from dataclasses import replace

    from codegen.cli.progress import Progress
    from codegen.engine import Engine
    from codegen.executor import open_executor
    from codegen.runs import RunFile

    with RunFile.open_existing(run_path, write=True) as run:
        settings = replace(run.settings, **changes)
        with (
            Engine(
                model=str(run.model["name"]), sandbox=sandbox, settings=settings, executor=open_executor(executor)
            ) as engine,
            Progress() as progress,
        ):
            found = engine.solve_all(run.problems(), run=run, on_event=progress.show, stages=stages)
    reports = found.values()
    if as_json:
        click.echo(json.dumps({"problems": [report.to_json() for report in reports]}, ensure_ascii=False))
    else:
        for report in reports:
            f = report.funnel
            click.echo(
                f"{report.problem_id}: {f.drawn} drawn, {f.with_program} with a program, {f.unique} unique, "
                f"{f.survived} survived, {f.clusters} clusters, {f.submitted} submitted"
            )
    return 0 if any(report.funnel.survived for report in reports) else 1
