"""Hidden tests + program -> Score. The only place that runs a candidate against what it was not shown.

Expected values stay on the host: the sandbox gets arguments or standard input and hands back bytes, which are
compared here. Hidden tests have a run of their own, never a process that saw the public ones.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, replace

from benchmarks.asserts import Expectation, NotPlainError, holds, read_asserts
from benchmarks.tests_as_code import CodedTests, coded_tests, run_tests
from benchmarks.verdict import SHOWN, Score, last_line
from codegen.judging import Verdict, build_message
from codegen.programs import executable
from problems.checkers import check
from problems.hidden import HiddenTests
from problems.problem import Call, Problem
from sandbox.errors import SandboxClosedError, SandboxError
from sandbox.execution import Execution, Grain, Limits, Program, Sandbox, Status

_ENDED = {
    Status.NONZERO_EXIT: Verdict.RTE,
    Status.SIGNALED: Verdict.RTE,
    Status.TIME_LIMIT: Verdict.TLE,
    Status.MEMORY_LIMIT: Verdict.MLE,
    Status.OUTPUT_LIMIT: Verdict.OLE,
}
PATIENCE = 4
"""A program that a busy machine kept from its CPU time gets so many times the wall clock, once."""
_NEAR = 0.9

Decide = Callable[[Execution], str]
"""What is wrong with the output of a run that ended well; "" when nothing is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """The hidden tests of one problem, ready to be run: inputs each with its decision, or test code."""

    problem: Problem
    inputs: tuple[bytes, ...] = ()
    names: tuple[str, ...] = ()
    decisions: tuple[Decide, ...] = ()
    coded: CodedTests | None = None

    def __len__(self) -> int:
        return len(self.inputs)


def prepare(problem: Problem, hidden: HiddenTests) -> Paper:
    """Read test code into comparisons where that is possible, else keep it as code.

    Raises:
        ValueError: There is nothing to run, or test code for a problem that is not called.
    """
    if not hidden.code:
        if not hidden.cases:
            raise ValueError(f"{problem.id}: no hidden tests; leave the problem out of the suite")
        inputs = tuple(case.input.encode("utf-8", "surrogatepass") for case in hidden.cases)
        names = tuple(case.name or f"test {number}" for number, case in enumerate(hidden.cases, start=1))
        decisions = tuple(_by_checker(problem, case.output or "") for case in hidden.cases)
        return Paper(problem=problem, inputs=inputs, names=names, decisions=decisions)
    if not isinstance(problem.interface, Call) or hidden.cases:
        raise ValueError(f"{problem.id}: test code belongs to a problem with an entry point, and stands alone")
    try:
        expectations = read_asserts(hidden.code, problem.interface.entry_point)
    except NotPlainError:
        return Paper(problem=problem, coded=coded_tests(hidden.code, problem.interface))
    return Paper(
        problem=problem,
        inputs=tuple(each.case.input.encode("utf-8", "surrogatepass") for each in expectations),
        names=tuple(each.case.name for each in expectations),
        decisions=tuple(_by_expectation(each) for each in expectations),
    )


def score_program(paper: Paper, source: str, language: str, sandbox: Sandbox, limits: Limits) -> Score:
    """Run one program on all hidden tests, up to the first that it does not pass.

    A host failure becomes the verdict IE, which is never held against a program.

    Raises:
        SandboxClosedError: The sandbox was closed meanwhile.
    """
    program = executable(paper.problem, source, language)
    try:
        score = _score(paper, program, sandbox, limits)
        if score.verdict is Verdict.TLE and _starved(score, limits, sandbox):
            score = _score(paper, program, sandbox, replace(limits, wall_s=PATIENCE * limits.wall_s))
    except SandboxClosedError:
        raise
    except SandboxError as error:
        return Score(verdict=Verdict.IE, detail=str(error)[:SHOWN])
    return score


def text_key(source: str, language: str) -> str:
    """Equal programs have equal keys; nothing is normalised, since what counts is the text as it is."""
    return hashlib.sha256(f"{language}\0{source}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _score(paper: Paper, program: Program, sandbox: Sandbox, limits: Limits) -> Score:
    if paper.coded is None:
        return _compare(paper, program, sandbox, limits)
    return run_tests(paper.coded, program, sandbox, limits)


def _starved(score: Score, limits: Limits, sandbox: Sandbox) -> bool:
    """Whether the clock ran out, not the CPU time, while more wanted to run here than there are cores."""
    return score.cpu_s < _NEAR * limits.cpu_s and os.getloadavg()[0] > sandbox.slots


def _compare(paper: Paper, program: Program, sandbox: Sandbox, limits: Limits) -> Score:
    seen = 0

    def keep_going(execution: Execution) -> bool:
        nonlocal seen
        seen += 1
        return not _fault(execution, paper.decisions[seen - 1])[0]

    grain = Grain.PER_INPUT if program.entry_point is None else Grain.PER_BATCH
    run = sandbox.run(program, paper.inputs, limits, grain=grain, keep_going=keep_going)
    if not run.built:
        return Score(verdict=Verdict.CE, detail=build_message(run)[:SHOWN])
    for name, execution, decide in zip(paper.names, run.executions, paper.decisions, strict=False):
        verdict, detail = _fault(execution, decide)
        if verdict is not None:
            return Score(verdict=verdict, detail=f"{name}: {detail}"[:SHOWN], cpu_s=execution.cpu_s)
    if len(run.executions) < len(paper):
        return Score(verdict=Verdict.IE, detail=f"{len(run.executions)} of {len(paper)} tests were run")
    return Score(verdict=Verdict.AC)


def _fault(execution: Execution, decide: Decide) -> tuple[Verdict | None, str]:
    if execution.status in _ENDED:
        return _ENDED[execution.status], _how_it_ended(execution)
    reason = decide(execution)
    return (Verdict.WA, reason) if reason else (None, "")


def _how_it_ended(execution: Execution) -> str:
    if execution.status is Status.TIME_LIMIT:
        return f"{execution.cpu_s:.2f} s of CPU, {execution.wall_s:.2f} s in all"
    return last_line(execution.stderr) or execution.status.value


def _by_checker(problem: Problem, expected: str) -> Decide:
    call = isinstance(problem.interface, Call)

    def decide(execution: Execution) -> str:
        output = (execution.value or b"") if call else execution.stdout
        decision = check(problem.checker, expected, output)
        return "" if decision.ok else decision.reason or "wrong answer"

    return decide


def _by_expectation(expectation: Expectation) -> Decide:
    def decide(execution: Execution) -> str:
        if holds(expectation, execution.value):
            return ""
        expected = expectation.case.output
        wanted = f"{expectation.relation} {expected}" if expected is not None else expectation.relation
        found = (execution.value or b"nothing")[:SHOWN].decode("utf-8", "replace")
        return f"expected {wanted[:SHOWN]}, found {found}"

    return decide
