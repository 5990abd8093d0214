"""Two runs side by side."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.batch import run_bench
from benchmarks.cli import cli
from benchmarks.compare import compare_figures, sign_test
from codegen.config import Settings
from codegen.errors import RunFileError, UsageError
from codegen.models.scripted import ScriptedModel
from sandbox.testing import FakeSandbox
from tests.benchmarks.conftest import ANSWERS


def test_two_selectors_of_one_run(runs: tuple[str, str]) -> None:
    better, _ = runs
    done = CliRunner().invoke(cli, ["compare", f"{better}:cluster", f"{better}:random", "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert set(found) == {"a", "b", "first_submission", "submissions"}
    assert found["submissions"]["difference"]["problems"] == 2
    assert found["submissions"]["a"] == found["submissions"]["b"] == 1.0
    mixed = json.loads(CliRunner().invoke(cli, ["compare", f"{better}:cluster", better, "--json"]).stdout)
    assert mixed["first_submission"]["difference"]["value"] == 0.0  # the run's own ranker is "cluster"
    unfit = CliRunner().invoke(cli, ["compare", f"{better}:codet", better])
    assert unfit.exit_code != 0


def test_won_lost_and_difference() -> None:
    found = compare_figures({"a": 1.0, "b": 0.5, "c": 0.0, "x": 1.0}, {"a": 0.0, "b": 0.5, "c": 0.25, "y": 1.0})
    assert (found.won, found.lost) == (("a",), ("c",))
    assert found.difference.value == pytest.approx(0.25)
    assert found.difference.problems == 3
    assert found.a == pytest.approx(0.5)
    assert found.difference.low < 0 < found.difference.high


@pytest.mark.parametrize(("won", "lost", "chance"), [(0, 0, 1.0), (5, 0, 0.0625), (8, 2, 0.109375), (3, 3, 1.0)])
def test_sign_test(won: int, lost: int, chance: float) -> None:
    assert sign_test(won, lost) == pytest.approx(chance)


@given(st.integers(0, 300), st.integers(0, 300))
def test_sign_test_has_two_equal_sides(won: int, lost: int) -> None:
    assert sign_test(won, lost) == sign_test(lost, won)
    assert 0.0 < sign_test(won, lost) <= 1.0


@pytest.fixture
def runs(tmp_path: Path, suite_data: str, sandbox: FakeSandbox, settings: Settings) -> tuple[str, str]:
    better: dict[str, tuple[str, ...]] = dict(ANSWERS)
    better["HumanEval/901"] = ("```python\ndef twice(x):\n    return 2 * x\n```",)
    paths = []
    for name, answers in (("a", better), ("b", ANSWERS)):
        path = tmp_path / f"{name}.sqlite"
        run_bench(
            "humaneval",
            model=ScriptedModel(answers, batch_size=2),
            sandbox=sandbox,
            settings=settings,
            path=path,
            data=suite_data,
        )
        paths.append(str(path))
    return paths[0], paths[1]


def test_the_command_compares_every_figure(runs: tuple[str, str]) -> None:
    done = CliRunner().invoke(cli, ["compare", *runs, "--json"], standalone_mode=False)
    assert done.return_value == 0
    found = json.loads(done.stdout)
    assert found["pass_at_1"]["difference"]["value"] == pytest.approx(0.375)
    assert found["first_submission"]["won"] == ["HumanEval/901"]
    assert found["first_submission"]["lost"] == []
    assert list(found) == ["a", "b", "pass_at_1", "pass_at_1_salvaged", "first_submission", "submissions"]


def test_the_command_prints_a_table(runs: tuple[str, str]) -> None:
    text = CliRunner().invoke(cli, ["compare", *runs], standalone_mode=False).stdout
    assert "won by A: HumanEval/901" in text
    assert "2 problems in common" in text


def test_a_run_without_scores_is_refused_with_the_remedy(
    tmp_path: Path, runs: tuple[str, str], settings: Settings
) -> None:
    from codegen.runs import RunFile

    empty = tmp_path / "empty.sqlite"
    RunFile.create_or_resume(empty, model={"name": "m"}, settings=settings).close()
    done = CliRunner().invoke(cli, ["compare", runs[0], str(empty)], standalone_mode=False)
    assert isinstance(done.exception, UsageError)
    assert "codesieve bench" in str(done.exception)
    missing = CliRunner().invoke(cli, ["compare", runs[0], str(tmp_path / "no")], standalone_mode=False)
    assert isinstance(missing.exception, RunFileError)
