"""`codesieve bench`: a suite in batch, from problems to figures."""

from __future__ import annotations

import json

import click

from codegen.cli import options as o
from codegen.models.placement import Precision


def _ids(_: click.Context, __: click.Parameter, value: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (value or "").split(",") if part.strip())


def _shard(_: click.Context, __: click.Parameter, value: str | None) -> tuple[int, int]:
    number, slash, of = (value or "1/1").partition("/")
    if not (slash and number.isdecimal() and of.isdecimal()):
        raise click.BadParameter(f"'{value}' is no part; write 1/4 for the first of four")
    return int(number), int(of)


@click.command()
@click.argument("suite", required=False)
@click.option("--list", "list_suites", is_flag=True, help="Names, sizes, origins and licences of the suites.")
@click.option("--data", metavar="PATH", help="The suite's data, where they are not in their usual place.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Only the first N problems.")
@click.option("--problems", "ids", callback=_ids, metavar="IDS", help="Only these, separated by commas.")
@click.option(
    "--shard",
    callback=_shard,
    metavar="I/N",
    help="Only part I of N of the problems; `codesieve merge` puts the run files of the parts together.",
)
@click.option("--strict", is_flag=True, help="Stop at the first malformed row of the data or of recorded samples.")
@click.option("--score-only", is_flag=True, help="pass@k alone: no public tests, no clusters, no submissions.")
@o.model_option
@o.dtype_option
@o.samples_or_auto_option
@o.max_samples_option
@o.submissions_option
@o.language_option
@o.prompts_option
@o.sandbox_option
@o.executor_option
@o.seed_option
@o.max_tokens_option
@o.ranker_option
@o.model_tests_option
@o.repair_option
@o.run_option(required=False)
@o.json_option
def bench(
    suite: str | None,
    list_suites: bool,
    data: str | None,
    limit: int | None,
    ids: tuple[str, ...],
    shard: tuple[int, int],
    strict: bool,
    score_only: bool,
    model: str,
    dtype: Precision,
    samples: int,
    max_samples: int | None,
    submissions: int,
    languages: tuple[str, ...],
    prompts: str,
    sandbox: str,
    executor: str,
    seed: int,
    max_tokens: int,
    ranker: str,
    model_tests: int,
    repair: int,
    run_path: str | None,
    as_json: bool,
) -> int:
    """Solve the problems of SUITE and score every sample on the hidden tests.

    An interrupted run goes on where it was when the same command is started again with the same --run.
    Recorded samples are scored with --model replay:PATH, the suite's own solutions with --model reference; --score-only
    leaves the selection out.
    """
    from benchmarks.batch import Shard, run_bench
    from benchmarks.render import lines
    from codegen.cli.solve import default_run_path
    from codegen.executor import open_executor

    if list_suites:
        _list(as_json)
        return 0
    if suite is None:
        raise click.UsageError("SUITE is missing; `codesieve bench --list` names the suites")
    settings = o.settings_of(
        samples=samples,
        max_samples=max_samples,
        seed=seed,
        submissions=submissions,
        languages=languages,
        prompts=prompts,
        ranker=ranker,
        model_tests=model_tests,
        repair=repair,
        max_tokens=max_tokens,
    )
    if settings.auto and score_only:
        raise click.UsageError("--samples auto looks at public tests and clusters, which --score-only leaves out")
    path = run_path or default_run_path(suite)
    click.echo(f"run file: {path}", err=True)
    try:
        result = run_bench(
            suite, data=data, limit=limit, ids=ids, shard=Shard(*shard), strict=strict, score_only=score_only,
            model=model, sandbox=sandbox, settings=settings, path=path,
            executor=None if executor == "local" else open_executor(executor, dtype=dtype),
            dtype=dtype,
        )  # fmt: skip
    except KeyboardInterrupt:
        click.echo(f"\ninterrupted; to go on, start the same command again with --run {path}", err=True)
        raise
    if as_json:
        click.echo(json.dumps(result.to_json(), ensure_ascii=False))
    else:
        click.echo("\n".join(lines(result)))
    return 0 if result.passed else 1


def _list(as_json: bool) -> None:
    from dataclasses import asdict

    from benchmarks.suites import SUITES

    if as_json:
        rows = [{"name": name} | asdict(suite) for name, suite in SUITES.items()]
        click.echo(json.dumps({"suites": rows}))
        return
    for name, suite in SUITES.items():
        click.echo(f"{name:<12} {suite.size:>5}  {suite.title}; from {suite.source}; {suite.licence}")
