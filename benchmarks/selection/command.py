"""The laboratory's command line. Cold, the CodeGen-16B pool takes minutes of execution; what was run is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import click
from tqdm import tqdm

from benchmarks.selection.cache import Cache
from benchmarks.selection.fitting import Example, cross_fitted, example, fit
from benchmarks.selection.labels import by_humaneval_plus
from benchmarks.selection.laboratory import FULL, QUICK, Figures, RankerOf, default_rankers, measure
from benchmarks.selection.matrices import Matrices, execute
from benchmarks.selection.pools import RecordedPool, Recording, read_pool
from benchmarks.selection.prepared import Prepared, prepare
from benchmarks.selection.render import COMPARISON, flat, lines
from benchmarks.selection.salvaged import salvaged
from codegen.models.cache import cache_dir
from codegen.ranking.blend import Weights, rank_with
from codegen.ranking.pool import Ranker
from sandbox.backends import open_sandbox
from sandbox.execution import Sandbox

CROSS_VALIDATED = "codet"
"""The pool that `blend` was fitted on: there it is always cross-validated."""
IN_SAMPLE = "blend-in-sample"
COMPILED = 10
"""Samples a problem in a language that is compiled, unless --full."""


class LazySandbox:
    """Opened when something has to be run: a pool whose matrices are all known needs none."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._opened: Sandbox | None = None

    def __call__(self) -> Sandbox:
        if self._opened is None:
            self._opened = open_sandbox(self._name)
        return self._opened

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()


@click.command()
@click.option("--pool", "path", required=True, type=click.Path(path_type=Path), help="Folder or file of a pool.")
@click.option("--examples", type=click.Choice(["none", "docstring"]), default="none", show_default=True)
@click.option("--salvage", "repair", is_flag=True, help="Repair programs first, as the product does.")
@click.option("--plus", is_flag=True, help="Figures by HumanEval+'s labels too, under names that begin with plus_.")
@click.option("--full", is_flag=True, help="More resampling: for figures that are quoted.")
@click.option("--reference", default="blend", show_default=True, help="Selector that differences are taken to.")
@click.option("--sandbox", default="auto", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One object on stdout.")
def main(
    path: Path,
    examples: str,
    repair: bool,
    plus: bool,
    full: bool,
    reference: str,
    sandbox: str,
    as_json: bool,
) -> None:
    """n@k of every selector on recorded samples with labels (docs/selection.md)."""
    pool = read_pool(path)
    if not full:
        pool = quick(pool)
    opened = LazySandbox(sandbox)
    cache = Cache(cache_dir() / "selection.sqlite")
    try:
        executed = run_pool(pool, cache, opened, repair=repair)
        recordings = [recording for recording, _ in executed]
        stricter = list(by_humaneval_plus(recordings, _humaneval_plus(path), cache, opened)) if plus else []
    finally:
        opened.close()
        cache.close()
    shown = examples == "docstring"
    problems = [prepare(recording, matrices, examples=shown) for recording, matrices in executed]
    rankers = default_rankers()
    if pool.name == CROSS_VALIDATED:
        cross, all_weights = fitted(executed)
        rankers["blend"] = lambda problem_id: partial(rank_with, weights=cross[problem_id])
        rankers[IN_SAMPLE] = _always(partial(rank_with, weights=all_weights))
    figures = _measured(problems, rankers, full=full)
    costs = costs_of(executed)
    relabelled = [replace(each, passed=passed) for each, passed in zip(problems, stricter, strict=False)]
    by_plus = _measured(relabelled, {name: rankers[name] for name in figures if name in rankers}, full=full)
    if as_json:
        found = flat(figures, costs, reference=reference)
        for name, row in flat(by_plus, costs, reference=reference).items():
            found[name] |= {f"plus_{key}": value for key, value in row.items() if "@" in key or key in COMPARISON}
        click.echo(json.dumps(found))
    else:
        click.echo("\n".join(lines(figures, costs, reference=reference)))
        if by_plus:
            click.echo("\n".join(("", "by the labels of HumanEval+", *lines(by_plus, costs, reference=reference))))


def _measured(problems: Sequence[Prepared], rankers: Mapping[str, RankerOf], *, full: bool) -> dict[str, Figures]:
    if not problems:
        return {}
    with tqdm(total=len(problems), desc="rank", unit="problem", disable=None) as progress:
        return measure(
            problems,
            rankers,
            effort=FULL if full else QUICK,
            on_problem=progress.update,
            on_left_out=lambda name, reason: click.echo(f"{name} is left out: {reason}", err=True),
        )


def _humaneval_plus(pool: Path) -> Path | None:
    """Beside the pool, where it lies there."""
    beside = (pool if pool.is_dir() else pool.parent).resolve().parent / "humaneval_plus"
    return beside if beside.is_dir() else None


Executed = Sequence[tuple[Recording, Matrices]]


def quick(pool: RecordedPool) -> RecordedPool:
    """With fewer samples a problem where each costs a compiler run; says so."""
    kept = []
    for each in pool.recordings:
        step = max(1, len(each.programs) // COMPILED) if each.language != "python" else 1
        kept.append(replace(each, programs=each.programs[::step], passed=each.passed[::step]) if step > 1 else each)
    if any(len(new.programs) < len(old.programs) for new, old in zip(kept, pool.recordings, strict=True)):
        most = max(len(each.programs) for each in kept)
        click.echo(f"{pool.name}: every program has to be compiled, so {most} a problem; --full takes all", err=True)
    return replace(pool, recordings=tuple(kept))


def run_pool(pool: RecordedPool, cache: Cache, sandbox: LazySandbox, *, repair: bool = False) -> Executed:
    """Every problem with its matrices, executed where the cache does not hold them."""
    found = []
    with tqdm(pool.recordings, desc="execute", unit="problem", disable=None) as progress:
        for recorded in progress:
            recording = salvaged(recorded, cache, sandbox) if repair else recorded
            found.append((recording, execute(recording, cache, sandbox)))
    return found


def fitted(executed: Executed) -> tuple[dict[str, Weights], Weights]:
    """Weights by problem, each fitted without the problem's fold, and those fitted on all.

    Both tracks count as data, with the examples and without, so that the weights serve either.
    """
    tracks = [[prepare(*each, examples=shown) for each in executed] for shown in (False, True)]
    data = training_data(tracks)
    return cross_fitted(data, [recording.problem.id for recording, _ in executed]), fit(data)


def training_data(tracks: Sequence[Sequence[Prepared]]) -> list[Example]:
    """One example a problem and track, of those where a right sample can be chosen."""
    return [each for track in tracks for prepared in track if (each := example(prepared)) is not None]


def costs_of(executed: Executed) -> tuple[int, float]:
    """Executions, and processor seconds in the sandbox, that the matrices took."""
    rows = [row for _, matrices in executed for row in matrices.rows.values()]
    return sum(row.executions for row in rows), sum(row.seconds for row in rows)


def _always(ranker: Ranker) -> RankerOf:
    return lambda problem_id: ranker  # noqa: ARG005
