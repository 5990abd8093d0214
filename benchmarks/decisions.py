"""Output of a run that ended well -> what is wrong with it. Three sources of what is right, three classes of values."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.oracles import decide
from benchmarks.verdict import SHOWN
from problems.asserts import Expectation, holds
from problems.checkers import check
from problems.errors import ValueFormatError
from problems.hidden import ReferenceTests
from problems.problem import CheckerSpec
from problems.values import loads
from sandbox.execution import Execution


@dataclass(frozen=True, slots=True)
class ByChecker:
    """The problem's checker and expected outputs."""

    checker: CheckerSpec
    call: bool
    outputs: tuple[str, ...]

    def __call__(self, number: int, execution: Execution) -> str:
        output = (execution.value or b"") if self.call else execution.stdout
        decision = check(self.checker, self.outputs[number], output)
        return "" if decision.ok else decision.reason or "wrong answer"


@dataclass(frozen=True, slots=True)
class ByExpectation:
    """Asserts that were read from test code."""

    expectations: tuple[Expectation, ...]

    def __call__(self, number: int, execution: Execution) -> str:
        expectation = self.expectations[number]
        if holds(expectation, execution.value):
            return ""
        expected = expectation.case.output
        wanted = f"{expectation.relation} {expected}" if expected is not None else expectation.relation
        return f"expected {wanted[:SHOWN]}, found {_shown(execution)}"


@dataclass(frozen=True, slots=True)
class ByReference:
    """What a reference solution gave, compared by the task's rule."""

    tests: ReferenceTests
    outputs: tuple[str | None, ...]

    def __call__(self, number: int, execution: Execution) -> str:
        expected, found = self.outputs[number], execution.value
        assert expected is not None, "inputs without a result are not judged"
        oracle = self.tests.oracle
        if found is not None and self._holds(oracle, number, expected, found):
            return ""
        wanted = {"value": expected, "root": "a root"}.get(oracle, f"{expected} ({oracle})")
        return f"expected {wanted[:SHOWN]}, found {_shown(execution)}"

    def _holds(self, oracle: str, number: int, expected: str, found: bytes) -> bool:
        if oracle == "value" and found == expected.encode("utf-8", "surrogatepass"):
            return True
        # The longest form of a value that is right is some 20 times as long as the reference's.
        if len(found) > 32 * len(expected) + 4096:
            return False
        try:
            value = loads(found)
        except ValueFormatError:
            return False
        return decide(oracle, loads(self.tests.inputs[number]), loads(expected), value, self.tests.absolute)


def _shown(execution: Execution) -> str:
    return (execution.value or b"nothing")[:SHOWN].decode("utf-8", "replace")
