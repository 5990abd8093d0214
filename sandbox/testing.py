"""A sandbox for tests: answers from a function or a table, keeps a record, runs nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sandbox.errors import SandboxClosedError
from sandbox.execution import Execution, Grain, Limits, Program, Run, Status

Answer = Execution | bytes
"""What one input leads to: an execution, or just its standard output (for a call: its value in wire form)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One call of `FakeSandbox.run`."""

    program: Program
    inputs: tuple[bytes, ...]
    limits: Limits
    grain: Grain


class FakeSandbox:
    """Answers `run` from `answers`: a function of program and input, or a table source -> (input -> answer).

    A source or an input that the table does not hold ends as a program that exits 1. Sources in `broken` do not build.
    """

    name = "fake"

    def __init__(
        self,
        answers: Callable[[Program, bytes], Answer] | Mapping[str, Mapping[bytes, Answer]],
        *,
        slots: int = 2,
        broken: Sequence[str] = (),
    ) -> None:
        self.slots = slots
        self.calls: list[Recorded] = []
        self._answers = answers
        self._broken = frozenset(broken)
        self._lock = threading.Lock()
        self._closed = False

    def run(
        self,
        program: Program,
        inputs: Sequence[bytes],
        limits: Limits,
        *,
        grain: Grain = Grain.PER_INPUT,
        keep_going: Callable[[Execution], bool] | None = None,
    ) -> Run:
        """See `Sandbox.run`."""
        if self._closed:
            raise SandboxClosedError("the sandbox is closed")
        with self._lock:
            self.calls.append(Recorded(program=program, inputs=tuple(inputs), limits=limits, grain=grain))
        if program.source in self._broken:
            return Run(
                build=Execution(status=Status.NONZERO_EXIT, exit_code=1, stderr=b"does not build\n"), executions=()
            )
        executions: list[Execution] = []
        for given in inputs:
            executions.append(self._execute(program, given))
            if keep_going is not None and not keep_going(executions[-1]):
                break
        return Run(build=Execution(status=Status.OK, exit_code=0), executions=tuple(executions))

    def converse(self, program: Program, driver: Program, limits: Limits) -> tuple[Execution, Execution]:
        """See `Sandbox.converse`. `answers` is asked with an empty input, once for each side."""
        with self._lock:
            for side in (program, driver):
                self.calls.append(Recorded(program=side, inputs=(), limits=limits, grain=Grain.PER_INPUT))
        return self._execute(program, b""), self._execute(driver, b"")

    def close(self) -> None:
        """See `Sandbox.close`."""
        self._closed = True

    def _execute(self, program: Program, given: bytes) -> Execution:
        if callable(self._answers):
            answer = self._answers(program, given)
        else:
            failed = Execution(status=Status.NONZERO_EXIT, exit_code=1, stderr=b"no answer in the table\n")
            answer = self._answers.get(program.source, {}).get(given, failed)
        if isinstance(answer, Execution):
            return answer
        if program.entry_point is not None:
            return Execution(status=Status.OK, exit_code=0, value=answer)
        return Execution(status=Status.OK, exit_code=0, stdout=answer)
