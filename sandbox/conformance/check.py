"""Run a case, compare how it ended with how it must end, and see that nothing is left of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from sandbox.conformance.cases import CASES, NOT_BUILT, Case
from sandbox.conformance.inventory import differences, take
from sandbox.errors import SandboxError, SandboxUnavailableError
from sandbox.execution import Execution, Limits, Program, Run, Sandbox
from sandbox.languages import HELLO_INPUT, LANGUAGES, said_hello
from sandbox.pool import Pool
from sandbox.unconfined import UnconfinedSandbox

LONGEST_S = 120.0
"""Nothing here may take longer, on however busy a machine: most of it takes milliseconds."""

_SHOWN = 200
_HELLO_LIMITS = Limits(cpu_s=10.0, wall_s=30.0, memory_bytes=256 << 20, output_bytes=1 << 16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a case.

    Attributes:
        expected, found: Ends, as text.
        fault: What is wrong besides the end, or with it; "": nothing.
        left: What the box, or the host, holds afterwards that it did not hold before.
    """

    name: str
    expected: str
    found: str
    fault: str = ""
    left: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def clean(self) -> bool:
        """It ended as it must, and nothing is left of it."""
        return not self.fault and not self.left

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "name": self.name,
            "expected": self.expected,
            "found": self.found,
            "clean": self.clean,
            "fault": self.fault,
            "left": list(self.left),
            "seconds": round(self.seconds, 3),
        }


def check(
    sandbox: Sandbox,
    cases: Iterable[Case] = CASES,
    *,
    on_outcome: Callable[[Outcome], object] = lambda _: None,
) -> tuple[Outcome, ...]:
    """Run those cases whose language is offered, one after the other, then many runs at once.

    What a program did is in the outcome, also when the sandbox itself failed. `sandbox` stays open.

    Raises:
        SandboxError: Not even a harmless program can be run.
        ValueError: The sandbox confines nothing: some of the programs kill whatever they can reach.
    """
    if isinstance(sandbox, UnconfinedSandbox):
        raise ValueError("'unsafe' confines nothing: these programs would do what they try to do")
    before = take(sandbox)
    outcomes: list[Outcome] = []
    runs: list[Callable[[Sandbox], Outcome]] = [
        *(partial(run_case, case=case, before=before) for case in offered(sandbox, cases)),
        many_at_once,
    ]
    for run in runs:
        outcomes.append(run(sandbox))
        on_outcome(outcomes[-1])
    return tuple(outcomes)


def offered(sandbox: Sandbox, cases: Iterable[Case]) -> tuple[Case, ...]:
    """Those in a language whose hello program does here what it should."""
    wanted = tuple(cases)
    languages = {case.language for case in wanted}
    missing = {name for name in languages if not _says_hello(sandbox, name)}
    return tuple(case for case in wanted if case.language not in missing)


def _says_hello(sandbox: Sandbox, language: str) -> bool:
    try:
        run = sandbox.run(LANGUAGES[language].hello_program(), (HELLO_INPUT,), _HELLO_LIMITS)
    except SandboxUnavailableError:
        return False
    return bool(run.executions) and said_hello(run.executions[0]) is not None


def run_case(sandbox: Sandbox, case: Case, *, before: dict[str, Any] | None = None) -> Outcome:
    """Run one case. `before`: what a clean box holds (`inventory.take`); None: it is looked at first."""
    before = take(sandbox) if before is None else before
    began = time.monotonic()
    try:
        found, fault = _talk(sandbox, case) if case.driver else _run(sandbox, case)
    except SandboxError as error:
        found, fault = type(error).__name__, str(error)
    seconds = time.monotonic() - began
    if seconds > LONGEST_S:
        fault = fault or f"it took {seconds:.0f} s"
    return Outcome(
        name=case.name, expected=case.expected, found=found, fault=fault, left=_left(sandbox, before), seconds=seconds
    )


def _left(sandbox: Sandbox, before: dict[str, Any]) -> tuple[str, ...]:
    try:
        left = differences(before, take(sandbox))
        if isinstance(sandbox, Pool):
            left += sandbox.check()
    except SandboxError as error:
        return (f"the sandbox does not work any more: {error}",)
    return tuple(left)


def _run(sandbox: Sandbox, case: Case) -> tuple[str, str]:
    run = sandbox.run(case.program, case.inputs, case.limits, grain=case.grain)
    if not run.built or not run.executions:
        said = run.build.stderr if run.build else b""
        return NOT_BUILT, "" if NOT_BUILT in case.ends else f"it did not build: {_shown(said)}"
    found = [execution.status.value for execution in run.executions]
    text = " ".join(found) if case.each else found[-1]
    return text, next(filter(None, _faults(case, run, found)), "")


def _faults(case: Case, run: Run, found: Sequence[str]) -> Iterable[str]:
    if len(run.executions) != len(case.given):
        yield f"{len(run.executions)} executions for {len(case.given)} inputs"
    if case.each and list(case.each) != list(found):
        yield "ends are not those expected"
    last = run.executions[-1]
    if not case.each and not set(found) <= set(case.ends):
        yield f"{found}: exit code {last.exit_code}, signal {last.signal}, {_shown(last.stdout + last.stderr)}"
    stdout = case.stdout
    for number, execution in enumerate(run.executions):
        yield _fault(case, execution, number, stdout)


def _fault(case: Case, execution: Execution, number: int, stdout: bytes | None) -> str:
    if case.codes is not None:
        code = execution.signal if execution.exit_code is None else execution.exit_code
        if code != case.codes[number]:
            return f"input {number}: exit code or signal {code}, expected {case.codes[number]}"
    if stdout is not None and execution.stdout != stdout:
        return f"input {number}: printed {_shown(execution.stdout)} {_shown(execution.stderr)}"
    if case.value is not None and execution.value != case.value:
        return f"input {number}: returned {_shown(execution.value or b'nothing')} {_shown(execution.stderr)}"
    if len(execution.stdout) + len(execution.stderr) > case.limits.output_bytes:
        return f"{len(execution.stdout) + len(execution.stderr)} bytes of output were kept"
    return ""


def _talk(sandbox: Sandbox, case: Case) -> tuple[str, str]:
    assert case.driver is not None
    program, driver = sandbox.converse(case.program, case.driver, case.limits)
    found = program.status.value
    if found not in case.ends:
        return found, f"the program: {_shown(program.stderr)}"
    if driver.status.value not in case.driver_ends:
        return found, f"the driver ended with {driver.status.value}: {_shown(driver.stderr)}"
    return found, ""


def many_at_once(sandbox: Sandbox, runs: int = 24) -> Outcome:
    """More callers than slots: every one gets its own program's output, and nobody waits for ever."""
    gate = threading.Barrier(runs)

    def one(number: int) -> bool:
        gate.wait()
        program = Program(language="python", source=f"print(input(), {number})")
        run = sandbox.run(program, (b"a\n", b"b\n"), Limits(cpu_s=10.0, wall_s=60.0))
        return [execution.stdout for execution in run.executions] == [b"a %d\n" % number, b"b %d\n" % number]

    before, began = take(sandbox), time.monotonic()
    try:
        with ThreadPoolExecutor(runs) as threads:
            right = sum(threads.map(one, range(runs)))
        fault = "" if right == runs else f"{runs - right} of {runs} callers got something else than their output"
    except SandboxError as error:
        fault = str(error)
    return Outcome(
        name="many runs at once",
        expected="OK",
        found="SandboxError" if fault else "OK",
        fault=fault,
        left=_left(sandbox, before),
        seconds=time.monotonic() - began,
    )


def _shown(text: bytes) -> str:
    return repr(text[-_SHOWN:].decode("utf-8", "replace").strip())
