"""Hidden tests + program -> Score. The only place that runs a candidate against what it was not shown.

Expected values stay on the host: the sandbox gets arguments or standard input and hands back bytes, which are
compared here. Hidden tests have a run of their own, never a process that saw the public ones.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from benchmarks.decisions import ByChecker, ByExpectation, ByReference
from benchmarks.references import Expected, expected_outputs
from benchmarks.tests_as_code import CodedTests, coded_tests, run_tests
from benchmarks.verdict import SHOWN, Score, last_line
from benchmarks.whole_program import run_whole_program
from codegen.judging import Verdict, build_message
from codegen.programs import executable
from problems.asserts import NotPlainError, read_asserts
from problems.hidden import HiddenTests, ReferenceTests, WholeProgram
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
REFERENCE_FACTOR = 4.0
"""A program may take so many times the reference's CPU time, as in EvalPlus."""

Decide = Callable[[int, Execution], str]
"""Number of a test and its run, which ended well -> what is wrong with the output; "" when nothing is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """The hidden tests of one problem, ready to be run: inputs with a way to decide on outputs, or test code.

    Holds nothing but values, so that it can be sent to another process.

    Attributes:
        reference: Where outputs are compared with those of a reference solution, which is run when they are needed
            first; `decide` is None then.
    """

    problem: Problem
    inputs: tuple[bytes, ...] = ()
    names: tuple[str, ...] = ()
    decide: Decide | None = None
    coded: CodedTests | None = None
    reference: ReferenceTests | None = None
    whole_program: WholeProgram | None = None
    prelude: str = ""

    def __len__(self) -> int:
        return len(self.inputs)


def prepare(problem: Problem, hidden: HiddenTests) -> Paper:
    """Read test code into comparisons where that is possible, else keep it as code.

    Raises:
        ValueError: There is nothing to run, or tests that are called for a problem that is not.
    """
    call = problem.interface if isinstance(problem.interface, Call) else None
    if (hidden.code or hidden.reference) and (call is None or hidden.cases):
        raise ValueError(f"{problem.id}: test code belongs to a problem with an entry point, and stands alone")
    if hidden.whole_program is not None:
        return Paper(problem=problem, whole_program=hidden.whole_program)
    if hidden.reference is not None:
        return Paper(
            problem=problem,
            inputs=_encoded(hidden.reference.inputs),
            names=hidden.reference.names,
            reference=hidden.reference,
        )
    if hidden.code and call is not None:
        try:
            expectations = read_asserts(hidden.code, call.entry_point)
        except NotPlainError:
            return Paper(problem=problem, coded=coded_tests(hidden.code, call))
        return Paper(
            problem=problem,
            inputs=_encoded(each.case.input for each in expectations),
            names=tuple(each.case.name for each in expectations),
            decide=ByExpectation(expectations),
        )
    if not hidden.cases:
        raise ValueError(f"{problem.id}: no hidden tests; leave the problem out of the suite")
    return Paper(
        problem=problem,
        inputs=_encoded(case.input for case in hidden.cases),
        names=tuple(case.name or f"test {number}" for number, case in enumerate(hidden.cases, start=1)),
        decide=ByChecker(problem.checker, call is not None, tuple(case.output or "" for case in hidden.cases)),
        prelude=hidden.prelude,
    )


def score_program(paper: Paper, source: str, language: str, sandbox: Sandbox, limits: Limits) -> Score:
    """Run one program on all hidden tests, up to the first that it does not pass.

    A host failure becomes the verdict IE, which is never held against a program.

    Raises:
        SandboxClosedError: The sandbox was closed meanwhile.
    """
    if paper.prelude and language == "python":
        source = behind(paper.prelude, source)
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


def behind(prelude: str, source: str) -> str:
    """The program with the prelude before it; what has to come first in a file still does."""
    lines = source.split("\n")
    first = [line for line in lines if line.startswith("from __future__ import")]
    rest = [line for line in lines if not line.startswith("from __future__ import")]
    return "\n".join((*first, prelude, *rest))


def text_key(source: str, language: str) -> str:
    """Equal programs have equal keys; nothing is normalised, since what counts is the text as it is."""
    return hashlib.sha256(f"{language}\0{source}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _score(paper: Paper, program: Program, sandbox: Sandbox, limits: Limits) -> Score:
    if paper.whole_program is not None:
        whole = paper.whole_program
        return run_whole_program(whole.language, program.source, whole.tests, sandbox, limits)
    if paper.coded is not None:
        return run_tests(paper.coded, program, sandbox, limits)
    if paper.reference is not None:
        return _compare_with_reference(paper, paper.reference, program, sandbox, limits)
    assert paper.decide is not None, "prepared"
    return _compare(paper, range(len(paper)), paper.decide, program, sandbox, limits)


def _starved(score: Score, limits: Limits, sandbox: Sandbox) -> bool:
    """Whether the clock ran out, not the CPU time, while more wanted to run here than there are cores."""
    return score.cpu_s < _NEAR * limits.cpu_s and os.getloadavg()[0] > sandbox.slots


def _compare_with_reference(
    paper: Paper, tests: ReferenceTests, program: Program, sandbox: Sandbox, limits: Limits
) -> Score:
    """Inputs on which the reference itself is slow come last, with more time.

    Where the reference gave nothing (it needs more than `references.LIMITS`) nothing can be compared: such inputs are
    left out.
    """
    assert program.entry_point is not None, "prepared"
    expected = expected_outputs(paper.problem, tests, program.entry_point, sandbox)
    decide = ByReference(tests, expected.outputs)
    judged = [number for number, output in enumerate(expected.outputs) if output is not None]
    allowed = {number: max(limits.cpu_s, REFERENCE_FACTOR * expected.cpu_s[number]) for number in judged}
    score = Score(verdict=Verdict.AC)
    for slow in (False, True):
        chosen = [number for number in judged if (allowed[number] > limits.cpu_s) is slow]
        if not chosen:
            continue
        cpu_s = max(allowed[number] for number in chosen)
        raised = replace(
            limits,
            cpu_s=cpu_s,
            wall_s=max(limits.wall_s, 3 * cpu_s),
            output_bytes=max(limits.output_bytes, *(2 * len(expected.outputs[number] or "") for number in chosen)),
        )
        score = _compare(paper, chosen, decide, program, sandbox, raised)
        if not score.passed:
            return score
    return replace(score, detail=_not_judged(paper, expected))


def _not_judged(paper: Paper, expected: Expected) -> str:
    left_out = [number for number, output in enumerate(expected.outputs) if output is None]
    if not left_out:
        return ""
    name, end = paper.names[left_out[0]], expected.ends[left_out[0]]
    return f"{len(left_out)} of {len(paper)} inputs not judged: on {name} the reference ended by {end}"


def _compare(
    paper: Paper, chosen: Sequence[int], decide: Decide, program: Program, sandbox: Sandbox, limits: Limits
) -> Score:
    """Run on the chosen inputs, up to the first that is not passed."""
    seen = 0
    failed: Score | None = None

    def keep_going(execution: Execution) -> bool:
        nonlocal seen, failed
        number = chosen[seen]
        seen += 1
        verdict, detail = _fault(execution, number, decide)
        if verdict is not None:
            failed = Score(verdict=verdict, detail=f"{paper.names[number]}: {detail}"[:SHOWN], cpu_s=execution.cpu_s)
        return failed is None

    grain = Grain.PER_INPUT if program.entry_point is None else Grain.PER_BATCH
    inputs = [paper.inputs[number] for number in chosen]
    run = sandbox.run(program, inputs, limits, grain=grain, keep_going=keep_going)
    if not run.built:
        return Score(verdict=Verdict.CE, detail=build_message(run)[:SHOWN])
    if failed is not None:
        return failed
    if seen < len(chosen):
        return Score(verdict=Verdict.IE, detail=f"{seen} of {len(chosen)} tests were run")
    return Score(verdict=Verdict.AC)


def _fault(execution: Execution, number: int, decide: Decide) -> tuple[Verdict | None, str]:
    if execution.status in _ENDED:
        return _ENDED[execution.status], _how_it_ended(execution)
    reason = decide(number, execution)
    return (Verdict.WA, reason) if reason else (None, "")


def _how_it_ended(execution: Execution) -> str:
    if execution.status is Status.TIME_LIMIT:
        return f"{execution.cpu_s:.2f} s of CPU, {execution.wall_s:.2f} s in all"
    return last_line(execution.stderr) or execution.status.value


def _encoded(texts: Iterable[str]) -> tuple[bytes, ...]:
    return tuple(text.encode("utf-8", "surrogatepass") for text in texts)
