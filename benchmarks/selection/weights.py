"""`python -m benchmarks.selection.weights --pool DIR`: fit `blend`, cross-validate it, leave out each feature.

"nested" is what a choice among all the configurations below would be worth: for each fold the configuration is chosen
by cross-validation on the other folds alone, so that no figure chooses itself.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import click

from benchmarks.selection.cache import Cache
from benchmarks.selection.command import Executed, LazySandbox, run_pool, training_data
from benchmarks.selection.fitting import (
    FOLDS,
    L2,
    WITH_TESTS,
    WITHOUT_TESTS,
    Example,
    cross_fitted,
    fit,
    folds,
    without_tests,
)
from benchmarks.selection.pools import read_pool
from benchmarks.selection.prepared import prepare
from codegen.cli.entry import invoke
from codegen.errors import UsageError
from codegen.models.cache import cache_dir
from codegen.ranking.blend import Weights

PENALTIES = (0.001, 0.01, 0.03)
"""Beside the one that is used."""
SPLITS = 5
"""Ways to split the folds: the mean over them moves less than one."""
Configuration = tuple[tuple[str, ...], float]


@click.command()
@click.option("--pool", "path", required=True, type=click.Path(path_type=Path))
@click.option("--sandbox", default="auto", show_default=True)
@click.option("--json", "as_json", is_flag=True)
def main(path: Path, sandbox: str, as_json: bool) -> None:
    """Weights for both tables of `blend`, and 1@all cross-validated: all features, and without each."""
    pool = read_pool(path)
    if pool.evaluation_only:
        raise UsageError(f"{path}: the licence of this pool forbids to fit anything on it")
    opened = LazySandbox(sandbox)
    cache = Cache(cache_dir() / "selection.sqlite")
    try:
        executed = run_pool(pool, cache, opened)
    finally:
        opened.close()
        cache.close()
    found = {}
    for name, used, blind in (("with tests", WITH_TESTS, False), ("without tests", WITHOUT_TESTS, True)):
        data = _Data(executed, blind=blind)
        weights = fit(data.all, used=used)
        configurations = _configurations(used)
        found[name] = {
            "weights": {feature: round(weights[feature], 2) for feature in used},
            "in-sample": data.figures(dict.fromkeys(data.ids, weights)),
            "nested": data.figures(_nested(data, list(configurations.values()))),
        } | {label: _cross_validated(data, configuration) for label, configuration in configurations.items()}
    if as_json:
        click.echo(json.dumps(found))
        return
    for name, rows in found.items():
        click.echo(name)
        for row, values in rows.items():
            click.echo(f"  {row:<26}" + "  ".join(f"{key} {value}" for key, value in values.items()))


def _configurations(used: Sequence[str]) -> dict[str, Configuration]:
    left_out = {f"without {name}": (tuple(each for each in used if each != name), L2) for name in used}
    penalties = {f"penalty {value}": (tuple(used), value) for value in PENALTIES}
    return {"all features": (tuple(used), L2)} | left_out | penalties


class _Data:
    """The problems of both tracks, without the statement's examples and with them."""

    def __init__(self, executed: Executed, *, blind: bool) -> None:
        self.ids = [recording.problem.id for recording, _ in executed]
        self.tracks: dict[str, list[Example]] = {}
        for label, shown in (("no examples", False), ("examples", True)):
            problems = [prepare(*each, examples=shown) for each in executed]
            self.tracks[label] = training_data([[without_tests(each) for each in problems] if blind else problems])
        self.all = [each for track in self.tracks.values() for each in track]

    def figures(self, weights: Mapping[str, Weights]) -> dict[str, float]:
        """1@all in percent on each track."""
        return {
            label: round(100 * sum(each.first_is_right(weights[each.problem_id]) for each in track) / len(self.ids), 2)
            for label, track in self.tracks.items()
        }


def _cross_validated(data: _Data, configuration: Configuration) -> dict[str, float]:
    """The mean over several ways to split the folds, and the least and the greatest of them."""
    used, l2 = configuration
    rows = [data.figures(cross_fitted(data.all, data.ids, used=used, l2=l2, seed=seed)) for seed in range(SPLITS)]
    found = {}
    for label in data.tracks:
        values = [row[label] for row in rows]
        found[label] = round(sum(values) / len(values), 2)
        found[f"{label}, from"], found[f"{label}, to"] = min(values), max(values)
    return found


def _nested(data: _Data, configurations: Sequence[Configuration]) -> dict[str, Weights]:
    """Problem id -> weights of the configuration that is best on the other folds."""
    found: dict[str, Weights] = {}
    for part in folds(data.ids):
        others = [each for each in data.all if each.problem_id not in part]
        rest = [name for name in data.ids if name not in part]
        used, l2 = max(configurations, key=partial(_right, others, rest))
        found |= dict.fromkeys(part, fit(others, used=used, l2=l2))
    return found


def _right(examples: Sequence[Example], ids: Sequence[str], configuration: Configuration) -> float:
    """How much a configuration gets right, cross-validated."""
    used, l2 = configuration
    weights = cross_fitted(examples, ids, used=used, l2=l2, count=FOLDS // 2)
    return sum(each.first_is_right(weights[each.problem_id]) for each in examples)


if __name__ == "__main__":
    sys.exit(invoke(main))
