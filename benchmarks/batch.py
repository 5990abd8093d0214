"""Suite -> figures: each problem is drawn, judged, ranked and scored in turn, everything in one run file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.judge import prepare
from benchmarks.progress import BenchProgress
from benchmarks.results import BenchResult, bench_result, problem_result
from benchmarks.score import score_run
from benchmarks.suites import entries
from codegen.config import Settings
from codegen.engine import ALL_STAGES, SAMPLE, Engine
from codegen.errors import UsageError
from codegen.models.base import Model
from codegen.ranking import RANKERS
from sandbox.backends import open_sandbox
from sandbox.execution import Sandbox


def run_bench(
    suite: str,
    *,
    model: str | Model,
    sandbox: str | Sandbox,
    settings: Settings,
    path: str | Path,
    data: str | None = None,
    limit: int | None = None,
    ids: tuple[str, ...] = (),
    score_only: bool = False,
    selectors: tuple[str, ...] = tuple(RANKERS),
) -> BenchResult:
    """Run a suite, going on from what the run file holds.

    Args:
        model, sandbox: Names as on the command line, or objects (which stay the caller's to close).
        path: Run file.
        data, limit, ids: See `benchmarks.suites.entries`.
        score_only: Leave out public tests, clusters and submissions; there is no n@k then.
        selectors: Rankers to give n@k for.

    Raises:
        UsageError: No problem has a sample (recorded samples of another suite).
        ProblemError, ModelError, SandboxError, RunFileError.
    """
    chosen = list(entries(suite, data=data, limit=limit, ids=ids))
    papers = {each.problem.id: prepare(each.problem, each.hidden) for each in chosen}
    stages = SAMPLE if score_only else ALL_STAGES
    with (
        _opened(sandbox) as box,
        Engine(model=model, sandbox=box, settings=settings) as engine,
        engine.open_run(path) as run,
        BenchProgress(problems=len(chosen), samples=settings.samples) as progress,
    ):
        few = 0
        for problem_id, paper in papers.items():
            report = engine.solve(paper.problem, run=run, on_event=progress.show, stages=stages)
            few += report.funnel.drawn < settings.samples
            score_run(run, {problem_id: paper}, box, on_score=progress.scored)
            progress.finished(problem_result(run, paper.problem))
        if few:
            progress.note(f"{few} problems have fewer than the {settings.samples} samples asked for")
        problems = [entry.problem for entry in chosen]
        try:
            return bench_result(run, suite=suite, problems=problems, selectors=selectors)
        except ValueError as error:
            raise UsageError(f"{error}: does {run.model['name']} belong to suite '{suite}'?") from error


@contextmanager
def _opened(sandbox: str | Sandbox) -> Iterator[Sandbox]:
    """A sandbox by name is closed in the end; an object is the caller's."""
    if not isinstance(sandbox, str):
        yield sandbox
        return
    box = open_sandbox(sandbox)
    try:
        yield box
    finally:
        box.close()
