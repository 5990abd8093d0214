"""Suite -> figures: its problems are drawn, judged, ranked and scored in one queue, everything in one run file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.examiner import HiddenTests
from benchmarks.judge import Paper, prepare
from benchmarks.progress import BenchProgress
from benchmarks.reference_model import NAME, ReferenceModel
from benchmarks.results import BenchResult, bench_result
from benchmarks.suites import Entry, entries
from codegen import events
from codegen.config import Settings
from codegen.engine import ALL_STAGES, SAMPLE, Engine
from codegen.errors import UsageError
from codegen.executor import Executor, LocalExecutor
from codegen.models.base import Model
from codegen.models.placement import Precision
from codegen.models.replay import ReplayModel
from codegen.models.together import together
from codegen.prompts import MAX_STATEMENT_CHARS
from codegen.ranking import RANKERS
from codegen.runs import RunFile
from problems.errors import ProblemError, ProblemFormatError
from problems.formats.rows import OnBad
from problems.problem import Problem
from sandbox.execution import Sandbox

SHOWN_BAD = 20


class _SideBySide(LocalExecutor):
    """A suite has problems to spare: the model writes for several of them at once."""

    def model(self, name: str) -> Model:
        return together(super().model(name))


def refuse(error: Exception) -> None:
    raise error


@dataclass(frozen=True, slots=True)
class Shard:
    """One part of `of` equal ones: every `of`-th problem, from number `number` (1 to `of`) on."""

    number: int = 1
    of: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.of:
            raise UsageError(f"shard {self.number}/{self.of}: the first number must be 1 to {max(1, self.of)}")

    def holds(self, position: int) -> bool:
        return position % self.of == self.number - 1


def _pass_over(error: Exception) -> None:
    """Leave a bad row out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which problems of a suite (see `benchmarks.suites.entries`)."""

    suite: str
    data: str | None = None
    limit: int | None = None
    ids: tuple[str, ...] = ()
    shard: Shard = Shard()

    def entries(self, on_bad: OnBad = _pass_over) -> Iterator[tuple[int, Entry]]:
        """The problems chosen, each with its place in the suite; `on_bad` is told of rows that are left out."""
        found = entries(self.suite, data=self.data, limit=self.limit, ids=self.ids, on_bad=on_bad)
        seen: set[str] = set()
        for position, entry in enumerate(found):
            name = entry.problem.id
            if name in seen:  # rows may write one id in two ways, folders may have one name
                on_bad(ProblemFormatError(f"there is a problem '{name}' before it", path=entry.problem.source or name))
                continue
            seen.add(name)
            if not self.shard.holds(position):
                continue
            if (length := len(entry.problem.statement)) > MAX_STATEMENT_CHARS:
                said = f"a statement of {length} characters, too long to be asked"
                on_bad(ProblemFormatError(said, path=entry.problem.id))
            else:
                yield position, entry

    def papers(self, on_bad: OnBad = _pass_over) -> Iterator[tuple[int, Paper]]:
        """Their hidden tests."""
        for position, entry in self.entries(on_bad):
            yield position, prepare(entry.problem, entry.hidden)

    def references(self) -> dict[str, str]:
        """Solutions that came with the problems, by id."""
        return {entry.problem.id: entry.reference for _, entry in self.entries()}


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
    shard: Shard | None = None,
    strict: bool = False,
    score_only: bool = False,
    selectors: tuple[str, ...] = tuple(RANKERS),
    executor: Executor | None = None,
    dtype: Precision = "auto",
) -> BenchResult:
    """Run a suite, going on from what the run file holds.

    Args:
        model, sandbox: Names as on the command line, or objects (which stay the caller's to close).
        path: Run file.
        data, limit, ids: See `benchmarks.suites.entries`.
        shard: Only this part of the problems.
        strict: The first row that is malformed stops everything; else such rows are left out, and stderr says so.
        score_only: Leave out public tests, clusters and submissions; there is no n@k then.
        selectors: Rankers to give n@k for.
        executor: Where a model and a sandbox given by name are; None: here.
        dtype: What a model given by name computes in, where there is no executor.

    Raises:
        UsageError: No problem has a sample (recorded samples of another suite).
        ProblemError, ModelError, SandboxError, RunFileError.
    """
    chosen = Selection(suite=suite, data=data, limit=limit, ids=ids, shard=shard or Shard())
    bad: list[Exception] = []
    on_bad = refuse if strict else bad.append
    problems: list[Problem] = []
    self_judged = 0
    for _, paper in chosen.papers(on_bad):  # broken data are found before anything is drawn
        problems.append(paper.problem)
        self_judged += paper.whole_program is not None
    if not problems:
        raise ProblemError(f"suite '{suite}': no problem can be used{f'; {bad[0]}' if bad else ''}")
    if model == NAME:
        model = ReferenceModel(chosen.references)
    elif isinstance(model, str) and model.startswith("replay:") and executor is None:
        model = ReplayModel(model.removeprefix("replay:"), name=model, on_bad=refuse if strict else bad.append)
    with (
        Engine(
            model=model, sandbox=sandbox, settings=settings, executor=executor or _SideBySide(dtype=dtype)
        ) as engine,
        engine.open_run(path) as run,
        BenchProgress(problems=len(problems), samples=settings.samples) as progress,
    ):
        _solve(engine, run, chosen, progress, score_only=score_only)
        for error in bad[:SHOWN_BAD]:
            progress.note(f"left out: {error}")
        if len(bad) > SHOWN_BAD:
            progress.note(f"left out: {len(bad) - SHOWN_BAD} more rows")
        try:
            with progress.figures() as on_problem:
                return bench_result(
                    run,
                    suite=suite,
                    problems=problems,
                    selectors=selectors,
                    self_judged=self_judged,
                    on_problem=on_problem,
                )
        except ValueError as error:
            raise UsageError(f"{error}: does {run.model['name']} belong to suite '{suite}'?") from error


def _solve(engine: Engine, run: RunFile, chosen: Selection, progress: BenchProgress, *, score_only: bool) -> None:
    waiting: dict[str, Paper] = {}

    def coming() -> Iterator[Problem]:
        """Hidden tests are in memory from a problem's turn to its end."""
        for position, paper in chosen.papers():
            run.add_problem(paper.problem, position=position)
            waiting[paper.problem.id] = paper
            yield paper.problem

    examiner = HiddenTests(run, lambda problem: waiting.pop(problem.id))
    few = total = problems = 0
    stages = SAMPLE if score_only else ALL_STAGES
    for event in engine.stream_all(coming(), run=run, stages=stages, examiner=examiner):
        progress.show(event)
        if isinstance(event, events.Done):
            submissions = [each.sample_index for each in event.report.handed_in]
            drawn, passed, submitted = examiner.finish(event.problem_id, submissions)
            total, problems = total + drawn, problems + 1
            few += drawn < engine.settings.samples and event.stopped != "enough"
            progress.finished(event.problem_id, drawn=drawn, passed=passed, submitted=None if score_only else submitted)
    if engine.settings.auto:
        progress.note(f"{total} of at most {problems * engine.settings.samples} samples were drawn")
    if few:
        progress.note(f"{few} problems have fewer than the {engine.settings.samples} samples asked for")
