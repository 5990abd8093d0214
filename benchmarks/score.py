"""Run file -> scores in the run file: every program text of a run once against the hidden tests.

Two texts of a sample are scored: as the model wrote it (what pass@k counts) and as the sieve used it, which
differs where the program was salvaged. Scores are stored in batches as they come; a scoring that was
interrupted goes on with what is missing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from benchmarks.judge import Paper, score_program, text_key
from benchmarks.verdict import Score
from codegen.judging import Verdict, limits_for
from codegen.runs import RunFile
from codegen.sampling import Sample
from problems.problem import Problem
from sandbox.execution import Limits, Sandbox

_BATCH_S = 0.5
"""Scores of this long may be lost when the process is killed; they are computed again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Keys of a sample's two program texts; None where there is no program. Equal when nothing was repaired."""

    raw: str | None
    used: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One program text that has no score yet."""

    paper: Paper
    key: str
    source: str
    language: str
    limits: Limits


def texts_of(sample: Sample) -> Texts:
    found = sample.extraction
    return Texts(
        raw=text_key(found.raw, found.language) if found.raw is not None else None,
        used=text_key(found.program, found.language) if found.program is not None else None,
    )


Sources = Callable[[Sample], Sequence[str]]
"""The program texts of a sample that are to be scored."""


def as_written_and_as_used(sample: Sample) -> tuple[str, ...]:
    found = sample.extraction
    return tuple(source for source in (found.raw, found.program) if source is not None)


def score_run(
    run: RunFile,
    papers: Mapping[str, Paper],
    sandbox: Sandbox,
    *,
    on_score: Callable[[Job, Score], None] | None = None,
    sources: Sources = as_written_and_as_used,
) -> None:
    """Score what is not scored yet, `sandbox.slots` programs at a time; store it in the run file.

    Args:
        papers: By problem id; other problems of the run are left alone.
        on_score: Called in this thread after each score.
        sources: Which texts of a sample.
    """
    began = time.monotonic()
    waiting: dict[str, list[tuple[Job, Score]]] = {}
    stored_at = began
    try:
        for job, score in _scores(missing_jobs(run, papers, sources=sources), sandbox):
            waiting.setdefault(job.paper.problem.id, []).append((job, score))
            if on_score is not None:
                on_score(job, score)
            if time.monotonic() - stored_at > _BATCH_S:
                _store(run, waiting)
                stored_at = time.monotonic()
    finally:
        _store(run, waiting)
        run.add_seconds("", "score", time.monotonic() - began)


def missing_jobs(
    run: RunFile, papers: Mapping[str, Paper], *, sources: Sources = as_written_and_as_used
) -> Iterator[Job]:
    """Program texts without a score, each once, problem by problem."""
    for problem_id, paper in papers.items():
        yield from _missing(run, problem_id, paper, sources)


def read_scores(run: RunFile, problem_id: str) -> dict[str, Score]:
    """Scores by text key. Internal errors are left out: they are to be tried again."""
    query = "SELECT text_key, verdict, detail FROM scores WHERE problem_id = ? AND verdict <> 'IE'"
    return {key: Score(verdict=Verdict(verdict), detail=detail) for key, verdict, detail in run.rows(query, problem_id)}


def limits_of(run: RunFile, problem: Problem) -> Limits:
    """The problem's own limits, else those of the run's settings."""
    settings = run.settings
    return limits_for(
        problem,
        Limits(
            cpu_s=settings.cpu_s,
            wall_s=settings.wall_s,
            memory_bytes=settings.memory_bytes,
            output_bytes=settings.output_bytes,
        ),
    )


def _missing(run: RunFile, problem_id: str, paper: Paper, sources: Sources) -> list[Job]:
    """A list, not an iterator over the table: the table is written to while the jobs are under way."""
    known = set(read_scores(run, problem_id))
    limits = limits_of(run, paper.problem)
    jobs: dict[str, Job] = {}
    for sample, _ in run.samples(problem_id):
        language = sample.extraction.language
        for source in sources(sample):
            key = text_key(source, language)
            if key not in known and key not in jobs:
                jobs[key] = Job(paper=paper, key=key, source=source, language=language, limits=limits)
    return list(jobs.values())


def _scores(jobs: Iterable[Job], sandbox: Sandbox) -> Iterator[tuple[Job, Score]]:
    """In order of completion, with a bounded number of jobs in memory."""

    def work(job: Job) -> tuple[Job, Score]:
        return job, score_program(job.paper, job.source, job.language, sandbox, job.limits)

    under_way: set[Future[tuple[Job, Score]]] = set()
    executor = ThreadPoolExecutor(sandbox.slots, thread_name_prefix="codesieve-score")
    try:
        for job in jobs:
            under_way.add(executor.submit(work, job))
            if len(under_way) >= 8 * sandbox.slots:
                done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        while under_way:
            done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _store(run: RunFile, waiting: dict[str, list[tuple[Job, Score]]]) -> None:
    rows = [
        (problem_id, job.key, score.verdict.value, score.detail)
        for problem_id, found in waiting.items()
        for job, score in found
    ]
    waiting.clear()
    if rows:
        with run.transaction() as connection:
            connection.executemany("INSERT OR REPLACE INTO scores VALUES (?,?,?,?)", rows)
