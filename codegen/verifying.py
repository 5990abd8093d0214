"""Program, whoever wrote it -> Verification: how it fares on every example of its problem."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from codegen.judging import Judgement, Verdict, build_message, decide, retried
from codegen.programs import executable
from codegen.tasks import Cancelled
from codegen.test_code import FunctionResult, TestsResult, run_tests_of
from problems.problem import Problem
from sandbox.execution import Execution, Limits, Sandbox

SHOWN = 2000
"""Characters of an output that a result carries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleResult:
    """How a program fared on one example.

    Attributes:
        input, expected, found: Standard input and output, or arguments and result in wire form (see
            `problems.values`); None where nothing is expected, or nothing was found. Of a test that is code: "" and
            None.
        detail: One line for a person; "" when it passed.
    """

    name: str
    verdict: Verdict
    input: str
    expected: str | None
    found: str | None
    detail: str = ""

    @property
    def passed(self) -> bool:
        return self.verdict is Verdict.AC


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What the examples of a problem say about a program.

    Attributes:
        verdict: AC when all examples passed (or there are none and it builds); else that of the first that did not;
            CE when it does not build; IE when the host failed.
        detail: One line for a person about that.
        results: One for each example, in order; empty when the program was not run.
        cpu_s: Of the slowest example.
    """

    problem_id: str
    verdict: Verdict
    detail: str
    results: tuple[ExampleResult, ...]
    cpu_s: float = 0.0

    @property
    def passed(self) -> bool:
        return self.verdict is Verdict.AC

    @property
    def failures(self) -> tuple[ExampleResult, ...]:
        return tuple(each for each in self.results if not each.passed)

    def to_json(self) -> dict[str, Any]:
        """The stable form; keys may be added, never renamed or removed."""
        return {
            "problem_id": self.problem_id,
            "verdict": self.verdict.value,
            "detail": self.detail,
            "results": [asdict(each) | {"verdict": each.verdict.value} for each in self.results],
            "cpu_s": self.cpu_s,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyTask:
    """Run a program on all public tests, the ones behind a failure as well."""

    problem: Problem
    source: str
    language: str
    limits: Limits
    stage: str = "execute"

    def perform(self, sandbox: Sandbox, cancelled: Cancelled) -> Verification:
        problem = self.problem
        program = executable(problem, self.source, self.language)
        inputs = [test.input.encode("utf-8", "surrogatepass") for test in problem.public_tests]
        run = retried(lambda: sandbox.run(program, inputs, self.limits, keep_going=lambda _: not cancelled()))
        if not run.built:
            return self._verification(Judgement(verdict=Verdict.CE, passed=0, total=0, detail=build_message(run)), ())
        results: list[ExampleResult] = []
        for test, execution in zip(problem.public_tests, run.executions, strict=False):
            verdict, detail = decide(execution, test, problem, program)
            results.append(
                ExampleResult(
                    name=test.name or f"example {len(results) + 1}",
                    verdict=verdict,
                    input=test.input,
                    expected=test.output,
                    found=_found(execution, called=program.entry_point is not None),
                    detail=detail,
                )
            )
        for tests in run_tests_of(problem, program, sandbox, self.limits) if problem.test_code else ():
            results += _of_code(tests)
        slowest = max((each.cpu_s for each in run.executions), default=0.0)
        whole = Judgement(verdict=Verdict.AC, passed=0, total=0, cpu_s=slowest)
        return self._verification(whole, tuple(results))

    def _verification(self, whole: Judgement, results: tuple[ExampleResult, ...]) -> Verification:
        verdict, detail = whole.verdict, whole.detail
        failed = next((each for each in results if not each.passed), None)
        if verdict is Verdict.AC and failed is not None:
            verdict, detail = failed.verdict, f"{failed.name}: {failed.detail}"
        return Verification(
            problem_id=self.problem.id, verdict=verdict, detail=detail, results=results, cpu_s=whole.cpu_s
        )


def _of_code(tests: TestsResult) -> list[ExampleResult]:
    """A result for each function; one for all when they came to none."""
    found = tests.functions
    if not found or (all(each.verdict is Verdict.AC for each in found) and tests.verdict is not Verdict.AC):
        found = (*found, FunctionResult(name="tests", verdict=tests.verdict, detail=tests.detail))
    return [
        ExampleResult(name=each.name, verdict=each.verdict, input="", expected=None, found=None, detail=each.detail)
        for each in found
    ]


def _found(execution: Execution, *, called: bool) -> str | None:
    data = execution.value if called else execution.stdout
    return None if data is None else data.decode("utf-8", "replace")[:SHOWN]
