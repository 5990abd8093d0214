"""`codesieve report` with what needs hidden tests: `--score` runs them on what was handed in, `--html` makes a page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from codegen.cli import options as o
from codegen.cli.report import report as plain_report

if TYPE_CHECKING:
    from benchmarks.judge import Paper
    from benchmarks.verdict import Score
    from codegen.runs import RunFile
    from codegen.sampling import Sample
    from sandbox.execution import Sandbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What the hidden tests said about the submissions of one problem, in their order."""

    problem_id: str
    tests: int
    scores: tuple[Score, ...]

    @property
    def solved(self) -> bool:
        return any(score.passed for score in self.scores)

    def to_json(self) -> dict[str, Any]:
        return {
            "problem_id": self.problem_id,
            "hidden_tests": self.tests,
            "solved": self.solved,
            "submissions": [
                {"rank": rank, "verdict": score.verdict.value, "detail": score.detail}
                for rank, score in enumerate(self.scores, start=1)
            ],
        }


def check_submissions(run: RunFile, papers: Mapping[str, Paper], sandbox: Sandbox) -> list[Checked]:
    """Score the submissions of these problems, as far as they are not scored yet."""
    from benchmarks.judge import text_key
    from benchmarks.score import read_scores, score_run
    from benchmarks.verdict import Score
    from codegen.judging import Verdict

    chosen = {problem_id: [s.sample_index for s in run.submissions(problem_id)] for problem_id in papers}

    def submitted(sample: Sample) -> tuple[str, ...]:
        source = sample.extraction.program
        return (source,) if source is not None and sample.index in chosen[sample.problem_id] else ()

    score_run(run, papers, sandbox, sources=submitted)
    found = []
    for problem_id, paper in papers.items():
        scores = read_scores(run, problem_id)
        keys = {
            sample.index: text_key(source, sample.extraction.language)
            for sample, _ in run.samples(problem_id)
            for source in submitted(sample)
        }
        missing = Score(verdict=Verdict.IE, detail="the sandbox failed; start the same command again")
        found.append(
            Checked(
                problem_id=problem_id,
                tests=len(paper),
                scores=tuple(scores.get(keys[index], missing) for index in chosen[problem_id]),
            )
        )
    return found


@click.command("report")
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="OUT",
    help="Write one self-contained page instead.",
)
@click.option("--score", "score", is_flag=True, help="Run the submissions on the problem's hidden tests.")
@o.sandbox_option
@click.pass_context
def report(context: click.Context, /, html: Path | None, score: bool, sandbox: str, **others: Any) -> int:
    """Show funnel, clusters, submissions and the best program of each problem in a run file.

    With --score the submissions are run on the hidden tests of their problem, and how they did is shown
    instead: exit code 0 when every problem is solved by one of them. --html writes figures, plots and the programs of
    each problem to a page that a browser shows without a network.
    """
    if html is not None:
        _page(others["run_path"], others["problem_id"], html)
        return 0
    if not score:
        shown: int = context.invoke(plain_report, **others)
        return shown
    return _scored(others["run_path"], others["problem_id"], sandbox, as_json=others["as_json"])


report.params[:0] = plain_report.params


def _page(run_path: str, problem_id: str | None, out: Path) -> None:
    from tqdm import tqdm

    from benchmarks.page import write_page
    from codegen.errors import UsageError
    from codegen.report import chosen_problems
    from codegen.runs import RunFile

    with RunFile.open_existing(run_path) as run:
        problems = chosen_problems(run, problem_id)
        with tqdm(total=len(problems), unit="problem", leave=False, disable=None) as bar:
            try:
                write_page(run, out, problems=problems, on_problem=bar.update)
            except OSError as error:
                raise UsageError(f"{out} cannot be written: {error.strerror or error}") from error
    click.echo(f"page: {out} ({out.stat().st_size / 1e6:.1f} MB)", err=True)


def _scored(run_path: str, problem_id: str | None, sandbox: str, *, as_json: bool) -> int:
    from benchmarks.judge import prepare
    from benchmarks.suites import hidden_for
    from codegen.errors import UsageError
    from codegen.runs import RunFile
    from sandbox.backends import open_sandbox

    with RunFile.open_existing(run_path, write=True) as run:
        papers = {}
        for problem in run.problems():
            if problem_id in (None, problem.id) and (hidden := hidden_for(problem)) is not None:
                papers[problem.id] = prepare(problem, hidden)
        if not papers:
            raise UsageError(
                f"{run_path}: hidden tests are known for none of its problems "
                f"({', '.join(problem.id for problem in run.problems()) or 'it has none'})"
            )
        box = open_sandbox(sandbox)
        try:
            found = check_submissions(run, papers, box)
        finally:
            box.close()
    if as_json:
        click.echo(json.dumps({"problems": [each.to_json() for each in found]}))
    else:
        for each in found:
            click.echo("\n".join(_lines(each)))
    return 0 if all(each.solved for each in found) else 1


def _lines(checked: Checked) -> Iterator[str]:
    tests = f"{checked.tests} hidden tests" if checked.tests else "hidden test code"
    passed = [rank for rank, score in enumerate(checked.scores, start=1) if score.passed]
    if not checked.scores:
        yield f"{checked.problem_id}: nothing was handed in, so {tests} had nothing to run on"
        return
    outcome = "SOLVED" if passed else "NOT SOLVED"
    first = f", first by submission {passed[0]}" if passed else ""
    yield f"{checked.problem_id}: {outcome} on {tests}: {len(passed)} of {len(checked.scores)} submissions pass{first}"
    for rank, score in enumerate(checked.scores, start=1):
        yield f"  {rank:>2}  {score.verdict.value:<3}  {score.detail}".rstrip()
