from __future__ import annotations

from pathlib import Path

import pytest

from problems.errors import ProblemError, ProblemFormatError
from problems.hidden import read_hidden
from problems.problem import Call, Problem, Stdio, TestCase

STDIO = Problem(id="sum", statement="Add.", interface=Stdio())
CALL = Problem(id="sum", statement="Add.", interface=Call(entry_point="f"))


def write(folder: Path, cases: str, problem_id: str = "sum") -> Path:
    file = folder / "hidden.json"
    file.write_text(f'{{"schema": 1,\n"problem_id": "{problem_id}",\n"cases": [\n{cases}\n]}}')
    return folder


def test_cases_follow_the_interface(tmp_path: Path) -> None:
    text = read_hidden(write(tmp_path, '{"input": "1", "output": "2"}'), STDIO)
    assert text.cases == (TestCase(input="1", output="2"),)
    calls = read_hidden(write(tmp_path, '{"input": [1], "output": {"tuple": []}}'), CALL)
    assert calls.cases == (TestCase.call((1,), ()),)
    assert calls.problem_id == "sum"


@pytest.mark.parametrize(
    ("cases", "problem_id", "message"),
    [
        ('{"input": "1"}', "sum", r"hidden\.json:4: field 'cases\[0\]': a hidden test needs its output"),
        ("", "other", r"hidden\.json:2: field 'problem_id': 'other' is not the problem's id 'sum'"),
        ('{"input": [1], "output": "2"}', "sum", r"hidden\.json:4: field 'cases\[0\]\.input': a string is needed"),
        ('{"input": "1", "output": "2"},\n{"input": "1", "output": "2"}', "sum", r"hidden\.json:5: .* twice"),
    ],
)
def test_a_broken_file_is_told_by_line_and_field(tmp_path: Path, cases: str, problem_id: str, message: str) -> None:
    with pytest.raises(ProblemFormatError, match=message):
        read_hidden(write(tmp_path, cases, problem_id), STDIO)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match=r"hidden\.json: no such file"):
        read_hidden(tmp_path, STDIO)
