"""Parts of a run put together: equal to one run, refused by name where that cannot be."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.batch import Shard, run_bench
from benchmarks.cli import cli
from codegen.config import Settings
from codegen.errors import UsageError
from codegen.merge import merge_runs
from codegen.models.scripted import ScriptedModel
from codegen.runs import RunFile
from sandbox.testing import FakeSandbox
from tests.benchmarks.conftest import ANSWERS, ROWS, behave

TABLES = ("problems", "samples", "judgements", "inputs", "fingerprints", "submissions", "scores")


@pytest.fixture
def data(tmp_path: Path) -> str:
    """Five problems, so that shards are unequal."""
    rows = [{**ROWS[number % 2], "task_id": f"HumanEval/{900 + number}"} for number in range(5)]
    path = tmp_path / "HumanEval.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def _bench(path: Path, data: str, shard: Shard | None = None, *, samples: int = 4) -> Path:
    answers = {f"HumanEval/{900 + number}": ANSWERS[f"HumanEval/{900 + number % 2}"] for number in range(5)}
    run_bench(
        "humaneval",
        model=ScriptedModel(answers, batch_size=2),
        sandbox=FakeSandbox(behave),
        settings=Settings(samples=samples, generated_inputs=6),
        path=path,
        data=data,
        shard=shard,
    )
    return path


def _content(path: Path) -> dict[str, Sequence[tuple[object, ...]]]:
    with RunFile.open_existing(path) as run:
        found = {table: sorted(run.rows(f"SELECT * FROM {table}")) for table in TABLES}
        return found | {"order": [(problem.id,) for problem in run.problems()]}


def test_shards_merged_equal_one_run(tmp_path: Path, data: str) -> None:
    whole = _bench(tmp_path / "whole.sqlite", data)
    parts = [_bench(tmp_path / f"{i}.sqlite", data, Shard(i, 3)) for i in (1, 2, 3)]
    out = tmp_path / "merged.sqlite"
    found = merge_runs(out, parts[::-1])
    assert (found.problems, found.samples) == (5, 20)
    assert _content(out) == _content(whole)
    assert not list(tmp_path.glob(".merged*"))
    _bench(out, data)  # goes on with it: nothing is missing, nothing refused
    assert _content(out) == _content(whole)


def test_times_are_added(tmp_path: Path, data: str) -> None:
    parts = [_bench(tmp_path / f"{i}.sqlite", data, Shard(i, 2)) for i in (1, 2)]
    total = 0.0
    for part in parts:
        with RunFile.open_existing(part) as run:
            total += run.rows("SELECT sum(value) FROM seconds")[0][0]
    merge_runs(tmp_path / "out.sqlite", parts)
    with RunFile.open_existing(tmp_path / "out.sqlite") as run:
        assert run.rows("SELECT sum(value) FROM seconds")[0][0] == pytest.approx(total)


def test_other_settings_are_refused_by_name(tmp_path: Path, data: str) -> None:
    one = _bench(tmp_path / "1.sqlite", data, Shard(1, 2))
    two = _bench(tmp_path / "2.sqlite", data, Shard(2, 2), samples=2)
    with pytest.raises(UsageError, match=r"samples was 4, now 2"):
        merge_runs(tmp_path / "out.sqlite", [one, two])
    assert not (tmp_path / "out.sqlite").exists()


def test_a_problem_in_two_parts_is_refused_by_name(tmp_path: Path, data: str) -> None:
    one = _bench(tmp_path / "1.sqlite", data, Shard(1, 2))
    with pytest.raises(UsageError, match=r"HumanEval/900 has samples in .*1\.sqlite and in .*1\.sqlite"):
        merge_runs(tmp_path / "out.sqlite", [one, one])


def test_another_problem_of_that_name_is_refused(tmp_path: Path, data: str) -> None:
    one = _bench(tmp_path / "1.sqlite", data, Shard(1, 2))
    two = _bench(tmp_path / "2.sqlite", data, Shard(2, 2))
    with RunFile.open_existing(two, write=True) as run, run.transaction() as connection:
        connection.execute("INSERT INTO problems VALUES ('HumanEval/900', 9, '{}')")
    with pytest.raises(UsageError, match=r"HumanEval/900 is another one in .*2\.sqlite than in .*1\.sqlite"):
        merge_runs(tmp_path / "out.sqlite", [one, two])


def test_the_command(tmp_path: Path, data: str) -> None:
    part = _bench(tmp_path / "1.sqlite", data, Shard(1, 2))
    out = tmp_path / "out.sqlite"
    done = CliRunner().invoke(cli, ["merge", str(out), str(part), "--json"])
    assert json.loads(done.stdout) == {"run": str(out), "parts": 1, "problems": 3, "samples": 12}
    again = CliRunner().invoke(cli, ["merge", str(out), str(part)])
    assert isinstance(again.exception, UsageError)
    assert "is there already" in str(again.exception)


@pytest.mark.parametrize(("number", "of"), [(0, 2), (3, 2), (1, 0)])
def test_a_shard_that_is_none(number: int, of: int) -> None:
    with pytest.raises(UsageError, match=f"shard {number}/{of}"):
        Shard(number, of)
