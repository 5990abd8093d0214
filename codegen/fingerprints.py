"""Survivor -> Fingerprint: what a program gives on the generated inputs, reduced to one digest an input."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from codegen.inputs import GeneratedInput
from codegen.judging import retried
from problems.errors import ValueFormatError
from problems.printed import printed_value
from problems.problem import Problem
from problems.values import canonical, loads
from sandbox.execution import Execution, Grain, Limits, Program, Run, Sandbox, Status

PREVIEW_CHARS = 120
MAX_TIMEOUTS = 3
"""After this many time limits the rest of the inputs is not run: such a program is told apart well enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one input.

    Attributes:
        digest: Of the output, equal for outputs that the problem's checker takes for the same; the status for a run
            that did not end well; "-" where it was not run.
        preview: The beginning of the output, for a person.
    """

    digest: str
    preview: str

    @property
    def ok(self) -> bool:
        """Whether there is an output."""
        return is_output(self.digest)


_NO_OUTPUT = frozenset(status.value for status in Status) | {"-"}

NOT_RUN = Outcome(digest="-", preview="not run")


def is_output(digest: str) -> bool:
    """Whether a digest is that of an output: the run ended well."""
    return digest not in _NO_OUTPUT


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """Outcomes in the order of the inputs. Programs with equal digests behave the same as far as is known."""

    outcomes: tuple[Outcome, ...]

    @property
    def behaviour(self) -> tuple[str, ...]:
        return tuple(outcome.digest for outcome in self.outcomes)


def observe(
    program: Program,
    inputs: Sequence[GeneratedInput],
    problem: Problem,
    sandbox: Sandbox,
    limits: Limits,
    *,
    grain: Grain = Grain.PER_INPUT,
    cancelled: Callable[[], bool] = lambda: False,
) -> Fingerprint:
    """Run on every input. Raises SandboxError when the host is at fault again and again."""
    if not inputs:
        return Fingerprint(outcomes=())
    timeouts = 0

    def keep_going(execution: Execution) -> bool:
        nonlocal timeouts
        timeouts += execution.status is Status.TIME_LIMIT
        return timeouts < MAX_TIMEOUTS and not cancelled()

    data = [item.text.encode("utf-8", "surrogatepass") for item in inputs]

    def attempt() -> Run:
        nonlocal timeouts
        timeouts = 0
        return sandbox.run(program, data, limits, grain=grain, keep_going=keep_going)

    run = retried(attempt)
    outcomes = [outcome_of(execution, program, problem) for execution in run.executions]
    outcomes += [NOT_RUN] * (len(inputs) - len(outcomes))
    return Fingerprint(outcomes=tuple(outcomes))


def output_of(program: Program, text: str, sandbox: Sandbox, limits: Limits) -> str | None:
    """The whole output on one input, as a test case has it; None when the run does not end well, or it is no text."""
    data = text.encode("utf-8", "surrogatepass")
    run = retried(lambda: sandbox.run(program, [data], limits, grain=Grain.PER_INPUT))
    if not run.executions or run.executions[0].status is not Status.OK:
        return None
    execution = run.executions[0]
    output = execution.stdout if program.entry_point is None else execution.value
    try:
        return None if output is None else output.decode()
    except UnicodeDecodeError:
        return None


def outcome_of(execution: Execution, program: Program, problem: Problem) -> Outcome:
    """What one run comes to: equal outputs have equal digests."""
    if execution.status is not Status.OK:
        return Outcome(digest=execution.status.value, preview=execution.status.value)
    if problem.is_question:
        value = printed_value(execution.stdout)
        return _digested(value.encode(), value)
    if program.entry_point is None:
        return _digested(
            _normal_text(execution.stdout, problem.checker.name), execution.stdout.decode("utf-8", "replace")
        )
    try:
        result = loads(execution.value or b"")
        return _digested(canonical(result).encode("utf-8", "surrogatepass"), repr(result))
    except (ValueFormatError, ValueError, RecursionError):  # ValueError: an int too long to be written
        return _digested(execution.value or b"", "a value that cannot be shown")


def digest_of(text: str) -> str:
    """Of a value in wire form: what `outcome_of` gives for a function that returns it."""
    return _digested(canonical(loads(text)).encode("utf-8", "surrogatepass"), "").digest


def _normal_text(output: bytes, checker: str) -> bytes:
    """Output with what the checker does not look at taken out."""
    if checker == "exact":
        return output.removesuffix(b"\n")
    if checker == "unordered_lines":
        return b"\n".join(sorted(b" ".join(line.split()) for line in output.splitlines() if line.strip()))
    if checker == "yes_no":
        output = output.lower()
    if checker == "floats":
        return b" ".join(_rounded(token) for token in output.split())
    return b" ".join(output.split())


def _rounded(token: bytes) -> bytes:
    if len(token) > 40:
        return token
    try:
        return f"{float(token):.6g}".encode()
    except ValueError:
        return token


def _digested(normal: bytes, shown: str) -> Outcome:
    preview = shown[: PREVIEW_CHARS - 1] + "…" if len(shown) > PREVIEW_CHARS else shown
    # Shown in terminals and reports: no control characters, no lone surrogates.
    preview = "".join(c if c.isprintable() or c == "\n" else "�" for c in preview)
    return Outcome(digest=hashlib.blake2b(normal, digest_size=12).hexdigest(), preview=preview)


NONE = _digested(canonical(None).encode(), "None").digest
"""Of a function that returned nothing: it stands for a body that was never finished."""
