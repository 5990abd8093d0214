"""Scores of a run against verdicts that were recorded elsewhere: how many agree, and each one that does not.

    codesieve bench humaneval --model replay:POOL --samples 100 --score-only --run FILE
    python -m benchmarks.agreement --run FILE --verdicts VERDICTS.jsonl.gz

Rows of verdicts: `{"task_id", "status": ["pass" | anything else, ...]}`, one status a sample, in the order of
the recorded samples.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

import click

from codegen.cli import options as o
from codegen.cli.entry import invoke
from codegen.errors import UsageError
from codegen.runs import RunFile

PASSED = "pass"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """One sample on which the two verdicts differ in passing."""

    task_id: str
    sample: int
    recorded: str
    found: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Of the samples that have both verdicts."""

    compared: int
    recorded_passes: int
    found_passes: int
    disagreements: tuple[Disagreement, ...]

    @property
    def agree(self) -> float:
        return 1.0 - len(self.disagreements) / self.compared if self.compared else 0.0


def read_verdicts(path: str | Path) -> dict[str, tuple[str, ...]]:
    """Recorded statuses by task. Raises UsageError for a file that is not as the module docstring says."""
    found: dict[str, tuple[str, ...]] = {}
    file = Path(path)
    try:
        with gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                row = json.loads(line)
                if not isinstance(row, dict) or not isinstance(row.get("status"), list):
                    raise UsageError(f"{file}:{number}: a row is an object with 'task_id' and a list 'status'")
                found[str(row["task_id"])] = tuple(map(str, row["status"]))
    except (OSError, EOFError, ValueError, KeyError) as error:
        raise UsageError(f"{file}: cannot be read as verdicts: {error}") from error
    return found


def agreement(run: RunFile, recorded: Mapping[str, tuple[str, ...]]) -> Agreement:
    """Compare the scores of the samples' texts as written with the recorded statuses."""
    compared = recorded_passes = found_passes = 0
    differing: list[Disagreement] = []
    for task_id, statuses in recorded.items():
        for index, verdict, detail in _scored(run, task_id):
            if index >= len(statuses):
                continue
            compared += 1
            recorded_passes += statuses[index] == PASSED
            found_passes += verdict == "AC"
            if (statuses[index] == PASSED) != (verdict == "AC"):
                differing.append(
                    Disagreement(
                        task_id=task_id,
                        sample=index,
                        recorded=statuses[index],
                        found=verdict,
                        detail=detail,
                    )
                )
    return Agreement(
        compared=compared,
        recorded_passes=recorded_passes,
        found_passes=found_passes,
        disagreements=tuple(differing),
    )


def _scored(run: RunFile, task_id: str) -> Iterator[tuple[int, str, str]]:
    from benchmarks.score import read_scores, texts_of

    scores = read_scores(run, task_id)
    for sample, _ in run.samples(task_id):
        score = scores.get(texts_of(sample).raw or "")
        if score is not None:
            yield sample.index, score.verdict.value, score.detail


@click.command()
@o.run_option(required=True)
@click.option("--verdicts", required=True, metavar="FILE", help="Recorded statuses, JSON lines, plain or .gz.")
@o.json_option
def main(run_path: str, verdicts: str, as_json: bool) -> int:
    """Compare the scores in a run file with recorded verdicts; exit code 1 when any differs."""
    with RunFile.open_existing(run_path) as run:
        found = agreement(run, read_verdicts(verdicts))
    if as_json:
        click.echo(json.dumps(asdict(found) | {"agree": found.agree}))
    else:
        click.echo(f"{found.compared} samples: {found.recorded_passes} passed there, {found.found_passes} here")
        for each in found.disagreements:
            click.echo(f"{each.task_id} sample {each.sample}: {each.recorded} there, {each.found} here: {each.detail}")
    return 1 if found.disagreements or not found.compared else 0


if __name__ == "__main__":
    sys.exit(invoke(cast("click.Group", main)))
