"""`codesieve compare`: two scored runs, paired by problem: difference, interval, problems won and lost."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import click

from codegen.cli import options as o

if TYPE_CHECKING:
    from benchmarks.metrics import Estimate
    from codegen.runs import RunFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One figure of two runs over the problems that both have.

    Attributes:
        a, b: Means over the common problems.
        difference: a - b with its paired bootstrap interval.
        won, lost: Problems on which a is better, and worse.
        sign_test: Chance of a split as uneven as won to lost, or more, if neither were better (two-sided).
    """

    a: float
    b: float
    difference: Estimate
    won: tuple[str, ...]
    lost: tuple[str, ...]
    sign_test: float

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"won": list(self.won), "lost": list(self.lost)}


def compare_figures(a: Mapping[str, float], b: Mapping[str, float]) -> Comparison:
    """Compare two figures by problem id. Raises ValueError when no problem is on both sides."""
    from benchmarks.metrics import paired

    difference = paired(a, b)
    common = sorted(a.keys() & b.keys())
    won = tuple(each for each in common if a[each] > b[each])
    lost = tuple(each for each in common if a[each] < b[each])
    return Comparison(
        a=math.fsum(a[each] for each in common) / len(common),
        b=math.fsum(b[each] for each in common) / len(common),
        difference=difference,
        won=won,
        lost=lost,
        sign_test=sign_test(len(won), len(lost)),
    )


def sign_test(won: int, lost: int) -> float:
    """Two-sided exact sign test; ties are left out."""
    decided = won + lost
    tail = sum(math.comb(decided, i) for i in range(min(won, lost) + 1))
    return min(1.0, tail / (1 << decided) * 2)


def compare_runs(
    left: RunFile, right: RunFile, *, selectors: tuple[str | None, str | None] = (None, None)
) -> dict[str, Comparison]:
    """Every figure that both runs have: "pass_at_1", "pass_at_1_salvaged", "first_submission", "submissions".

    With a selector, a side's submissions are what that selector chooses now from the stored samples.

    Raises:
        UsageError: A run is not scored, or no problem is in both.
    """
    from codegen.errors import UsageError

    sides = [figures(run, selector) for run, selector in ((left, selectors[0]), (right, selectors[1]))]
    found = {}
    for name in sides[0].keys() & sides[1].keys():
        try:
            found[name] = compare_figures(sides[0][name], sides[1][name])
        except ValueError:
            continue
    if not found:
        raise UsageError(f"{left.path} and {right.path} have no scored problem in common")
    order = list(sides[0])
    return dict(sorted(found.items(), key=lambda item: order.index(item[0])))


def figures(run: RunFile, selector: str | None = None) -> dict[str, dict[str, float]]:
    """Name of a figure -> problem id -> value, for the problems of a run that were scored.

    With a selector the figures of its submissions alone.

    Raises:
        UsageError: None was.
    """
    from benchmarks.results import problem_result
    from benchmarks.score import read_scores
    from codegen.errors import UsageError

    found: dict[str, dict[str, float]] = {
        name: {} for name in ("pass_at_1", "pass_at_1_salvaged", "first_submission", "submissions")
    }
    for problem in run.problems():
        if not read_scores(run, problem.id):
            continue
        result = problem_result(run, problem)
        if selector is not None:
            place = result.draws.first_right(selector, range(result.drawn))
            found["first_submission"][problem.id] = float(place == 1)
            found["submissions"][problem.id] = float(place > 0)
            continue
        found["pass_at_1"][problem.id] = sum(result.raw) / result.drawn
        found["pass_at_1_salvaged"][problem.id] = sum(result.used) / result.drawn
        if result.submitted is not None:
            found["first_submission"][problem.id] = float(any(result.submitted[:1]))
            found["submissions"][problem.id] = float(any(result.submitted))
    if not any(found.values()):
        raise UsageError(f"{run.path} holds no scores; `codesieve bench SUITE --run {run.path}` makes them")
    return {name: values for name, values in found.items() if values}


def _side(text: str) -> tuple[str, str | None]:
    """FILE or FILE:SELECTOR."""
    from codegen.ranking import RANKERS

    path, colon, selector = text.rpartition(":")
    return (path, selector) if colon and selector in RANKERS else (text, None)


@click.command()
@click.argument("a")
@click.argument("b")
@o.json_option
def compare(a: str, b: str, as_json: bool) -> int:
    """Compare two run files that `codesieve bench` made: A less B, problem by problem.

    A and B are run files; FILE:SELECTOR stands for what that selector hands in of the file's samples, so that
    run.sqlite:codet and run.sqlite:cluster compare two selectors on one run.
    """
    from codegen.runs import RunFile

    (left_path, left_selector), (right_path, right_selector) = _side(a), _side(b)
    with RunFile.open_existing(left_path) as left, RunFile.open_existing(right_path) as right:
        found = compare_runs(left, right, selectors=(left_selector, right_selector))
    if as_json:
        click.echo(json.dumps({"a": a, "b": b} | {name: each.to_json() for name, each in found.items()}))
    else:
        click.echo("\n".join(_lines(a, b, found)))
    return 0


def _lines(a: str, b: str, found: Mapping[str, Comparison]) -> Iterator[str]:
    yield f"A {a}"
    yield f"B {b}"
    yield f"{'%':<20}{'A':>7}{'B':>7}{'A - B':>8}   95% interval        won  lost  sign test"
    for name, each in found.items():
        d = each.difference
        interval = f"[{100 * d.low:+.1f}, {100 * d.high:+.1f}]"
        yield (
            f"{name.replace('_', ' ').replace('pass at ', 'pass@'):<20}{100 * each.a:>7.1f}{100 * each.b:>7.1f}"
            f"{100 * d.value:>+8.1f}   {interval:<18}{len(each.won):>5}{len(each.lost):>6}  p = {each.sign_test:.3g}"
        )
    shown = found.get("first_submission") or next(iter(found.values()))
    for label, ids in (("won", shown.won), ("lost", shown.lost)):
        if ids:
            more = f" and {len(ids) - 20} more" if len(ids) > 20 else ""
            yield f"{label} by A: {', '.join(ids[:20])}{more}"
    yield f"{shown.difference.problems} problems in common"
