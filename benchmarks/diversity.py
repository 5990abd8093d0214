"""`python -m benchmarks.diversity SUITE --folder DIR`: what each way of asking buys (`codegen.diversity.STRATEGIES`).

One `codesieve bench` run a strategy on the same problems, in run files of DIR, so that an interrupted command goes on
and a finished one needs no model. Differences are paired by problem, to the first strategy.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from benchmarks.batch import run_bench
from benchmarks.metrics import Estimate, estimate, paired, pass_at_k
from benchmarks.results import problem_result
from codegen.cli import options as o
from codegen.cli.entry import invoke
from codegen.config import Settings
from codegen.diversity import STRATEGIES, check_strategy
from codegen.models.base import Model
from codegen.models.loading import load_model
from codegen.models.together import together
from codegen.runs import RunFile
from codegen.selection import pool_of

ALL = ("plain", "direct", "mixed", "plan", "conditioned", "few-shot", "reworded")
FIGURES = ("programs", "behaviours", "pass@1", "pass@10", "1@N", "tokens")
"""programs, behaviours: different ones a problem; the second among the survivors of the public tests."""

Rows = dict[str, dict[str, float]]
"""Figure -> problem id -> value."""


def _names(_: click.Context, __: click.Parameter, value: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in value.split(",") if part.strip())
    for name in names:
        check_strategy(name)
    return names


@click.command()
@click.argument("suite")
@click.option("--folder", required=True, type=click.Path(file_okay=False, path_type=Path), help="Of the run files.")
@click.option("--data", metavar="PATH", help="The suite's data, where they are not in their usual place.")
@click.option("--limit", type=click.IntRange(1), default=40, show_default=True, help="Only the first N problems.")
@click.option("--samples", type=click.IntRange(1), default=10, show_default=True, help="Samples a problem.")
@click.option(
    "--strategies",
    callback=_names,
    default=",".join(ALL),
    show_default=True,
    help=f"Of {', '.join(STRATEGIES)}; the others are compared with the first.",
)
@o.model_option
@o.sandbox_option
@o.seed_option
@o.max_tokens_option
@o.json_option
def main(
    suite: str,
    folder: Path,
    data: str | None,
    limit: int,
    samples: int,
    strategies: tuple[str, ...],
    model: str,
    sandbox: str,
    seed: int,
    max_tokens: int,
    as_json: bool,
) -> None:
    """Programs, behaviours and right answers by strategy on the first problems of SUITE."""
    folder.mkdir(parents=True, exist_ok=True)
    rows: dict[str, Rows] = {}
    opened = together(load_model(model))
    try:
        for name in strategies:
            rows[name] = _run(opened, suite, folder / f"{name}.sqlite", name, data=data, limit=limit, sandbox=sandbox,
                              settings=o.settings_of(samples=samples, seed=seed, submissions=10, languages=("python",),
                                                     ranker="blend", max_tokens=max_tokens, prompts=name))  # fmt: skip
    finally:
        opened.close()
    table = {name: figures(found, rows[strategies[0]]) for name, found in rows.items()}
    click.echo(json.dumps(table) if as_json else "\n".join(lines(table)))


def _run(
    model: Model,
    suite: str,
    path: Path,
    name: str,
    *,
    data: str | None,
    limit: int,
    sandbox: str,
    settings: Settings,
) -> Rows:
    click.echo(f"{name}: {path}", err=True)
    run_bench(suite, model=model, sandbox=sandbox, settings=settings, path=path, data=data, limit=limit, selectors=())
    with RunFile.open_existing(path) as run:
        return read(run, limit)


def read(run: RunFile, limit: int) -> Rows:
    """The figures of a scored run, by problem."""
    found: Rows = {name: {} for name in FIGURES}
    for problem in run.problems()[:limit]:
        result = problem_result(run, problem)
        if not result.drawn:
            continue
        right = sum(result.used)
        pool = pool_of(run, problem.id, seed=run.settings.seed)
        keys = {key for _, key in run.samples(problem.id) if key is not None}
        values = {
            "programs": len(keys),
            "behaviours": len(pool.clusters) if pool.filtered or not problem.public_tests else 0,
            "pass@1": pass_at_k(result.drawn, right, 1),
            "1@N": float(any((result.submitted or ())[:1])),
            "tokens": result.tokens / result.drawn,
        }
        if result.drawn >= 10:
            values["pass@10"] = pass_at_k(result.drawn, right, 10)
        for name, value in values.items():
            found[name][problem.id] = float(value)
    return found


def figures(rows: Rows, first: Rows) -> dict[str, Any]:
    """Means over problems with 95% intervals, and the differences to the first strategy."""
    found: dict[str, Any] = {"problems": len(rows["pass@1"])}
    for name in FIGURES:
        if rows[name]:
            found |= _with_interval(name, estimate(list(rows[name].values())))
            found |= _with_interval(f"{name}_difference", paired(rows[name], first[name]))
    return found


def _with_interval(name: str, found: Estimate) -> dict[str, float]:
    values = {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}
    return {key: round(value, 4) for key, value in values.items()}


def lines(table: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The table for a terminal: means, and below each the interval of its difference to the first strategy."""
    shown = [f"{'strategy':<13}" + "".join(f"{name:>18}" for name in FIGURES)]
    for strategy, row in table.items():
        means = (f"{row[name]:.3f}" if name in row else "-" for name in FIGURES)
        shown.append(f"{strategy:<13}" + "".join(f"{mean:>18}" for mean in means))
        cells = [
            f"[{row[f'{name}_difference_low']:+.3f}, {row[f'{name}_difference_high']:+.3f}]" if name in row else ""
            for name in FIGURES
        ]
        shown.append(f"{'':<13}" + "".join(f"{cell:>18}" for cell in cells))
    return shown


if __name__ == "__main__":
    sys.exit(invoke(main))
