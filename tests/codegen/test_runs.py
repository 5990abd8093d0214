"""The run file: what is stored comes back, one writer at a time, and every fault has its own message."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from codegen.config import Settings
from codegen.errors import RunFileError, SettingsChangedError, UsageError
from codegen.extraction import Extraction
from codegen.judging import Judgement, Verdict
from codegen.models.base import Completion
from codegen.prompts import Variation
from codegen.ranking import Submission
from codegen.report import build_report, chosen_problems
from codegen.runs import RunFile
from codegen.sampling import Sample
from problems.problem import Call, Problem, TestCase

MODEL = {"name": "scripted"}


def _problem(statement: str = "Add two numbers.") -> Problem:
    return Problem(
        id="add",
        statement=statement,
        interface=Call(entry_point="add", signature="def add(a, b):"),
        public_tests=(TestCase.call((1, 2), 3),),
        tags=("math",),
    )


def _sample(index: int = 0) -> Sample:
    return Sample(
        problem_id="add",
        index=index,
        seed=7,
        variation=Variation(style="plan", tags=("math", "easy"), rating=900),
        completion=Completion(
            index=index, text="text ✓", form="chat", finish_reason="stop", token_count=5, logprob=-1.5
        ),
        extraction=Extraction(program="def add(a, b): return a + b", language="python", salvaged=("tail",)),
    )


def _create(path: Path, **settings: int) -> RunFile:
    return RunFile.create_or_resume(path, model=MODEL, settings=Settings(**settings))


def test_what_is_stored_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite"
    judgement = Judgement(verdict=Verdict.WA, passed=1, total=2, detail="sample 2", cpu_s=0.5)
    with _create(path, samples=3) as run:
        run.add_problem(_problem())
        run.add_sample(_sample(), "key")
        run.add_judgement("add", "key", judgement)
        run.add_seconds("add", "generate", 1.0)
        run.add_seconds("add", "generate", 0.5)
    with RunFile.open_existing(path) as run:
        assert run.problems() == (_problem(),)
        assert list(run.samples("add")) == [(_sample(), "key")]
        assert run.judgements("add") == {"key": judgement}
        assert run.seconds("add") == {"generate": 1.5}
        assert run.settings == Settings(samples=3)
        assert run.model == MODEL


def test_a_sample_is_stored_once(tmp_path: Path) -> None:
    with _create(tmp_path / "run.sqlite") as run:
        run.add_problem(_problem())
        run.add_sample(_sample(), "key")
        run.add_sample(_sample(), "key")
        assert len(list(run.samples("add"))) == 1


def test_internal_errors_are_judged_again(tmp_path: Path) -> None:
    with _create(tmp_path / "run.sqlite") as run:
        run.add_judgement("add", "key", Judgement(verdict=Verdict.IE, passed=0, total=1))
        assert run.judgements("add") == {}


def test_changed_settings_are_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite"
    _create(path, samples=8).close()
    with pytest.raises(SettingsChangedError, match=r"samples was 8, now 9.*seed was 0, now 1"):
        _create(path, samples=9, seed=1)
    with pytest.raises(SettingsChangedError, match=r"model\.name was 'scripted', now 'other'"):
        RunFile.create_or_resume(path, model={"name": "other"}, settings=Settings(samples=8))
    _create(path, samples=8).close()


def test_changed_prompts_are_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "run.sqlite"
    _create(path).close()
    monkeypatch.setattr("codegen.runs.digest", lambda strategy: "other")
    with pytest.raises(SettingsChangedError, match=r"prompts was '[0-9a-f]{16}', now 'other'"):
        _create(path)


def test_a_changed_problem_is_refused(tmp_path: Path) -> None:
    with _create(tmp_path / "run.sqlite") as run:
        run.add_problem(_problem())
        run.add_problem(_problem())
        with pytest.raises(SettingsChangedError, match=r"problem add\.statement"):
            run.add_problem(_problem("Subtract two numbers."))


def test_a_second_writer_is_refused_and_a_reader_is_not(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite"
    with _create(path):
        with pytest.raises(RunFileError, match="in use by another"):
            _create(path)
        RunFile.open_existing(path).close()
    _create(path).close()


def test_a_lock_of_another_program_is_named(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite"
    with _create(path) as run:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(RunFileError, match="locked by another process"):
            run.add_problem(_problem())
        other.close()
        run.add_problem(_problem())


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"this is no database, but a text of more than one page" * 100, "not a run file, or damaged")],
)
def test_a_file_of_another_kind(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "run.sqlite"
    path.write_bytes(content)
    with pytest.raises(RunFileError, match=message):
        _create(path)
    assert path.read_bytes() == content


def test_a_database_of_another_program(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE mail (body TEXT)")
    other.close()
    with pytest.raises(RunFileError, match="another program"):
        _create(path)


def test_another_schema_version(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite"
    _create(path).close()
    other = sqlite3.connect(path)
    other.execute("PRAGMA user_version = 99")
    other.close()
    with pytest.raises(RunFileError, match="schema version 99"):
        RunFile.open_existing(path)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("UPDATE meta SET value = '[]' WHERE key = 'settings'", "settings"),
        ("UPDATE problems SET json = '{'", "problems"),
        ("UPDATE samples SET extraction = '{}'", "samples"),
        ("UPDATE judgements SET verdict = 'XX'", "judgements"),
        ("UPDATE submissions SET json = '{}'", "submissions"),
    ],
)
def test_damage_inside_the_tables_is_told(tmp_path: Path, change: str, what: str) -> None:
    path = tmp_path / "run.sqlite"
    with _create(path) as run:
        run.add_problem(_problem())
        run.add_sample(_sample(), "key")
        run.add_judgement("add", "key", Judgement(verdict=Verdict.AC, passed=1, total=1))
        run.set_submissions("add", [Submission(rank=1, sample_index=0, cluster=0, cluster_size=1)])
    with sqlite3.connect(path) as other:
        other.execute(change)
    other.close()
    with (
        RunFile.open_existing(path) as run,
        pytest.raises(RunFileError, match=rf"run\.sqlite: damaged: its {what} cannot be read"),
    ):
        build_report(run, chosen_problems(run)[0])


def test_a_run_without_a_problem_says_so(tmp_path: Path) -> None:
    with _create(tmp_path / "run.sqlite") as run, pytest.raises(UsageError, match="holds no problem yet"):
        chosen_problems(run)


def test_missing_run_file(tmp_path: Path) -> None:
    with pytest.raises(RunFileError, match="no such run file"):
        RunFile.open_existing(tmp_path / "nothing.sqlite")


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunFileError, match="cannot be opened for writing"):
        _create(tmp_path / "file" / "run.sqlite")


def test_a_full_disk_loses_nothing_that_was_stored(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite"
    with _create(path) as run:
        run.add_problem(_problem())
        stored = 0
        with run.transaction() as connection:  # SQLite's own limit gives the very error of a full disk
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(RunFileError, match="disk is full"):  # noqa: PT012 (which one fails is not known)
            for index in range(1000):
                run.add_sample(_sample(index), "key")
                stored += 1
        assert stored > 0
    with RunFile.open_existing(path) as run:
        assert len(list(run.samples("add"))) == stored


_WRITER = """
import sys
from tests.codegen.test_runs import _create, _problem, _sample
from pathlib import Path
run = _create(Path(sys.argv[1]))
run.add_problem(_problem())
for index in range(100_000):
    run.add_sample(_sample(index), "key")
    print(index, flush=True)
"""


def test_killed_while_writing_the_file_stays_whole(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite"
    root = str(Path(__file__).parents[2])
    command = [sys.executable, "-c", _WRITER, str(path)]
    environment = os.environ | {"PYTHONPATH": root}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root, env=environment) as writer:
        assert writer.stdout is not None
        for line in writer.stdout:
            if int(line) >= 50:
                break
        writer.send_signal(signal.SIGKILL)
        rest = writer.stdout.read().split()
    last_reported = int(rest[-1]) if rest else 50
    with _create(path) as run:
        indices = [sample.index for sample, _ in run.samples("add")]
        assert indices == list(range(len(indices)))
        assert len(indices) > last_reported
