"""The tests that a contestant does not see. Imported by `benchmarks` and by nothing else in the product."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from problems.codec import check_schema, load_cases, read_text
from problems.fields import Document
from problems.problem import Problem, TestCase


@dataclass(frozen=True, slots=True, kw_only=True)
class HiddenTests:
    """What the scorer runs for one problem.

    Attributes:
        cases: Inputs with expected outputs, compared on the host by the problem's checker.
        code: Test code that is run as it is where it cannot be read into cases (`check(candidate)`), else "".
        reference: Inputs whose right outputs are what a reference solution gives.
        whole_program: Tests that cannot be kept apart from the candidate.
        prelude: Python that the benchmark puts before every Python program: imports that its programs rely on.
    """

    problem_id: str
    cases: tuple[TestCase, ...] = ()
    code: str = ""
    reference: ReferenceTests | None = None
    whole_program: WholeProgram | None = None
    prelude: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeProgram:
    """Test code that is put behind the candidate, the two being one program.

    Attributes:
        language: Of both.
    """

    language: str
    tests: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceTests:
    """Inputs and a solution that is right by definition (EvalPlus).

    Attributes:
        inputs: Lists of arguments in wire form.
        names: One an input, for messages.
        solution: Source of a Python program with the problem's entry point.
        oracle: How a result is compared with the reference's (see `benchmarks.oracles.ORACLES`).
        absolute: Tolerance.
    """

    inputs: tuple[str, ...]
    names: tuple[str, ...]
    solution: str
    oracle: str = "value"
    absolute: float = 0.0


def read_hidden(path: str | Path, problem: Problem) -> HiddenTests:
    """The tests in `hidden.json`: the file itself, or the problem's folder that holds it.

    Raises:
        ProblemFormatError: The file is broken, or belongs to another problem.
        ProblemError: It cannot be read.
    """
    file = Path(path)
    if file.is_dir():
        file = file / "hidden.json"
    record = Document(text=read_text(file), path=str(file)).parse()
    check_schema(record)
    record.refuse_others("schema", "problem_id", "cases")
    if record.text("problem_id") != problem.id:
        raise record.error(f"'{record.text('problem_id')}' is not the problem's id '{problem.id}'", "problem_id")
    cases = load_cases(record, "cases", problem.interface)
    for position, case in enumerate(cases):
        if case.output is None:
            raise record.error("a hidden test needs its output", "cases", position)
    return HiddenTests(problem_id=problem.id, cases=cases)
