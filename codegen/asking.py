"""Clusters and a person -> fewer clusters: ask which output is right, keep the programs that give it, and so on.

Each question is about the input that tells most (`codegen.questions`), shrunk for as long as it tells as much. Its
input is stored, and every program that is still possible is run on it, before it is asked; the answer is stored when it
is given. So asking that was interrupted goes on with the same question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from codegen.answers import Answer, Verdict
from codegen.clustering import Cluster
from codegen.contrasts import CLUSTERS, ContrastTask, start_of
from codegen.distinguishing import MAX_TIMEOUTS, Difference, Outcomes, Rivals
from codegen.events import OfferedOutput, QuestionAsked
from codegen.fingerprints import Fingerprint, output_of
from codegen.inputs import GeneratedInput
from codegen.inputs.validity import allowed_from, plausibility
from codegen.programs import executable
from codegen.questions import Behaviour, best_input, offered, value
from codegen.ranking import Pool
from codegen.runs import RunFile
from codegen.selection import pool_of
from codegen.tasks import ObserveTask, Task
from problems.problem import Problem
from sandbox.execution import Limits, Program, Sandbox

RIVALS = 8
"""Clusters, the weightiest, whose outputs decide which input is asked about and how small it gets."""
MAX_SHRINKING = 1500
"""Executions spent on making one question's input smaller."""


Perform = Callable[[Task], Any]
"""Does a task in a sandbox, wherever that is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShrinkTask:
    """Make an input smaller that tells as much about programs of these weights."""

    problem: Problem
    programs: tuple[Program, ...]
    weights: tuple[float, ...]
    input: str
    limits: Limits
    stage: str = "execute"

    def perform(self, sandbox: Sandbox, cancelled: Callable[[], bool]) -> Difference:  # noqa: ARG002 (bounded)
        def tells(outcomes: Outcomes) -> float:
            return value([outcome.digest for outcome in outcomes], self.weights)

        rivals = Rivals(programs=self.programs, problem=self.problem, sandbox=sandbox, limits=self.limits)
        known = rivals.outcomes_on(self.input)
        wanted = tells(known) - 1e-9
        answered = sum(outcome.ok for outcome in known)

        def accept(outcomes: Outcomes) -> bool:
            return tells(outcomes) >= wanted and sum(outcome.ok for outcome in outcomes) >= answered

        smaller = Rivals(
            programs=self.programs,
            problem=self.problem,
            sandbox=sandbox,
            limits=self.limits,
            accept=accept,
            allowed=allowed_from(self.problem, self.input),
        )
        return smaller.shrink(
            Difference(input=self.input, outcomes=known), most=MAX_SHRINKING, most_timeouts=MAX_TIMEOUTS
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputTask:
    """The whole output of a program on an input, as a test case has it; None when there is none."""

    problem: Problem
    program: Program
    input: str
    limits: Limits
    stage: str = "execute"

    def perform(self, sandbox: Sandbox, cancelled: Callable[[], bool]) -> str | None:  # noqa: ARG002
        return output_of(self.program, self.input, sandbox, self.limits)


class Asking:
    """Iterate `questions`; answer each event before going on. An event that is not answered ends the asking."""

    def __init__(self, run: RunFile, problem: Problem, *, perform: Perform, limits: Limits) -> None:
        self._run, self._problem, self._perform, self._limits = run, problem, perform, limits
        self._programs: dict[str, Program] = {}
        self._plausible = plausibility(problem)

    def questions(self) -> Iterator[QuestionAsked]:
        """One question after another until one behaviour is left, or nothing is known that tells two apart.

        Raises:
            SandboxError, RunFileError.
        """
        run, problem_id = self._run, self._problem.id
        survivors = {candidate.key for candidate in self._pool().candidates.values()}
        self._programs = read_programs(run, self._problem, survivors)
        while True:
            self._complete()
            pool = self._pool()
            answers = run.answers(problem_id)
            inputs = [self._plausible(item.text) for item in run.inputs(problem_id)]
            position = best_input(
                _behaviours(pool.clusters),
                asked=[answer.position for answer in answers],
                plausible=inputs.__getitem__,
            )
            if len(pool.clusters) < 2 or position is None:
                return
            position = self._smaller(pool, position)
            self._complete()
            pool = self._pool()
            question = self._question(pool, position, number=len(answers) + 1)
            yield question
            if question.reply is None:
                return
            run.add_answer(problem_id, self._answer(question, pool, position))

    def _pool(self) -> Pool:
        return pool_of(self._run, self._problem.id, seed=self._run.settings.seed)

    def _complete(self) -> None:
        """Run every program that is still possible on the stored inputs that it was not run on."""
        run, problem_id = self._run, self._problem.id
        inputs = run.inputs(problem_id)
        fingerprints = run.fingerprints(problem_id)
        for key in sorted({candidate.key for candidate in self._pool().candidates.values()}):
            known = fingerprints[key].outcomes if key in fingerprints else ()
            missing = inputs[len(known) :]
            if missing:
                program = self._programs[key]
                task = ObserveTask(
                    problem=self._problem,
                    key=key,
                    source=program.source,
                    language=program.language,
                    limits=self._limits,
                    inputs=missing,
                )
                more: Fingerprint = self._perform(task)
                run.add_fingerprint(problem_id, key, Fingerprint(outcomes=(*known, *more.outcomes)))

    def _smaller(self, pool: Pool, position: int) -> int:
        """Position of an input that tells as much and is as small as can be; a new one is stored behind the others."""
        run, problem_id = self._run, self._problem.id
        inputs = run.inputs(problem_id)
        rivals = sorted(pool.clusters, key=lambda each: -each.size)[:RIVALS]
        task = ShrinkTask(
            problem=self._problem,
            programs=tuple(self._programs[pool.candidates[each.members[0]].key] for each in rivals),
            weights=tuple(float(each.size) for each in rivals),
            input=inputs[position].text,
            limits=self._limits,
        )
        found: Difference = self._perform(task)
        known = {each.text: number for number, each in enumerate(inputs)}
        if found.input not in known:
            run.add_inputs(problem_id, (*inputs, GeneratedInput(text=found.input, source="search")))
        asked = {answer.position for answer in run.answers(problem_id)}
        smaller = known.get(found.input, len(inputs))
        return position if smaller in asked else smaller

    def _question(self, pool: Pool, position: int, *, number: int) -> QuestionAsked:
        digests, weights = _at(pool.clusters, position)
        previews = _previews(pool.clusters, position)
        total = sum(weights)
        return QuestionAsked(
            problem_id=self._problem.id,
            number=number,
            input=self._run.inputs(self._problem.id)[position].text,
            outputs=tuple(
                OfferedOutput(
                    output=previews[digest],
                    share=sum(w for d, w in zip(digests, weights, strict=True) if d == digest) / total,
                )
                for digest in offered(digests, weights)
            ),
            behaviours=len(pool.clusters),
        )

    def _answer(self, question: QuestionAsked, pool: Pool, position: int) -> Answer:
        reply = question.reply
        choices = offered(*_at(pool.clusters, position))
        if not isinstance(reply, int):
            assert reply is not None
            return Answer(position=position, verdict=Verdict(reply), input=question.input, offered=choices)
        right = choices[reply]
        key = next(
            pool.candidates[cluster.members[0]].key
            for cluster in pool.clusters
            if cluster.fingerprint.outcomes[position].digest == right
        )
        task = OutputTask(problem=self._problem, program=self._programs[key], input=question.input, limits=self._limits)
        return Answer(
            position=position,
            verdict=Verdict.RIGHT,
            input=question.input,
            offered=choices,
            right=right,
            output=self._perform(task) or "",
        )


def contrast(run: RunFile, problem: Problem, *, limits: Limits, perform: Perform) -> None:
    """Store the smallest inputs on which the largest clusters differ, unless they are stored."""
    pool = pool_of(run, problem.id, seed=run.settings.seed)
    largest = pool.clusters[:CLUSTERS]
    keys = tuple(pool.candidates[each.members[0]].key for each in largest)
    if len(largest) < 2 or any(each.keys == keys for each in run.contrasts(problem.id)):
        return
    inputs = [item.text for item in run.inputs(problem.id)]
    programs = read_programs(run, problem, keys)
    task = ContrastTask(
        problem=problem,
        keys=keys,
        programs=tuple(programs[key] for key in keys),
        starts=tuple(start_of(largest[0], other, inputs, problem) for other in largest[1:]),
        limits=limits,
    )
    run.set_contrasts(problem.id, perform(task))


def read_programs(run: RunFile, problem: Problem, keys: Iterable[str]) -> dict[str, Program]:
    """The programs of these keys."""
    wanted = set(keys)
    found: dict[str, Program] = {}
    for sample, key in run.samples(problem.id):
        extraction = sample.extraction
        if key in wanted and key is not None and extraction.program is not None and key not in found:
            found[key] = executable(problem, extraction.program, extraction.language)
    return found


def _behaviours(clusters: Sequence[Cluster]) -> list[Behaviour]:
    return [Behaviour(digests=each.fingerprint.behaviour, weight=float(each.size)) for each in clusters]


def _at(clusters: Sequence[Cluster], position: int) -> tuple[list[str], list[float]]:
    return [each.fingerprint.behaviour[position] for each in clusters], [float(each.size) for each in clusters]


def _previews(clusters: Sequence[Cluster], position: int) -> Mapping[str, str]:
    outcomes = [each.fingerprint.outcomes[position] for each in clusters]
    return {outcome.digest: outcome.preview for outcome in reversed(outcomes)}
