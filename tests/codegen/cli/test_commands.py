"""The commands around solving: run, export, report, models. One JSON object on stdout, everything else on stderr."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from benchmarks.cli import cli
from codegen.cli.entry import invoke
from codegen.config import Settings
from codegen.engine import Engine
from codegen.models.scripted import ScriptedModel
from problems.errors import ProblemError
from problems.library import from_text
from problems.values import dumps, loads
from sandbox.testing import FakeSandbox

STUB = 'def double(n: int) -> int:\n    """Twice n.\n\n    >>> double(2)\n    4\n    """\n'
ANSWERS = (
    "def double(n):\n    return 2 * n\n",
    "def double(n):\n    return n * n\n",
    "",
    "def double(n):\n    return n + n\n",
)


def _call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(each) for each in arguments], standalone_mode=False, catch_exceptions=False)


@pytest.fixture
def run_file(tmp_path: Path) -> Path:
    path = tmp_path / "run.sqlite"
    model = ScriptedModel(lambda prompt: ANSWERS[prompt.index % 4], form="plain")
    sandbox = FakeSandbox(
        lambda program, given: dumps(
            loads(given)[0] ** 2 if "n * n" in program.source else 2 * loads(given)[0]
        ).encode()
    )
    with Engine(model=model, sandbox=sandbox, settings=Settings(samples=8)) as engine:
        engine.solve(from_text(STUB), run=path)
    return path


def test_export_for_evalplus_has_a_row_a_sample(run_file: Path) -> None:
    rows = [json.loads(line) for line in _call("export", "--run", run_file, "--format", "evalplus").stdout.splitlines()]
    assert len(rows) == 8
    assert {row["task_id"] for row in rows} == {"double"}
    assert [bool(row["solution"]) for row in rows] == [True, True, False, True] * 2


def test_export_as_json_is_one_object(run_file: Path) -> None:
    whole = json.loads(_call("export", "--run", run_file).stdout)
    (problem,) = whole["problems"]
    assert whole["settings"]["samples"] == 8
    assert len(problem["samples"]) == 8
    assert [sample["public_verdict"] for sample in problem["samples"][:4]] == ["AC", "AC", None, "AC"]
    assert problem["samples"][2]["problem"]


def test_report_draws_a_picture(run_file: Path, tmp_path: Path) -> None:
    done = _call("report", "--run", run_file, "--svg", tmp_path / "o.svg")
    assert done.return_value == 0
    assert "behaviours" in (tmp_path / "o.svg").read_text().replace("&#160;", " ")
    assert "double" in done.stdout


def test_report_as_json(run_file: Path) -> None:
    (problem,) = json.loads(_call("report", "--run", run_file, "--json").stdout)["problems"]
    assert problem["funnel"] == {
        "drawn": 8, "with_program": 6, "unique": 3, "survived": 3, "clusters": 2, "submitted": 3,
    }  # fmt: skip
    assert [submission["cluster_size"] for submission in problem["submissions"]] == [4, 2, 4]


def test_rank_again_with_another_ranker(run_file: Path) -> None:
    done = _call("rank", "--run", run_file, "--ranker", "max-pass", "--json")
    (problem,) = json.loads(done.stdout)["problems"]
    assert [submission["sample_index"] for submission in problem["submissions"]] == [0, 1, 3]


def test_an_unknown_ranker_names_the_choices(
    run_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["codesieve", "rank", "--run", str(run_file), "--ranker", "luck"])
    assert invoke(cli) == 2
    assert "'luck' is not known; choose from cluster" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("source", "code", "status"),
    [
        ("print(int(input()) * 2)", 0, "OK"),
        ("raise SystemExit(3)", 1, "NONZERO_EXIT"),
        ("while True: pass", 1, "TIME_LIMIT"),
    ],
)
def test_run_says_how_a_program_ended(tmp_path: Path, source: str, code: int, status: str) -> None:
    program, given = tmp_path / "program.py", tmp_path / "in.txt"
    program.write_text(source)
    given.write_text("21\n")
    done = _call("run", program, "--input", given, "--sandbox", "unsafe", "--time", "0.5", "--json")
    (execution,) = json.loads(done.stdout)["executions"]
    assert done.return_value == code
    assert execution["status"] == status
    assert set(execution) == {"status", "exit_code", "signal", "stdout", "stderr", "cpu_s", "wall_s", "memory_bytes"}
    if status == "OK":
        assert execution["stdout"] == "42\n"


def test_run_compares_with_what_is_expected(tmp_path: Path) -> None:
    program, wanted = tmp_path / "program.py", tmp_path / "out.txt"
    program.write_text("print('a  b')")
    wanted.write_text("a b\n")
    assert _call("run", program, "--expect", wanted, "--sandbox", "unsafe").return_value == 0
    wanted.write_text("a c\n")
    done = _call("run", program, "--expect", wanted, "--sandbox", "unsafe")
    assert done.return_value == 1
    assert "WA" in done.stderr


def test_run_shows_what_the_compiler_said(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text("def f(:\n")
    done = _call("run", program, "--sandbox", "unsafe")
    assert done.return_value == 1
    assert "SyntaxError" in done.stderr


def test_tests_of_the_user_judge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stub, tests, recorded = tmp_path / "stub.py", tmp_path / "test_stub.py", tmp_path / "recorded.jsonl"
    stub.write_text('LIMIT = 10\n\n\ndef clamp(x: int) -> int:\n    """x, at most LIMIT."""\n    ...\n')
    tests.write_text(
        "import pytest\nfrom stub import LIMIT, clamp\n\n\ndef test_below():\n    assert clamp(3) == 3\n\n\n"
        "def test_above():\n    for x in range(LIMIT, 20):\n        assert clamp(x) == LIMIT\n"
    )
    bodies = ("return x", "return 3", "return min(x, LIMIT)", "return min(x, 11)")
    rows = [json.dumps({"task_id": "clamp", "completion": f"    {body}\n"}) for body in bodies]
    recorded.write_text("\n".join(rows))
    monkeypatch.chdir(tmp_path)
    options = ["--model", f"replay:{recorded}", "--samples", 4, "--sandbox", "unsafe", "--run", "r.sqlite", "--json"]
    done = _call("solve", stub, "--tests", tests, *map(str, options))
    found = json.loads(done.stdout)
    assert found["verdicts"] == {"AC": 1, "WA": 3}
    assert [each["public_verdict"] for each in found["submissions"]] == ["AC"]
    assert "min(x, LIMIT)" in found["submissions"][0]["program"]
    tests.write_text("def test_other():\n    assert True\n")
    with pytest.raises(ProblemError, match="no test in it calls clamp"):
        _call("solve", stub, "--tests", tests, *map(str, options))


def test_models_are_listed() -> None:
    rows = {row["name"]: row for row in json.loads(_call("models", "list", "--json").stdout)["models"]}
    assert rows["qwen2.5-coder-0.5b"]["size_bytes"] == 491_400_064
    assert rows["qwen2.5-coder-1.5b"]["size_bytes"] == 1_117_320_768
