"""`python -m benchmarks.selection.weights --pool DIR`: fit `blend`, cross-validate it, leave out each feature."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click

from benchmarks.metrics import estimate
from benchmarks.selection.cache import Cache
from benchmarks.selection.command import Executed, LazySandbox, run_pool, training_data
from benchmarks.selection.counting import first_is_right
from benchmarks.selection.fitting import WITH_TESTS, WITHOUT_TESTS, cross_fitted, fit, without_tests
from benchmarks.selection.pools import read_pool
from benchmarks.selection.prepared import Prepared, prepare
from codegen.cli.entry import invoke
from codegen.errors import UsageError
from codegen.models.cache import cache_dir
from codegen.ranking.blend import rank_with


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
        tracks = _tracks(executed, blind=blind)
        weights = fit(training_data(tracks), used=used)
        found[name] = {
            "weights": {feature: round(weights[feature], 2) for feature in used},
            "all features": _figures(tracks, used),
        } | {f"without {left}": _figures(tracks, [each for each in used if each != left]) for left in used}
    if as_json:
        click.echo(json.dumps(found))
        return
    for name, rows in found.items():
        click.echo(name)
        for row, values in rows.items():
            click.echo(f"  {row:<26}" + "  ".join(f"{key} {value}" for key, value in values.items()))


def _tracks(executed: Executed, *, blind: bool) -> list[list[Prepared]]:
    """Without the statement's examples, and with them."""
    tracks = [[prepare(*each, examples=shown) for each in executed] for shown in (False, True)]
    return [[without_tests(each) for each in track] for track in tracks] if blind else tracks


def _figures(tracks: Sequence[Sequence[Prepared]], used: Sequence[str]) -> dict[str, float]:
    """1@all in percent on each track."""
    ids = [each.problem_id for each in tracks[0]]
    weights = cross_fitted(training_data(tracks), ids, used=used)
    found = {}
    for label, track in zip(("no examples", "examples"), tracks, strict=True):
        values = [
            first_is_right(partial(rank_with, weights=weights[each.problem_id])(each.pool), each.passed)
            for each in track
        ]
        found[label] = round(100 * estimate(values).value, 1)
    return found


if __name__ == "__main__":
    sys.exit(invoke(main))
