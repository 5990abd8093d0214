from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from problems.codec import dumps_problem, loads_problem, read_problem, read_solutions, read_text
from problems.errors import ProblemError, ProblemFormatError
from problems.problem import Call, CheckerSpec, Problem, TestCase
from tests.problems.strategies import problems

STDIO = """{
  "schema": 1,
  "id": "sum",
  "interface": "stdio",
  "statement": "Add two numbers.",
  "public_tests": [
    {"input": "1 2\\n", "output": "3\\n"},
    {"input": "4 5\\n", "output": "9\\n", "name": "large"}
  ],
  "checker": {"name": "floats", "absolute": 1e-6},
  "time_limit_s": 2,
  "rating": 800
}"""
CALL = """{
  "schema": 1,
  "id": "pairs",
  "statement": "Pair up.",
  "interface": {"kind": "call", "entry_point": "pairs", "signature": "def pairs(x):"},
  "public_tests": [
    {"input": [[1, 2]], "output": [{"tuple": [1, 2]}]},
    {"input": [[]], "output": null},
    {"input": [[7]]}
  ]
}"""


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(problems, st.sampled_from([None, 1]))
def test_what_is_written_is_read_back(problem: Problem, indent: int | None) -> None:
    text = dumps_problem(problem, indent=indent)
    assert loads_problem(text) == problem
    text.encode()


def test_lone_surrogates_do_not_break_the_file() -> None:
    problem = Problem(id="x", statement="\ud800", interface=Call(entry_point="f"), checker=CheckerSpec(name="value"))
    assert dumps_problem(problem).isascii()
    assert loads_problem(dumps_problem(problem)) == problem


def test_a_file_as_a_person_writes_it() -> None:
    problem = loads_problem(STDIO)
    assert problem.public_tests[1] == TestCase(input="4 5\n", output="9\n", name="large")
    assert problem.checker == CheckerSpec(name="floats", absolute=1e-6)
    assert problem.time_limit_s == 2


def test_values_are_written_as_json_structures() -> None:
    problem = loads_problem(CALL)
    assert problem.public_tests == (
        TestCase.call(([1, 2],), [(1, 2)]),
        TestCase.call(([],), None),
        TestCase(input="[[7]]"),
    )
    assert problem.checker.name == "value"


@pytest.mark.parametrize(
    ("text", "old", "new", "line", "field", "message"),
    [
        (STDIO, '"schema": 1', '"schema": 2', 2, "schema", "version 2 is not known"),
        (STDIO, '"schema": 1', '"schema": true', 2, "schema", "whole number"),
        (STDIO, '"schema": 1,', "", 1, "schema", "missing"),
        (STDIO, '"id": "sum"', '"id": 5', 3, "id", "a string is needed, this is the number 5"),
        (STDIO, '"id": "sum"', '"id": "a b"', 3, "id", "white space"),
        (STDIO, '"id": "sum"', '"id": ""', 3, "id", "is empty"),
        (STDIO, '"Add two numbers."', '" \\n "', 5, "statement", "is empty"),
        (STDIO, '"stdio"', '"web"', 4, "interface", "an object is needed"),
        (STDIO, '"stdio"', '{"kind": "web"}', 4, "interface.kind", "it is 'stdio' or 'call'"),
        (STDIO, '"rating": 800', '"ratng": 800', 12, "ratng", "unknown field; known here: schema, id"),
        (STDIO, '"rating": 800', '"rating": 8', 12, "rating", "between 800 and 3500"),
        (STDIO, '"rating": 800', '"rating": 800, "rating": 900', 12, "rating", "stands twice"),
        (STDIO, '"time_limit_s": 2', '"time_limit_s": 0', 11, "time_limit_s", "above 0"),
        (STDIO, '"time_limit_s": 2', '"time_limit_s": "2"', 11, "time_limit_s", "a number is needed"),
        (STDIO, '"time_limit_s": 2', '"time_limit_s": 1e999', 11, "time_limit_s", "too large"),
        (STDIO, '"floats"', '"fuzzy"', 10, "checker.name", "there are: exact, tokens"),
        (STDIO, "1e-6", "-1", 10, "checker.absolute", "not negative"),
        (STDIO, '"output": "9\\n"', '"output": 9', 8, "public_tests[1].output", "a string is needed"),
        (STDIO, '"output": "9\\n"', '"outptu": "9"', 8, "public_tests[1].outptu", "unknown field"),
        (STDIO, '{"input": "4 5\\n"', '{"input": "1 2\\n"', 8, "public_tests[1].input", "twice"),
        (STDIO, '{"input": "1 2\\n", "output": "3\\n"}', "[]", 7, "public_tests[0]", "an object is needed"),
        (STDIO, '"rating": 800', '"tags": ["a", 1]', 12, "tags[1]", "a string is needed"),
        (STDIO, '"rating": 800', '"difficulty": "harder"', 12, "difficulty", "it is easy, medium, hard"),
        (STDIO, '"rating": 800', '"rating": NaN', 1, "", "NaN is no JSON"),
        (CALL, '"tuple"', '"tupel"', 7, "public_tests[0].output", "unknown tag 'tupel'"),
        (CALL, "[[7]]", "7", 9, "public_tests[2].input", "a list is needed"),
        (CALL, '"entry_point": "pairs"', '"entry_point": "a-b"', 5, "interface.entry_point", "no name of a function"),
        (CALL, '"entry_point": "pairs", ', "", 5, "interface.entry_point", "missing"),
        (CALL, '"kind": "call"', '"kind": "call", "colour": 1', 5, "interface.colour", "unknown field"),
    ],
)
def test_a_broken_file_is_told_by_file_line_and_field(
    text: str, old: str, new: str, line: int, field: str, message: str
) -> None:
    assert old in text
    with pytest.raises(ProblemFormatError) as caught:
        loads_problem(text.replace(old, new), path="p.json")
    error = caught.value
    assert (error.path, error.line, error.field) == ("p.json", line, field)
    assert str(error).startswith(f"p.json:{line}: ")
    assert message in str(error)


@pytest.mark.parametrize(
    ("text", "line"),
    [("", 1), ("{\n\n  'a': 1}", 3), ("[]", 1), ("[" * 100_000, 1), ('{"a": ' + "1" * 5000 + "}", 1), ("\x00", 1)],
)
def test_what_is_no_json_object_is_told_by_line(text: str, line: int) -> None:
    with pytest.raises(ProblemFormatError) as caught:
        loads_problem(text, path="p.json")
    assert caught.value.line == line


@given(st.text() | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(json.dumps))
def test_any_text_is_a_problem_or_a_format_error(text: str) -> None:
    with pytest.raises(ProblemFormatError):
        loads_problem(text)


@given(st.data())
def test_any_value_in_any_field_is_read_or_refused_in_its_place(data: Any) -> None:
    fields = json.loads(data.draw(st.sampled_from([STDIO, CALL])))
    name = data.draw(st.sampled_from(sorted(fields)))
    fields[name] = data.draw(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
            max_leaves=5,
        )
    )
    try:
        loads_problem(json.dumps(fields, allow_nan=True))
    except ProblemFormatError as caught:
        error = caught
        assert error.line


def write(folder: Path, **files: str | bytes) -> Path:
    for name, content in files.items():
        file = folder / name.replace("__", "/").replace("_dot_", ".")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def test_a_folder_keeps_its_statement_beside_the_problem(tmp_path: Path) -> None:
    fields = json.loads(STDIO)
    del fields["statement"]
    folder = write(tmp_path, problem_dot_json=json.dumps(fields), statement_dot_md="Add.\r\nNow.\r\n")
    assert read_problem(folder).statement == "Add.\nNow.\n"
    assert read_problem(folder / "problem.json") == read_problem(folder)
    write(folder, statement_dot_md=" \n")
    with pytest.raises(ProblemFormatError, match=r"statement\.md:1: the statement is empty"):
        read_problem(folder)
    (folder / "statement.md").unlink()
    with pytest.raises(ProblemFormatError, match=r"field 'statement': missing, and there is no statement\.md"):
        read_problem(folder)


@pytest.mark.parametrize(("text", "checker"), [(CALL, "tokens"), (STDIO, "value")])
def test_a_checker_that_does_not_fit_the_interface_is_refused(tmp_path: Path, text: str, checker: str) -> None:
    fields = json.loads(text) | {"checker": checker}
    with pytest.raises(ProblemFormatError, match=f"'{checker}' does not fit the interface"):
        read_problem(write(tmp_path, problem_dot_json=json.dumps(fields)))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match=r"none\.md: no such file"):
        read_text(tmp_path / "none.md")
    with pytest.raises(ProblemError, match="cannot be read: Is a directory"):
        read_text(tmp_path)
    write(tmp_path, latin_dot_md=b"a\nb\n" + b"caf\xe9\n")
    with pytest.raises(ProblemFormatError, match=r"latin\.md:3: not UTF-8: byte 0xe9; save the file as UTF-8"):
        read_text(tmp_path / "latin.md")


def test_solutions_are_labelled_by_their_names(tmp_path: Path) -> None:
    write(tmp_path, solutions__correct_a_dot_py="print(1)", solutions__wrong_b_dot_cpp="int main(){}")
    found = read_solutions(tmp_path)
    assert [(each.name, each.language, each.correct) for each in found] == [
        ("correct_a.py", "python", True),
        ("wrong_b.cpp", "cpp", False),
    ]
    write(tmp_path, solutions__maybe_dot_py="")
    with pytest.raises(ProblemError, match=r"maybe\.py: a solution is named"):
        read_solutions(tmp_path)
