"""What questions are worth: `python -m benchmarks.questions --pool DIR [--examples none|docstring] [--json]`.

The problem's own solution answers as a person would: it names the right output, says that none is right, and where it
raises, that the input is not valid. Reported: 1@N after 0, 1, 2 and 3 questions, and how many of the problems whose
right behaviour stood second or third one question solves. Inputs are asked about as they are, not shrunk.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import click
from tqdm import tqdm

from benchmarks.selection.cache import Cache
from benchmarks.selection.counting import first_is_right
from benchmarks.selection.matrices import DIGEST_BYTES, Matrices, execute
from benchmarks.selection.plans import Plan
from benchmarks.selection.pools import Recording, read_pool
from benchmarks.selection.prepared import Prepared, prepare
from benchmarks.suites import Entry, entries
from codegen.answers import Answer, Verdict
from codegen.config import Settings
from codegen.fingerprints import NONE, NOT_RUN, is_output
from codegen.models.cache import cache_dir
from codegen.questions import Behaviour, best_input, offered
from codegen.ranking import Pool, load_ranker
from problems.errors import ProblemError
from sandbox.backends import open_sandbox
from sandbox.execution import Sandbox

MAX_QUESTIONS = 3
EXAMPLES = ("none", "docstring")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One problem.

    Attributes:
        right: Chance that the first submission is right, after each number of questions.
        stood: Place of the first right cluster, from 1; 0 where there is none.
    """

    problem_id: str
    right: tuple[float, ...]
    stood: int


@click.command()
@click.option("--pool", "pool", required=True, type=click.Path(exists=True), help="As for benchmarks.selection.")
@click.option("--examples", type=click.Choice([*EXAMPLES, "both"]), default="both", show_default=True)
@click.option("--ranker", default=Settings().ranker, show_default=True)
@click.option("--suite", default="humaneval", show_default=True, help="Where the problems' own solutions are.")
@click.option("--data", metavar="PATH", help="The suite's data, where they are not in their usual place.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Only the first N problems.")
@click.option("--sandbox", default="auto", show_default=True)
@click.option("--cache", type=click.Path(path_type=Path), help="Executions are kept here.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def main(
    pool: str,
    examples: str,
    ranker: str,
    suite: str,
    data: str | None,
    limit: int | None,
    sandbox: str,
    cache: Path | None,
    as_json: bool,
) -> None:
    """Ask about recorded programs, let the problems' own solutions answer, and count."""
    recordings = read_pool(Path(pool)).recordings[:limit]
    references = {entry.problem.id: entry.reference for entry in _entries(suite, data)}
    store = Cache(cache or cache_dir() / "selection.sqlite")
    tracks = EXAMPLES if examples == "both" else (examples,)
    results: dict[str, list[Asked]] = {track: [] for track in tracks}
    with closing(store), _Opened(sandbox) as box:
        for recording in tqdm(recordings, unit="problem"):
            matrices, truth = executed(recording, references.get(recording.problem.id, ""), store, box)
            for track in tracks:
                shown = track == "docstring"
                prepared = prepare(recording, matrices, examples=shown)
                right = known_outcomes(truth, matrices.plan, examples=shown)
                results[track].append(simulate(prepared, right, ranker=ranker))
    figures = {track: summary(asked) for track, asked in results.items()}
    if as_json:
        click.echo(json.dumps({"problems": len(recordings), "ranker": ranker, **figures}))
        return
    for track, values in figures.items():
        click.echo(f"examples: {track}")
        for name, value in values.items():
            click.echo(f"  {name:24} {value}")


def executed(recording: Recording, reference: str, cache: Cache, box: _Opened) -> tuple[Matrices, tuple[str, ...]]:
    """The matrices, and the right outcomes: the solution's, or without one those of most programs that pass."""
    known = reference and recording.language == "python"
    whole = replace(recording, programs=(*recording.programs, reference)) if known else recording
    matrices = execute(whole, cache, box.sandbox)
    if known:
        truth = matrices.rows[matrices.keys[-1]].outcomes
        return replace(matrices, keys=matrices.keys[:-1]), truth
    rows = [matrices.rows[key].outcomes for key, right in zip(matrices.keys, recording.passed, strict=True) if right]
    columns = zip(*rows, strict=True) if rows else ()
    truth = tuple(Counter(column).most_common(1)[0][0] for column in columns)
    return matrices, truth or (NOT_RUN.digest,) * len(matrices.plan.inputs)


def known_outcomes(truth: Sequence[str], plan: Plan, *, examples: bool) -> tuple[str, ...]:
    """The right outcomes on the inputs that clusters are told apart by, as `prepare` has them."""
    digests = (truth[place] for place in plan.telling(examples=examples))
    return tuple(NONE if digest == NONE[: 2 * DIGEST_BYTES] else digest for digest in digests)


def simulate(prepared: Prepared, truth: Sequence[str], *, ranker: str) -> Asked:
    """Ask up to MAX_QUESTIONS questions about one problem's programs."""
    pool, answers, right = prepared.pool, list[Answer](), list[float]()
    stood = 0
    for number in range(MAX_QUESTIONS + 1):
        groups = load_ranker(ranker)(pool) if pool.candidates else []
        right.append(first_is_right(groups, prepared.passed))
        ranked = sorted(groups, key=lambda group: -group.score)
        if number == 0:
            stood = next((at for at, group in enumerate(ranked, 1) if _right(group.members, prepared.passed)), 0)
        behaviours = [Behaviour(digests=each.fingerprint.behaviour, weight=each.size) for each in pool.clusters]
        position = best_input(behaviours, [answer.position for answer in answers])
        if position is not None:
            answers.append(answer_of(behaviours, position, truth[position]))
            pool = answered(pool, answers[-1])
    return Asked(problem_id=prepared.problem_id, right=tuple(right), stood=stood)


def answer_of(behaviours: Sequence[Behaviour], position: int, truth: str) -> Answer:
    """What somebody says who knows the outcome of a right program."""
    choices = offered([each.digests[position] for each in behaviours], [each.weight for each in behaviours])
    if not is_output(truth):
        return Answer(position=position, verdict=Verdict.INVALID, input="", offered=choices)
    if truth in choices:
        return Answer(position=position, verdict=Verdict.RIGHT, input="", offered=choices, right=truth)
    return Answer(position=position, verdict=Verdict.NEITHER, input="", offered=choices)


def answered(pool: Pool, answer: Answer) -> Pool:
    """What an answer leaves."""
    clusters = [each for each in pool.clusters if answer.allows(each.fingerprint)]
    kept = {index for each in clusters for index in each.members}
    candidates = {index: each for index, each in pool.candidates.items() if index in kept}
    return replace(pool, candidates=candidates, clusters=clusters)


def summary(asked: Sequence[Asked]) -> dict[str, object]:
    """Percent of problems."""
    near = [each for each in asked if each.right[0] < 0.5 and each.stood in (2, 3)]
    recovered = sum(each.right[1] >= 0.5 for each in near)
    percent = [
        round(100 * sum(each.right[n] for each in asked) / max(1, len(asked)), 1) for n in range(MAX_QUESTIONS + 1)
    ]
    return {
        **{f"1@N after {number}": value for number, value in enumerate(percent)},
        "gain of one": round(percent[1] - percent[0], 1),
        "second or third": len(near),
        "recovered": recovered,
        "recovered_percent": round(100 * recovered / max(1, len(near)), 1),
    }


def _right(members: Sequence[int], passed: Sequence[bool]) -> bool:
    return sum(passed[index] for index in members) * 2 >= len(members)


def _entries(suite: str, data: str | None) -> Iterator[Entry]:
    try:
        yield from entries(suite, data=data)
    except ProblemError as error:
        click.echo(f"{error}: answers come from recorded programs that pass", err=True)


class _Opened:
    """A sandbox that is started when something has to be run."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._sandbox: Sandbox | None = None

    def sandbox(self) -> Sandbox:
        if self._sandbox is None:
            self._sandbox = open_sandbox(self._name)
        return self._sandbox

    def __enter__(self) -> _Opened:
        return self

    def __exit__(self, *_: object) -> None:
        if self._sandbox is not None:
            self._sandbox.close()


if __name__ == "__main__":
    main()
