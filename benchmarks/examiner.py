"""The hidden tests in the engine's own queue: each program text of a run is scored once, beside the other tasks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.judge import Paper, score_program, text_key
from benchmarks.score import as_written_and_as_used, limits_of, read_scores
from benchmarks.verdict import Score
from codegen.runs import RunFile
from codegen.sampling import Sample
from codegen.tasks import Cancelled, Task
from problems.problem import Problem
from sandbox.execution import Limits, Sandbox


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreTask:
    """Run a program text on the hidden tests of its problem."""

    paper: Paper
    key: str
    source: str
    language: str
    limits: Limits

    @property
    def stage(self) -> str:
        return "score"

    def perform(self, sandbox: Sandbox, cancelled: Cancelled) -> Score:  # noqa: ARG002 (ends with the sandbox)
        return score_program(self.paper, self.source, self.language, sandbox, self.limits)


@dataclass(slots=True, kw_only=True)
class _Sheet:
    """One problem under way: how many samples have which text, and which texts pass."""

    paper: Paper
    limits: Limits
    known: set[str]
    passed: set[str]
    drawn: int = 0
    raw: Counter[str] = field(default_factory=Counter)
    used: dict[int, str] = field(default_factory=dict)


class HiddenTests:
    """An examiner for `Engine.stream_all`.

    Args:
        papers: Asked for a problem's hidden tests when its turn comes.
    """

    def __init__(self, run: RunFile, papers: Callable[[Problem], Paper]) -> None:
        self._run, self._papers = run, papers
        self._sheets: dict[str, _Sheet] = {}

    def begin(self, problem: Problem) -> None:
        scores = read_scores(self._run, problem.id)
        self._sheets[problem.id] = _Sheet(
            paper=self._papers(problem),
            limits=limits_of(self._run, problem),
            known=set(scores),
            passed={key for key, score in scores.items() if score.passed},
        )

    def tasks(self, sample: Sample) -> Iterable[Task]:
        sheet = self._sheets[sample.problem_id]
        found = sample.extraction
        sheet.drawn += 1
        if found.raw is not None:
            sheet.raw[text_key(found.raw, found.language)] += 1
        if found.program is not None:
            sheet.used[sample.index] = text_key(found.program, found.language)
        for source in as_written_and_as_used(sample):
            key = text_key(source, found.language)
            if key not in sheet.known:
                sheet.known.add(key)
                yield ScoreTask(paper=sheet.paper, key=key, source=source, language=found.language, limits=sheet.limits)

    def store(self, problem: Problem, task: Task, result: Any) -> None:
        assert isinstance(task, ScoreTask)
        assert isinstance(result, Score)
        if result.passed:
            self._sheets[problem.id].passed.add(task.key)
        with self._run.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO scores VALUES (?,?,?,?)",
                (problem.id, task.key, result.verdict.value, result.detail),
            )

    def finish(self, problem_id: str, submitted: Iterable[int]) -> tuple[int, int, tuple[bool, ...]]:
        """A problem is done: samples drawn, of these passed as written, and whether each of these samples passes."""
        sheet = self._sheets.pop(problem_id)
        passed = sum(count for key, count in sheet.raw.items() if key in sheet.passed)
        return sheet.drawn, passed, tuple(sheet.used.get(index) in sheet.passed for index in submitted)
