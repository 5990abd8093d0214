"""Suites: every entry can be judged, and its reference passes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.judge import prepare, score_program
from benchmarks.suites import SUITES, entries, hidden_for
from benchmarks.verdict import Score
from codegen.judging import limits_for
from problems.errors import ProblemError
from problems.problem import Problem, Stdio
from sandbox.execution import Limits, Program, Sandbox
from sandbox.testing import FakeSandbox


def test_a_suite_is_read_from_a_path(suite_data: str) -> None:
    found = list(entries("humaneval", data=suite_data))
    assert [each.problem.id for each in found] == ["HumanEval/900", "HumanEval/901"]
    assert [each.hidden.problem_id for each in found] == ["HumanEval/900", "HumanEval/901"]
    assert found[0].reference.endswith("return x + y\n")


def test_hidden_tests_are_no_part_of_the_problem(suite_data: str) -> None:
    for each in entries("humaneval", data=suite_data):
        assert "check(candidate)" not in repr(each.problem)


def test_choosing_problems(suite_data: str) -> None:
    def ids(**how: object) -> list[str]:
        return [each.problem.id for each in entries("humaneval", data=suite_data, **how)]  # type: ignore[arg-type]

    assert ids(limit=1) == ["HumanEval/900"]
    assert ids(ids=("901",)) == ["HumanEval/901"]
    assert ids(ids=("HumanEval/901", "900"), limit=1) == ["HumanEval/900"]
    with pytest.raises(ProblemError, match="suite 'humaneval' has no problem 77"):
        ids(ids=("900", "77"))


def test_an_unknown_suite_names_the_known_ones() -> None:
    with pytest.raises(ProblemError, match="'humanevil' is no suite; there are: bundled, humaneval"):
        list(entries("humanevil"))


def test_bundled_problems_come_with_difficulty_and_hidden_tests() -> None:
    found = list(entries("bundled"))
    assert len(found) == SUITES["bundled"].size
    for each in found:
        assert each.problem.difficulty is not None
        assert each.reference
        public = {case.input for case in each.problem.public_tests}
        assert {case.input for case in each.hidden.cases} - public, each.problem.id
        assert len(prepare(each.problem, each.hidden)) == len(each.hidden.cases)
        assert hidden_for(each.problem) == each.hidden


def test_hidden_tests_lie_beside_a_problem_of_ones_own(tmp_path: Path) -> None:
    bundled = next(entries("bundled"))
    folder = Path(__file__).parents[2] / "problems" / "data" / bundled.problem.id
    (own,) = entries("bundled", data=str(folder))
    assert own.problem.source == str(folder)
    assert hidden_for(own.problem) == own.hidden
    assert hidden_for(Problem(id="nobody", statement="?", interface=Stdio())) is None


def failures(suite: str, data: str | None, sandbox: Sandbox) -> list[tuple[str, Score]]:
    """References that the hidden tests do not pass."""
    failed = []
    for each in entries(suite, data=data):
        paper, limits = prepare(each.problem, each.hidden), limits_for(each.problem, Limits())
        score = score_program(paper, each.reference, "python", sandbox, limits)
        if not score.passed:
            failed.append((each.problem.id, score))
    return failed


@pytest.mark.docker
@pytest.mark.data
def test_every_canonical_solution_of_humaneval_passes(data_dir: Path, docker: Sandbox) -> None:
    assert failures("humaneval", str(data_dir / "humaneval" / "HumanEval.jsonl.gz"), docker) == []


@pytest.mark.docker
def test_every_reference_of_the_bundled_problems_passes(docker: Sandbox) -> None:
    assert failures("bundled", None, docker) == []


def test_livecodebench_programs_stand_behind_the_imports_that_the_benchmark_gives(tmp_path: Path) -> None:
    row = {
        "question_title": "Above", "question_content": "Values above.", "question_id": "1", "contest_date": "",
        "starter_code": "class Solution:\n    def above(self, values: List[int], limit: int) -> List[int]:\n        ",
        "difficulty": "easy", "metadata": '{"func_name": "above"}',
        "public_test_cases": '[{"input": "[1, 5]\\n2", "output": "[5]", "testtype": "functional"}]',
        "private_test_cases": "[]",
    }  # fmt: skip
    file = tmp_path / "test.jsonl"
    file.write_text(json.dumps(row) + "\n", encoding="utf-8")
    (entry,) = entries("livecodebench", data=str(file))
    seen: list[str] = []

    def answer(program: Program, given: bytes) -> bytes:
        seen.append(program.source)
        return b'{"tuple":[5]}'

    source = "from __future__ import annotations\nclass Solution:\n    pass\n"
    assert score_program(prepare(entry.problem, entry.hidden), source, "python", FakeSandbox(answer), Limits()).passed
    assert seen[0].startswith("from __future__ import annotations\nfrom string import *\n")
    assert seen[0].endswith("import json\nclass Solution:\n    pass\n")
