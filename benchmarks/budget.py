"""`python -m benchmarks.budget --pool DIR`: what `--samples auto` saves on recorded samples, and what it costs.

The samples of a problem are taken in several random orders and cut off after each batch; wherever the product would
stop, the answer is compared with the one of all samples. On the pool that the model was fitted on (`--pool` of CodeT's
files) `blend`, the model and its threshold are cross-validated over the problems; other pools meet what is shipped.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import click
import numpy as np
from tqdm import tqdm

from benchmarks.metrics import Estimate, estimate
from benchmarks.selection.cache import Cache
from benchmarks.selection.command import CROSS_VALIDATED, Executed, LazySandbox, fitted, quick, run_pool
from benchmarks.selection.counting import first_is_right
from benchmarks.selection.fitting import Floats, folds
from benchmarks.selection.pools import read_pool
from benchmarks.selection.prepared import Prepared, prepare
from codegen.cli.entry import invoke
from codegen.models.cache import cache_dir
from codegen.ranking.blend import Weights, rank, rank_with
from codegen.settling import TERMS, THRESHOLDS, WEIGHTS, border, growth, terms

ORDERS = 8
BUDGETS = (8, 16, 32, 64, 100)
"""The model is fitted as if so many of the recorded samples had been all."""
ALLOWED = {False: 0.003, True: 0.0045}
"""What a threshold may cost in 1@N on the problems that it is chosen on: on new ones it costs more. Without public
tests, and with them."""
TRIED = 101
L2 = 1.0
STEPS = 30
"""Of Newton's method."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One place to stop at. `terms` is None where nothing has passed; `right`: chance that the answer is right."""

    drawn: int
    terms: Floats | None
    right: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A problem's samples in one order: all places to stop at, the last being the full budget.

    `filtering`: whether there are public tests.
    """

    problem_id: str
    filtering: bool
    stops: tuple[Stop, ...]

    def within(self, budget: int) -> Course | None:
        """The same samples had so many been all; None where that is no place to stop at."""
        stops = tuple(replace(stop, terms=_with_budget(stop, budget)) for stop in self.stops if stop.drawn <= budget)
        return replace(self, stops=stops) if stops and stops[-1].drawn == budget else None


def _with_budget(stop: Stop, budget: int) -> Floats | None:
    if stop.terms is None:
        return None
    found = stop.terms.copy()
    found[TERMS.index("growth")] = growth(stop.drawn, budget)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """With and without public tests (True, False)."""

    weights: Mapping[bool, Floats]
    thresholds: Mapping[bool, float]

    def stop(self, course: Course) -> Stop:
        """Where sampling ends."""
        weights = self.weights[course.filtering]
        for each in course.stops[:-1]:
            if each.terms is not None and _chance(each.terms, weights) < self.thresholds[course.filtering]:
                return each
        return course.stops[-1]


@click.command()
@click.option("--pool", "path", required=True, type=click.Path(path_type=Path), help="Folder or file of a pool.")
@click.option("--examples", type=click.Choice(["none", "docstring"]), default="docstring", show_default=True)
@click.option("--full", is_flag=True, help="All samples of a pool that has to be compiled.")
@click.option("--weights", "show_weights", is_flag=True, help="Print the weights fitted on all problems, both tracks.")
@click.option("--sandbox", default="auto", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One object on stdout.")
def main(path: Path, examples: str, full: bool, show_weights: bool, sandbox: str, as_json: bool) -> None:
    """Samples saved by stopping early, and 1@N with and without it."""
    pool = read_pool(path)
    opened = LazySandbox(sandbox)
    cache = Cache(cache_dir() / "selection.sqlite")
    try:
        executed = run_pool(pool if full else quick(pool), cache, opened)
    finally:
        opened.close()
        cache.close()
    here = pool.name == CROSS_VALIDATED
    ranking = fitted(executed)[0] if here else {}
    tracks = {shown: walk(executed, ranking, examples=shown == "docstring") for shown in ("docstring", "none")}
    everything = [each for courses in tracks.values() for each in courses]
    if show_weights:
        click.echo(json.dumps(_shown(fit(everything))))
        return
    models = cross_fitted(everything) if here else dict.fromkeys((each.problem_id for each in everything), shipped())
    found = figures(tracks[examples], models)
    click.echo(json.dumps(found) if as_json else "\n".join(lines(found)))


def walk(executed: Executed, ranking: Mapping[str, Weights], *, examples: bool) -> list[Course]:
    """Every problem in every order."""
    found = []
    for recording, matrices in tqdm(executed, desc="walk", unit="problem", disable=None):
        prepared = prepare(recording, matrices, examples=examples)
        own = ranking.get(prepared.problem_id)
        chance = random.Random(prepared.problem_id)  # noqa: S311
        order = list(range(len(prepared.passed)))
        last: Stop | None = None
        for _ in range(ORDERS):
            course = _course(prepared, order, own, last)
            last = course.stops[-1]
            found.append(course)
            order = chance.sample(order, len(order))
    return found


def _course(prepared: Prepared, order: Sequence[int], ranking: Weights | None, last: Stop | None) -> Course:
    stops: list[Stop] = []
    drawn = 0
    while drawn < len(order):
        drawn = border(drawn, len(order))
        stops.append(last if last and drawn == len(order) else _stop(prepared, order[:drawn], ranking))
    return Course(problem_id=prepared.problem_id, filtering=prepared.examples > 0, stops=tuple(stops))


def _stop(prepared: Prepared, chosen: Sequence[int], ranking: Weights | None) -> Stop:
    pool = prepared.drawn(chosen)
    ranker = partial(rank_with, weights=ranking) if ranking else rank
    return Stop(
        drawn=len(chosen),
        terms=terms(pool, budget=len(prepared.passed), filtering=prepared.examples > 0, ranking=ranking),
        right=first_is_right(ranker(pool), prepared.passed) if pool.candidates else 0.0,
    )


# -- the model -------------------------------------------------------------------------------------------------------


def shipped() -> Model:
    weights = {kind: np.array([table[name] for name in TERMS]) for kind, table in WEIGHTS.items()}
    return Model(weights=weights, thresholds=THRESHOLDS)


def cross_fitted(courses: Sequence[Course]) -> dict[str, Model]:
    """Problem id -> the model fitted on the folds that do not hold it."""
    found: dict[str, Model] = {}
    for part in folds(sorted({each.problem_id for each in courses})):
        found |= dict.fromkeys(part, fit([each for each in courses if each.problem_id not in part]))
    return found


def fit(courses: Sequence[Course]) -> Model:
    """Weights by logistic regression, and the threshold that saves most for `ALLOWED`, over all `BUDGETS`."""
    budgets = [cut for each in courses for budget in BUDGETS if (cut := each.within(budget)) is not None]
    kinds = {kind: [each for each in budgets if each.filtering is kind] for kind in (False, True)}
    weights = {kind: _weights(part) for kind, part in kinds.items()}
    return Model(
        weights=weights,
        thresholds={kind: _threshold(part, weights[kind], ALLOWED[kind]) for kind, part in kinds.items()},
    )


def _weights(courses: Sequence[Course]) -> Floats:
    """Of the chance that the answer of the full budget is right where the present one is not."""
    rows = [
        (stop, course.stops[-1].right) for course in courses for stop in course.stops[:-1] if stop.terms is not None
    ]
    weights = np.zeros(len(TERMS))
    if not rows:
        return weights
    inputs = np.array([stop.terms for stop, _ in rows])
    better = np.array([max(0.0, right - stop.right) for stop, right in rows])
    penalty = L2 * np.eye(len(TERMS))
    penalty[0, 0] = 1e-6  # the constant is free
    for _ in range(STEPS):
        chance = _chance(inputs, weights)
        gradient = inputs.T @ (better - chance) - penalty @ weights
        curvature = (inputs * (chance * (1 - chance))[:, None]).T @ inputs + penalty
        weights = weights + np.linalg.solve(curvature, gradient)
    return weights


def _threshold(courses: Sequence[Course], weights: Floats, allowed: float) -> float:
    """0 (never stop) where nothing is saved for what is allowed."""
    if not courses:
        return 0.0
    longest = max(len(each.stops) for each in courses)
    chances = np.full((len(courses), longest), np.inf)
    saved, cost = np.zeros((len(courses), longest)), np.zeros((len(courses), longest))
    for number, course in enumerate(courses):
        last = course.stops[-1]
        for place, stop in enumerate(course.stops):
            saved[number, place] = 1 - stop.drawn / last.drawn
            cost[number, place] = last.right - stop.right
            if stop.terms is not None and stop is not last:
                chances[number, place] = _chance(stop.terms, weights)
        chances[number, len(course.stops) - 1] = -np.inf  # here it ends in any case
    best, most = 0.0, 0.0
    for threshold in np.quantile(chances[np.isfinite(chances)], np.linspace(0, 1, TRIED)):
        ends = (chances < threshold).argmax(axis=1)
        rows = np.arange(len(courses))
        if cost[rows, ends].mean() <= allowed and saved[rows, ends].mean() > most:
            best, most = float(threshold), float(saved[rows, ends].mean())
    return best


def _chance(rows: Floats, weights: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(rows @ weights, -50, 50))))


# -- figures ---------------------------------------------------------------------------------------------------------


def figures(courses: Sequence[Course], models: Mapping[str, Model]) -> dict[str, float]:
    """Means over problems; 1@N and differences in percent and points, with 95% intervals over problems."""
    by_problem: dict[str, list[tuple[Stop, Stop]]] = {}
    for course in courses:
        by_problem.setdefault(course.problem_id, []).append((models[course.problem_id].stop(course), course.stops[-1]))
    saved, fixed, auto, drawn = ([_mean(pairs, what) for pairs in by_problem.values()] for what in range(4))
    early = sum(stop.terms is None and stop is not last for pairs in by_problem.values() for stop, last in pairs)
    difference = estimate([a - f for a, f in zip(auto, fixed, strict=True)])
    return {
        "problems": len(by_problem),
        "samples": max(course.stops[-1].drawn for course in courses),
        "samples_drawn": round(sum(drawn) / len(drawn), 1),
        **_with_interval("saved_share", estimate(saved), 1),
        **_with_interval("1@N_fixed", estimate(fixed), 100),
        **_with_interval("1@N_auto", estimate(auto), 100),
        **_with_interval("difference", difference, 100),
        "stopped_before_anything_passed": early,
    }


def _mean(pairs: Sequence[tuple[Stop, Stop]], what: int) -> float:
    values = [(1 - stop.drawn / last.drawn, last.right, stop.right, float(stop.drawn))[what] for stop, last in pairs]
    return sum(values) / len(values)


def _with_interval(name: str, found: Estimate, scale: float) -> dict[str, float]:
    values = {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}
    return {key: round(scale * value, 3) for key, value in values.items()}


def lines(found: Mapping[str, float]) -> list[str]:
    """The table for a terminal."""
    shown = [
        f"{found['problems']:.0f} problems, {found['samples']:.0f} samples, of which {found['samples_drawn']} drawn"
    ]
    shown.append(f"{'':<14}{'':>8}   95% interval over problems")
    for name in ("saved_share", "1@N_fixed", "1@N_auto", "difference"):
        low, high = found[f"{name}_low"], found[f"{name}_high"]
        shown.append(f"{name:<14}{found[name]:>8.3f}   [{low:.3f}, {high:.3f}]")
    shown.append(f"stopped before anything passed: {found['stopped_before_anything_passed']:.0f}")
    return shown


def _shown(model: Model) -> dict[str, Any]:
    weights = {
        str(kind): {name: round(float(value), 2) for name, value in zip(TERMS, table, strict=True)}
        for kind, table in model.weights.items()
    }
    return {"weights": weights, "thresholds": {str(kind): round(value, 4) for kind, value in model.thresholds.items()}}


if __name__ == "__main__":
    sys.exit(invoke(main))
