"""`python -m benchmarks.repair RUN`: what mending failing samples buys, beside plain sampling of as many tokens.

RUN is the run file of `codesieve bench ... --repair R`. Of each problem half of the plain samples are drawn at random,
with all that was mended of them; against these stand plain samples, drawn at random until as many tokens are spent (the
last one by chance, so that the mean is equal). Tokens are those that the model wrote; a repair's prompt is longer.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from benchmarks.judge import text_key
from benchmarks.metrics import Estimate, estimate
from benchmarks.score import read_scores
from codegen.cli.entry import invoke
from codegen.errors import UsageError
from codegen.filtering import survives
from codegen.runs import RunFile

RESAMPLES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One sample: what it cost, whether it passes the public tests, and the hidden ones."""

    tokens: int
    survived: bool
    right: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Attributes:
    plain: Samples that mend nothing.
    mended: Place of a plain sample -> what was made of it, over all rounds.
    """

    plain: Sequence[Drawn]
    mended: Mapping[int, Sequence[Drawn]]


@click.command()
@click.argument("run_path", metavar="RUN", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One object on stdout.")
def main(run_path: Path, as_json: bool) -> None:
    """Solved problems with repair and without, at equal tokens; costs and gains of repair."""
    with RunFile.open_existing(run_path) as run:
        problems = [read for each in run.problems() if (read := _read(run, each.id)).plain]
    if not any(each.mended for each in problems):
        raise UsageError(f"{run_path} holds no repairs; `codesieve bench SUITE --repair 1 --run FILE` makes them")
    found = figures(problems)
    click.echo(json.dumps(found) if as_json else "\n".join(f"{name:<28}{value}" for name, value in found.items()))


def _read(run: RunFile, problem_id: str) -> Problem:
    scores, judgements, parents = read_scores(run, problem_id), run.judgements(problem_id), run.parents(problem_id)
    plain: dict[int, Drawn] = {}
    mended: dict[int, list[Drawn]] = {}
    for sample, key in run.samples(problem_id):
        found = sample.extraction
        score = scores.get(text_key(found.program, found.language)) if found.program is not None else None
        drawn = Drawn(
            tokens=sample.completion.token_count,
            survived=survives(judgements.get(key or "")),
            right=score is not None and score.passed,
        )
        root = sample.index
        while root in parents:
            root = parents[root]
        if root == sample.index:
            plain[root] = drawn
        else:
            mended.setdefault(root, []).append(drawn)
    place = {index: number for number, index in enumerate(sorted(plain))}
    return Problem(plain=[plain[index] for index in place], mended={place[root]: each for root, each in mended.items()})


def figures(problems: Sequence[Problem]) -> dict[str, float]:
    """Shares of problems solved (by any sample), each a mean over random halves, with 95% intervals over problems."""
    repair, plain, tokens = zip(*(compare(each, seed=number) for number, each in enumerate(problems)), strict=True)
    repairs = [drawn for each in problems for group in each.mended.values() for drawn in group]
    first = [drawn for each in problems for drawn in each.plain]
    return {
        "problems": len(problems),
        "samples": min(len(each.plain) for each in problems),
        "repairs": len(repairs),
        "repair_tokens": sum(each.tokens for each in repairs),
        "plain_tokens": sum(each.tokens for each in first),
        "repairs_that_pass_public": round(_share([each.survived for each in repairs]), 4),
        "repairs_that_pass_hidden": round(_share([each.right for each in repairs]), 4),
        "samples_that_pass_hidden": round(_share([each.right for each in first]), 4),
        "tokens_compared": round(sum(tokens) / len(tokens), 1),
        **_with_interval("solved_with_repair", estimate(repair)),
        **_with_interval("solved_plain", estimate(plain)),
        **_with_interval("difference", estimate([one - other for one, other in zip(repair, plain, strict=True)])),
    }


def compare(problem: Problem, *, seed: int, resamples: int = RESAMPLES) -> tuple[float, float, float]:
    """Chance that a problem is solved with repair, and without at as many tokens; mean tokens."""
    chance = random.Random(seed)  # noqa: S311
    places = range(len(problem.plain))
    half = max(1, len(places) // 2)
    repair = plain = tokens = 0.0
    for _ in range(resamples):
        chosen = chance.sample(places, half)
        arm = [problem.plain[place] for place in chosen]
        arm += [drawn for place in chosen for drawn in problem.mended.get(place, ())]
        spent = sum(each.tokens for each in arm)
        repair += any(each.right for each in arm)
        plain += _solved(problem.plain, spent, chance)
        tokens += spent
    return repair / resamples, plain / resamples, tokens / resamples


def _solved(samples: Sequence[Drawn], tokens: float, chance: random.Random) -> float:
    """Whether plain samples in random order solve it within the tokens; 0 to 1 by how much of the last one fits."""
    for each in chance.sample(samples, len(samples)):
        fits = min(1.0, tokens / each.tokens) if each.tokens else 1.0
        if each.right:
            return fits
        tokens -= each.tokens
        if tokens <= 0:
            break
    return 0.0


def _share(values: Sequence[bool]) -> float:
    return sum(values) / len(values) if values else 0.0


def _with_interval(name: str, found: Estimate) -> dict[str, float]:
    values = {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}
    return {key: round(value, 4) for key, value in values.items()}


if __name__ == "__main__":
    sys.exit(invoke(main))
