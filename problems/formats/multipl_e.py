"""Functions in many languages: HumanEval-X (Zheng et al. 2023) and MultiPL-E (Cassano et al. 2022) rows.

HumanEval-X: `{"task_id": "CPP/0", "prompt", "canonical_solution", "test", ...}`; MultiPL-E: `{"name", "language",
"prompt", "tests", ...}`. A candidate is prompt + completion, and is compiled into its tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from problems.errors import ProblemFormatError
from problems.fields import Record
from problems.formats.places import data_file
from problems.formats.rows import OnBad, asserting, identity, read, refuse
from problems.formats.stub import loads_stub
from problems.problem import Call, Problem

FILES = ("humaneval_*.jsonl*", "*.jsonl*", "*.parquet")
_LANGUAGES = {
    "c": "c", "cpp": "cpp", "c++": "cpp", "java": "java", "js": "javascript", "javascript": "javascript", "go": "go",
    "python": "python", "py": "python", "rs": "rust", "rust": "rust",
}  # fmt: skip
"""Names of languages in the two sets -> the sandbox's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One problem in one language, with the tests that a candidate is put before.

    Attributes:
        reference: Prompt and canonical solution; "" where the row has none (MultiPL-E).
    """

    problem: Problem
    language: str
    tests: str
    reference: str


def read_rows(path: str | Path | None = None, *, on_bad: OnBad = refuse) -> Iterator[Row]:
    """Rows of a file. Raises as `rows.read`."""
    file = data_file(path, FILES, what="HumanEval-X or MultiPL-E")
    return read(file, _row, id_field="id", on_bad=on_bad)


def read_problems(path: str | Path | None = None) -> Iterator[Problem]:
    """The problems of a file. Raises as `read_rows`."""
    return (row.problem for row in read_rows(path))


def _row(record: Record) -> Row:
    name = identity(record, "task_id" if "task_id" in record else "name")
    record.data.setdefault("id", name)
    prompt = record.filled("prompt")
    said = record.text("language") if "language" in record else name.partition("/")[0]
    language = _LANGUAGES.get(said.lower())
    if language is None:
        known = ", ".join(dict.fromkeys(_LANGUAGES.values()))
        raise record.error(f"language '{said}' is not known; known are {known}", "language")
    field = "tests" if "tests" in record else "test"
    tests = record.filled(field)
    if language == "python":
        asserting(record, field, tests)
    canonical = record.text("canonical_solution", "")
    return Row(
        problem=_problem(name, prompt, language, record.document.path),
        language=language,
        tests=tests,
        reference=prompt + canonical if canonical else "",
    )


def _problem(name: str, prompt: str, language: str, source: str) -> Problem:
    if language == "python":
        try:
            return loads_stub(prompt, problem_id=name, path=source)
        except ProblemFormatError:
            pass
    interface = Call(entry_point=name.replace("/", "_"), starter_code=prompt)
    return Problem(id=name, statement=prompt, interface=interface, source=source)
