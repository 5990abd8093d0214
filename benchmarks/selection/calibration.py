"""`python -m benchmarks.selection.calibration --pool DIR`: is a submission right as often as its confidence says?

For the first submission of each problem, or that at `--place`: expected calibration error (ten bins of equal size)
beside the error that a perfect forecaster with the same chances would show, and the Brier score beside that of the
constant base rate. On the pool that the model was fitted on its weights are cross-validated over problems; it learns
from the first five submissions.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np

from benchmarks.selection.cache import Cache
from benchmarks.selection.command import CROSS_VALIDATED, Executed, LazySandbox, quick, run_pool
from benchmarks.selection.fitting import Floats, folds, without_tests
from benchmarks.selection.pools import read_pool
from benchmarks.selection.prepared import Prepared, prepare
from codegen.cli.entry import invoke
from codegen.models.cache import cache_dir
from codegen.ranking import submit
from codegen.ranking.confidence import TERMS, WEIGHTS, terms

BINS = 10
SIMULATIONS = 2000
FEWER = 30
"""Confidence has to hold for few samples too."""
LEARNED = 5
"""Submissions a problem that the model learns from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedIn:
    """A submission: its place from 1, its terms, and whether it was right."""

    problem_id: str
    place: int
    terms: Floats
    right: bool


@click.command()
@click.option("--pool", "path", required=True, type=click.Path(path_type=Path))
@click.option("--sandbox", default="auto", show_default=True)
@click.option("--full", is_flag=True, help="All samples of a pool that has to be compiled.")
@click.option("--place", type=click.IntRange(1, LEARNED), default=1, show_default=True, help="Of the submissions.")
@click.option(
    "--plot", type=click.Path(dir_okay=False, path_type=Path), help="Write a reliability diagram (SVG) there."
)
@click.option("--json", "as_json", is_flag=True)
def main(path: Path, sandbox: str, full: bool, place: int, plot: Path | None, as_json: bool) -> None:
    """Calibration of a submission's confidence on a pool."""
    pool = read_pool(path)
    opened = LazySandbox(sandbox)
    cache = Cache(cache_dir() / "selection.sqlite")
    try:
        executed = run_pool(pool if full else quick(pool), cache, opened)
    finally:
        opened.close()
        cache.close()
    learned = dict(_tracks(executed))
    tracks = {name: [each for each in rows if each.place == place] for name, rows in learned.items()}
    fitted_here = pool.name == CROSS_VALIDATED
    chances = _cross_fitted(learned, tracks) if fitted_here else {name: _shipped(rows) for name, rows in tracks.items()}
    found = {name: _figures(chances[name], _right(rows)) for name, rows in tracks.items() if rows}
    if fitted_here:
        weights = _fit([each for rows in learned.values() for each in rows])
        found["weights"] = {name: round(float(value), 2) for name, value in zip(TERMS, weights, strict=True)}
    if plot is not None:
        _draw({name: (chances[name], _right(rows)) for name, rows in tracks.items() if rows}, plot)
    if as_json:
        click.echo(json.dumps(found))
    else:
        for name, row in found.items():
            click.echo(f"{name:<36}" + "  ".join(f"{key} {value}" for key, value in row.items()))


def _tracks(executed: Executed) -> Iterator[tuple[str, list[HandedIn]]]:
    for shown in (False, True):
        problems = [prepare(*each, examples=shown) for each in executed]
        tested = any(recording.tests for recording, _ in executed)
        for tests in (True, False) if tested else (False,):
            track = problems if tests else [without_tests(each) for each in problems]
            for few in (False, True):
                label = f"{'examples' if shown else 'no examples'}, {'tests' if tests else 'no tests'}"
                yield f"{label}, {FEWER if few else 'all'} samples", list(_handed_in(track, few=few))


def _handed_in(problems: Sequence[Prepared], *, few: bool) -> Iterator[HandedIn]:
    for prepared in problems:
        pool = prepared.drawn(range(min(FEWER, len(prepared.passed)))) if few else prepared.pool
        members = [each.sample_index for each in submit(pool, "blend", limit=LEARNED)] if pool.candidates else []
        for place, (index, row) in enumerate(zip(members, terms(pool, members), strict=True), 1):
            yield HandedIn(problem_id=prepared.problem_id, place=place, terms=row, right=prepared.passed[index])


def _shipped(rows: Sequence[HandedIn]) -> Floats:
    weights = np.array([WEIGHTS[name] for name in TERMS])
    return _chance(np.array([each.terms for each in rows]).reshape(len(rows), len(TERMS)), weights)


def _cross_fitted(learned: dict[str, list[HandedIn]], tracks: dict[str, list[HandedIn]]) -> dict[str, Floats]:
    ids = sorted({each.problem_id for rows in learned.values() for each in rows})
    found = {name: np.zeros(len(rows)) for name, rows in tracks.items()}
    for part in folds(ids):
        weights = _fit([each for rows in learned.values() for each in rows if each.problem_id not in part])
        for name, rows in tracks.items():
            for number, each in enumerate(rows):
                if each.problem_id in part:
                    found[name][number] = _chance(each.terms[None, :], weights)[0]
    return found


def _fit(rows: Sequence[HandedIn]) -> Floats:
    """Logistic regression with an L2 penalty of 1, by Newton's method."""
    inputs, right = np.array([each.terms for each in rows]), _right(rows)
    weights = np.zeros(len(TERMS))
    for _ in range(50):
        chance = _chance(inputs, weights)
        gradient = inputs.T @ (right - chance) - weights
        curvature = (inputs * (chance * (1 - chance))[:, None]).T @ inputs + np.eye(len(weights))
        weights = weights + np.linalg.solve(curvature, gradient)
    return weights


def _chance(inputs: Floats, weights: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-inputs @ weights)))


def _right(rows: Sequence[HandedIn]) -> Floats:
    return np.array([float(each.right) for each in rows])


def calibration_error(chance: Floats, right: Floats) -> float:
    """Mean distance of mean chance and share of right ones over bins of equal size, weighted by size."""
    parts = [part for part in np.array_split(np.argsort(chance, kind="stable"), BINS) if len(part)]
    return float(sum(abs(chance[part].mean() - right[part].mean()) * len(part) for part in parts) / len(chance))


def _figures(chance: Floats, right: Floats) -> dict[str, float]:
    lots = np.random.default_rng(0)
    perfect = [calibration_error(chance, (lots.random(len(chance)) < chance).astype(float)) for _ in range(SIMULATIONS)]
    base = right.mean()
    return {
        "problems": len(right),
        "right": round(float(base), 3),
        "mean_confidence": round(float(chance.mean()), 3),
        "ece": round(calibration_error(chance, right), 3),
        "ece_of_perfect_95": round(float(np.quantile(perfect, 0.95)), 3),
        "brier": round(float(((chance - right) ** 2).mean()), 3),
        "brier_of_base_rate": round(float(base * (1 - base)), 3),
    }


def _draw(tracks: dict[str, tuple[Floats, Floats]], path: Path) -> None:
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "codesieve"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(5, 5))
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
    for name, (chance, right) in tracks.items():
        parts = [part for part in np.array_split(np.argsort(chance, kind="stable"), BINS) if len(part)]
        axes.plot([chance[p].mean() for p in parts], [right[p].mean() for p in parts], "o-", markersize=3, label=name)
    axes.set_xlabel("confidence")
    axes.set_ylabel("share right")
    axes.legend(fontsize="x-small")
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    sys.exit(invoke(main))
