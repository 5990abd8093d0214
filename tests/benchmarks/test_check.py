"""Submissions of our own to the packages of the data, and to a package made here, in the real sandbox."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from benchmarks import check as module
from benchmarks.check import check_packages
from benchmarks.checked import Report
from benchmarks.cli import cli
from benchmarks.packages import Refused, read_packages
from benchmarks.submissions import Found, Judge, language_in, program_of
from problems.errors import ProblemError
from problems.formats.kattis_package import Package, Source, read_package
from sandbox.backends import obstacle, open_sandbox
from sandbox.execution import Execution, Sandbox, Status
from sandbox.testing import FakeSandbox

OURS = Path(__file__).parent / "kattis_submissions"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    if problem := obstacle("bubblewrap"):
        pytest.skip(problem)
    box = open_sandbox("bubblewrap", slots=2)
    yield box
    box.close()


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Twice the input; the accepted program is fast."""
    files = {
        "problem.yaml": "license: cc0\n",
        "data/sample/1.in": "2\n",
        "data/sample/1.ans": "4\n",
        "submissions/accepted/a.py": "print(2 * int(input()))\n",
        "submissions/wrong_answer/a.py": "print(3)\n",
        "submissions/run_time_error/a.cs": "class A {}\n",
    }
    for name, text in files.items():
        (tmp_path / "twice" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "twice" / name).write_text(text)
    return tmp_path / "twice"


@pytest.fixture
def in_sandbox(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The command gets a sandbox in which every program prints 4, and the hello programs say hello."""
    opened: list[dict[str, Any]] = []

    def behave(program: Any, given: bytes) -> bytes | Execution:
        if given == b"codesieve\n":
            return b"hello codesieve\n1\n"
        if "3" in program.source:
            return Execution(status=Status.OK, exit_code=0, stdout=b"3\n", cpu_s=0.1)
        return Execution(status=Status.OK, exit_code=0, stdout=b"4\n", cpu_s=0.7)

    def make(name: str, **options: Any) -> FakeSandbox:
        opened.append({"name": name, **options, "languages": sorted(options["languages"])})
        return FakeSandbox(behave)

    monkeypatch.setattr(module, "open_sandbox", make)
    return opened


def _check(*arguments: str) -> tuple[int, dict[str, Any]]:
    done = CliRunner().invoke(cli, ["check", *arguments, "--json"], standalone_mode=False)
    if done.exception:
        raise done.exception
    return done.return_value, json.loads(done.stdout)


def test_the_limit_follows_from_the_slowest_accepted_submission(
    package: Path, in_sandbox: list[dict[str, Any]]
) -> None:
    code, report = _check(str(package))
    assert code == 0
    assert [(each["path"], each["expected"], each["found"]) for each in report["submissions"]] == [
        ("submissions/accepted/a.py", "AC", "AC"),
        ("submissions/wrong_answer/a.py", "WA", "WA"),
        ("submissions/run_time_error/a.cs", "RTE", "not runnable"),
    ]
    assert report["submissions"][2]["detail"] == "no language '.cs'"
    [problem] = report["problems"]
    assert problem["time_limit_s"] == 4.0
    assert problem["time_limit_from"] == "5 times the 0.70 s of submissions/accepted/a.py, rounded up"
    assert in_sandbox == [{"name": "auto", "profile": None, "languages": ["python"]}]


@pytest.mark.usefixtures("in_sandbox")
@pytest.mark.parametrize(
    ("options", "limit", "source"), [((), 3.0, "default, no accepted"), (("--time", "1.5"), 1.5, "--time")]
)
def test_without_an_accepted_submission_the_limit_is_said(
    package: Path, options: tuple[str, ...], limit: float, source: str
) -> None:
    (package / "submissions/accepted/a.py").unlink()
    (package / "submissions/wrong_answer/b.py").write_text("print(4)\n")
    code, report = _check(str(package), *options)
    assert code == 1
    assert report["problems"][0]["time_limit_s"] == limit
    assert report["problems"][0]["time_limit_from"].startswith(source)
    assert [each["as_expected"] for each in report["submissions"]] == [True, False, None]


@pytest.mark.usefixtures("in_sandbox")
def test_for_people_there_is_a_line_a_submission(package: Path) -> None:
    done = CliRunner().invoke(cli, ["check", str(package)], standalone_mode=False)
    lines = done.stdout.splitlines()
    assert lines[0].startswith("twice: time limit 4 s (5 times")
    assert lines[1].split()[:3] == ["ok", "AC", "AC"]
    assert lines[-1] == "2 as expected, 0 not, 1 not runnable"


@pytest.mark.usefixtures("in_sandbox")
def test_rows_may_know_of_their_exceptions(tmp_path: Path) -> None:
    submission = {"path": "submissions/run_time_error/a.py", "language": "python", "expected": "run_time_error"}
    row = {
        "id": "a/twice",
        "tests": [{"name": "secret/1", "input": "2", "output": "4"}],
        "submissions": [
            {**submission, "code": "print(4)", "agrees": False, "measured": "AC", "measured_detail": "old"}
        ],
    }
    rows = tmp_path / "rows.jsonl"
    rows.write_text(json.dumps(row) + "\n" + json.dumps({**row, "id": "b"}) + "\n")
    code, report = _check(str(rows))
    assert code == 0
    assert [each["path"] for each in report["submissions"]] == [
        "a/twice/submissions/run_time_error/a.py",
        "b/submissions/run_time_error/a.py",
    ]
    assert report["submissions"][0]["known_exception"] == "the data say so themselves: AC when it was tried, old"


def test_a_folder_that_holds_no_package_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.jsonl").write_text('{"a": 1}\n')
    with pytest.raises(ProblemError, match=r"no problem\.yaml in this folder or below it"):
        _check(str(tmp_path))


@pytest.fixture
def packages(package: Path) -> Path:
    """Beside it: a scoring one, a broken one, one whose validator is in Fortran, rows of which one is broken."""
    folder = package.parent
    row = {"id": "row", "tests": [{"name": "1", "input": "2", "output": "4"}], "submissions": []}
    files = {
        "deep/er/scored/problem.yaml": "type: scoring\n",
        "broken/problem.yaml": "limits: [",
        "old/problem.yaml": "validation: custom\n",
        "old/output_validators/a.f90": "end\n",
        "old/data/secret/1.in": "1\n",
        "old/data/secret/1.ans": "1\n",
        "old/submissions/accepted/a.py": "print(4)\n",
        "twice/attachments/copy/problem.yaml": "{}\n",
        "rows.jsonl": json.dumps(row) + "\n" + json.dumps({**row, "id": "rou", "tests": 3}) + "\n",
        "other.jsonl": '{"no": "package"}\n',
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_a_folder_of_packages_is_read_to_its_end(packages: Path) -> None:
    found = list(read_packages(packages))
    assert [each.id for each in found if isinstance(each, Package)] == ["old", "twice", "row"]
    reasons = {each.id: each.reason for each in found if isinstance(each, Refused)}
    assert set(reasons) == {"broken", "scored", str(packages / "rows.jsonl")}
    assert "scoring problem" in reasons["scored"]
    assert "no YAML" in reasons["broken"]
    assert "rows.jsonl:2: field 'tests': a list is needed" in reasons[str(packages / "rows.jsonl")]


@pytest.mark.usefixtures("in_sandbox")
def test_a_folder_of_packages_is_checked_by_one_command(packages: Path) -> None:
    code, report = _check(str(packages))
    assert code == 0
    assert [each["id"] for each in report["problems"]] == ["twice", "row"]
    assert len(report["not_judged"]) == 4
    assert [each["as_expected"] for each in report["submissions"]] == [True, True, None]
    done = CliRunner().invoke(cli, ["check", str(packages)], standalone_mode=False)
    lines = done.stdout.splitlines()
    assert "old: not judged: old: the validator output_validators/a.f90 is in no language that is known here" in lines
    assert [line.split() for line in lines[-4:-1]] == [
        ["limit", "s", "as", "expected", "not", "not", "runnable"],
        ["twice", "4", "2", "0", "1"],
        ["row", "3", "0", "0", "0"],
    ]
    assert lines[-1] == "2 as expected, 0 not, 1 not runnable; 4 packages not judged"


def test_submissions_for_several_packages_lie_by_their_names(packages: Path) -> None:
    own = packages / "own" / "twice" / "accepted"
    own.mkdir(parents=True)
    (own / "mine.py").write_text("print(4)\n")
    found = {each.id: each for each in read_packages(packages, packages / "own") if isinstance(each, Package)}
    assert [each.source.path for each in found["twice"].submissions] == ["accepted/mine.py"]
    assert found["old"].submissions == ()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "rows.jsonl: no package in it"),
        ("not JSON\n", "rows.jsonl:1: not JSON"),
        ('{"id": "x", "tests": [{"name": "1", "input": 1, "output": ""}]}\n', r"field 'tests\[0\].input': a string"),
    ],
)
def test_a_file_without_a_package_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "rows.jsonl").write_text(text)
    with pytest.raises(ProblemError, match=complaint):
        _check(str(tmp_path / "rows.jsonl"))


@pytest.mark.bubblewrap
@pytest.mark.data
@pytest.mark.parametrize("name", ["alloys", "different", "guess", "hello", "numbertree"])
def test_our_submissions_get_their_verdicts(name: str, data_dir: Path, sandbox: Sandbox) -> None:
    [package] = read_packages(data_dir / "kattis_packages" / name, OURS / name)
    assert isinstance(package, Package)
    [report] = check_packages([package], sandbox)
    assert isinstance(report, Report)
    assert len(report.checked) >= 8
    assert [each for each in report.checked if not each.as_expected] == []


@pytest.mark.bubblewrap
@pytest.mark.parametrize(
    ("exit_code", "verdict"), [(42, "AC"), (43, "WA"), (1, "IE")], ids=["right", "wrong", "fault of its own"]
)
def test_a_validator_speaks_by_its_exit_code(package: Path, sandbox: Sandbox, exit_code: int, verdict: str) -> None:
    (package / "problem.yaml").write_text("validation: custom\nvalidator_flags: strict 7\n")
    validator = package / "output_validators" / "own"
    validator.mkdir(parents=True)
    (validator / "validate.py").write_text(
        "import os, sys\nfrom part import CODE\n"
        "given, answer, feedback, *flags = sys.argv[1:]\n"
        "assert (open(given).read(), open(answer).read(), input()) == ('2\\n', '4\\n', '4'), 'streams'\n"
        "assert flags == ['strict', '7'] and os.listdir(feedback) == [], 'flags'\n"
        "open(feedback + 'judgemessage.txt', 'w').write('seen')\nsys.exit(CODE)\n"
    )
    (validator / "part.py").write_text(f"CODE = {exit_code}\n")
    read = read_package(package)
    program = program_of(read.submissions[0].source, "python")
    assert Judge(read, sandbox).judge(program, 3.0).verdict == verdict


@pytest.mark.bubblewrap
def test_in_a_conversation_who_ends_first_decides(package: Path, sandbox: Sandbox) -> None:
    """The validator says 43 in both cases: once since it was told nonsense, once since nothing came any more."""
    (package / "problem.yaml").write_text("validation: custom interactive\n")
    validator = package / "output_validators" / "own.py"
    validator.parent.mkdir()
    validator.write_text("import sys\nsys.exit(42 if sys.stdin.readline() == 'right\\n' else 43)\n")
    judge = Judge(read_package(package), sandbox)
    programs = {
        "print('right')": "AC",
        "print('nonsense', flush=True)\ninput()": "WA",
        "raise ValueError": "RTE",
        "print('right', flush=True)\nraise ValueError": "RTE",
        "print(": "CE",
        "while True: pass": "TLE",
    }
    found = {}
    for source in programs:
        program = program_of(Source(path="x.py", files=(("x.py", source),)), "python")
        found[source] = judge.judge(program, 0.5).verdict
    assert found == programs


def test_the_main_one_of_several_files() -> None:
    source = Source(path="x", files=(("a.cc", "int f;"), ("b.cc", "int main() {}"), ("c.h", "")))
    program = program_of(source, "cpp")
    assert program.source == "int main() {}"
    assert [name for name, _ in program.sources] == ["a.cc", "c.h"]
    assert language_in(Source(path="x", files=(("c.h", ""), ("a.hs", "")))) is None
    with pytest.raises(ProblemError, match="a script 'build' of their own"):
        program_of(Source(path="x", files=(("build", ""), ("a.cc", ""))), "cpp")


def test_a_crash_names_the_test_and_what_was_said(package: Path) -> None:
    judge = Judge(read_package(package), FakeSandbox({}))
    program = program_of(read_package(package).submissions[0].source, "python")
    found = judge.judge(program, 1.0)
    assert found == Found(verdict="RTE", detail="sample/1: NONZERO_EXIT exit code 1 no answer in the table")
