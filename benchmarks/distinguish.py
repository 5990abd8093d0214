"""How well the search for distinguishing inputs does: `python -m benchmarks.distinguish --pool DIR [--json]`.

For each problem pairs of recorded programs are drawn (a fixed seed) that differ on at least one hidden test. The
search starts from the examples alone. Reported: for how many pairs it finds an input within its executions, how many
these were, and for how many found inputs no single step makes them smaller, which is tried once more for all of them.
"""

from __future__ import annotations

import json
import random
import statistics
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

import click
from tqdm import tqdm

from benchmarks.judge import Paper, prepare
from benchmarks.suites import Entry, entries
from codegen.distinguishing import MAX_EXECUTIONS, Difference, Rivals
from codegen.inputs.shrinking import steps
from codegen.judging import limits_for, retried
from codegen.models.base import SamplingParams
from codegen.models.replay import ReplayModel
from codegen.programs import executable, program_key
from codegen.sampling import draw
from problems.problem import Problem
from sandbox.backends import open_sandbox
from sandbox.execution import Grain, Limits, Program, Run, Sandbox

LIMITS = Limits(cpu_s=1.0, wall_s=10.0)
MAX_DRAWN = 60
"""Programs of a problem whose hidden-test vectors are looked at for pairs."""
EVERY = 3
"""Without --full: every so many problems."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One pair: the samples, what was found, and whether single steps were all tried in vain."""

    problem_id: str
    one: int
    other: int
    input: str | None
    outputs: tuple[str, ...]
    executions: int
    shrinking: int
    minimal: bool


@click.command()
@click.option("--pool", "pool", required=True, type=click.Path(exists=True), help="Folder or file of recorded samples.")
@click.option("--suite", default="humaneval", show_default=True)
@click.option("--data", metavar="PATH", help="The suite's data, where they are not in their usual place.")
@click.option("--pairs", type=click.IntRange(1), default=5, show_default=True, help="Pairs a problem.")
@click.option("--executions", type=click.IntRange(2), default=MAX_EXECUTIONS, show_default=True, help="Of a search.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--sandbox", default="auto", show_default=True)
@click.option("--full", is_flag=True, help=f"All problems, not one in {EVERY}.")
@click.option("--show", is_flag=True, help="What was found for each pair, on stderr.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def main(
    pool: str,
    suite: str,
    data: str | None,
    pairs: int,
    executions: int,
    seed: int,
    sandbox: str,
    full: bool,
    show: bool,
    as_json: bool,
) -> None:
    """Search for inputs that tell recorded programs apart, and count."""
    model = ReplayModel(recorded_file(pool))
    chosen = [*entries(suite, data=data)][:: 1 if full else EVERY]
    results: list[Result] = []
    with (
        closing(open_sandbox(sandbox)) as box,
        ThreadPoolExecutor(box.slots) as threads,
        tqdm(total=len(chosen), unit="problem") as bar,
    ):
        for found in threads.map(lambda entry: [*search(entry, model, box, pairs, executions, seed)], chosen):
            results += found
            bar.update(1)
            if show:
                for each in found:
                    bar.write(json.dumps(asdict(each)), file=bar.fp)
    figures = summary(results, problems=len(chosen))
    if as_json:
        click.echo(json.dumps(figures))
        return
    for name, value in figures.items():
        click.echo(f"{name:24} {value}")


def summary(results: Sequence[Result], *, problems: int) -> dict[str, object]:
    """The figures: shares in percent, executions as medians over the pairs for which an input was found."""
    found = [each for each in results if each.input is not None]
    return {
        "problems": problems,
        "pairs": len(results),
        "found": len(found),
        "found_percent": round(100 * len(found) / max(1, len(results)), 1),
        "minimal": sum(each.minimal for each in found),
        "minimal_percent": round(100 * sum(each.minimal for each in found) / max(1, len(found)), 1),
        "median_executions": statistics.median([each.executions for each in found] or [0]),
        "median_shrinking": statistics.median([each.shrinking for each in found] or [0]),
        "median_characters": statistics.median([len(each.input or "") for each in found] or [0]),
        "not_found": [f"{each.problem_id}: {each.one}, {each.other}" for each in results if each.input is None],
    }


def search(
    entry: Entry, model: ReplayModel, sandbox: Sandbox, pairs: int, executions: int, seed: int
) -> Iterator[Result]:
    """Pairs of one problem, searched one after the other."""
    limits = limits_for(entry.problem, LIMITS)
    for one, other, programs in differing_pairs(entry, model, sandbox, limits, pairs, seed):
        pair = Rivals(programs=programs, problem=entry.problem, sandbox=sandbox, limits=limits)
        found = pair.find(seed=seed, most=executions)
        if found is None:
            yield Result(
                problem_id=entry.problem.id,
                one=one,
                other=other,
                input=None,
                outputs=(),
                executions=executions,
                shrinking=0,
                minimal=False,
            )
            continue
        shrunk = pair.shrink(found)
        yield Result(
            problem_id=entry.problem.id,
            one=one,
            other=other,
            input=shrunk.input,
            outputs=tuple(outcome.preview for outcome in shrunk.outcomes),
            executions=shrunk.executions,
            shrinking=shrunk.shrinking,
            minimal=shrunk.minimal and is_minimal(pair, shrunk),
        )


def is_minimal(pair: Rivals, found: Difference) -> bool:
    """Every single step tried again, in processes of their own: none shows a difference."""
    return all(not pair.differ_on(text) for text in steps(pair.problem, found.input))


def differing_pairs(
    entry: Entry, model: ReplayModel, sandbox: Sandbox, limits: Limits, pairs: int, seed: int
) -> Iterator[tuple[int, int, tuple[Program, Program]]]:
    """Up to `pairs` pairs of samples whose hidden-test vectors differ; no sample stands in two of them."""
    chance = random.Random(f"{seed} {entry.problem.id}")  # noqa: S311 (variety, no secret)
    paper = prepare(entry.problem, entry.hidden)
    if paper.coded is not None:
        return
    programs = _programs(entry.problem, model)
    indices = sorted(programs)
    chance.shuffle(indices)
    waiting: list[tuple[int, tuple[bool, ...]]] = []
    found = 0
    for index in indices[:MAX_DRAWN]:
        vector = _vector(paper, programs[index], sandbox, limits)
        partner = next((each for each in waiting if vector and each[1] != vector), None)
        if partner is None:
            waiting += [(index, vector)] if vector else []
            continue
        waiting.remove(partner)
        yield partner[0], index, (programs[partner[0]], programs[index])
        found += 1
        if found == pairs:
            return


def _programs(problem: Problem, model: ReplayModel) -> dict[int, Program]:
    """One program of each kind, by the number of its first sample."""
    kinds: set[str] = set()
    programs: dict[int, Program] = {}
    count = model.available(problem.id) or 0
    for sample in draw(model, problem, range(count), run_seed=0, params=SamplingParams()):
        source = sample.extraction.program
        if source is None:
            continue
        key = program_key(source, sample.extraction.language)
        if key not in kinds:
            kinds.add(key)
            programs[sample.index] = executable(problem, source, sample.extraction.language)
    return programs


def _vector(paper: Paper, program: Program, sandbox: Sandbox, limits: Limits) -> tuple[bool, ...]:
    """Which hidden tests a program passes; empty when it does not build."""

    def attempt() -> Run:
        return sandbox.run(program, paper.inputs, limits, grain=Grain.PER_BATCH)

    run = retried(attempt)
    assert paper.decide is not None, "HumanEval's tests have expected values"
    return tuple(not paper.decide(number, execution) for number, execution in enumerate(run.executions))


def recorded_file(pool: str) -> Path:
    """The file of programs in a pool's folder, or the file itself."""
    path = Path(pool)
    if path.is_file():
        return path
    found = sorted([*path.glob("*code_solution*.jsonl*"), *path.glob("cpp.jsonl*")])
    if not found:
        raise click.UsageError(f"{pool}: no recorded programs (*code_solution*.jsonl[.gz]) in this folder")
    return found[0]


if __name__ == "__main__":
    main()
