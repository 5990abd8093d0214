"""`--samples auto`: batches, when drawing ends, and that a resumed run decides as an undisturbed one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.cli import cli
from codegen import events, settling
from codegen.clustering import Cluster
from codegen.config import Settings
from codegen.engine import Engine
from codegen.fingerprints import Fingerprint, Outcome
from codegen.models.scripted import ScriptedModel
from codegen.prompts import Prompt
from codegen.ranking import Candidate, Pool
from codegen.runs import RunFile
from problems.library import from_text
from problems.values import dumps, loads
from sandbox.execution import Program
from sandbox.testing import FakeSandbox

STUB = 'def double(n: int) -> int:\n    """Twice n.\n\n    >>> double(2)\n    4\n    """\n'
RIGHT = "def double(n):\n    return 2 * n\n"
WRONG = "def double(n):\n    return 7\n"


def _run(program: Program, given: bytes) -> bytes:
    (n,) = loads(given)
    return dumps(eval(program.source.rpartition("return ")[2], {"n": n})).encode()


def _pool(sizes: list[int], *, drawn: int, filtered: bool = True) -> Pool:
    clusters, candidates, first = [], {}, 0
    for number, size in enumerate(sizes):
        members = tuple(range(first, first + size))
        first += size
        outcomes = (Outcome(digest=f"{number:024x}", preview=""),)
        clusters.append(Cluster(members=members, fingerprint=Fingerprint(outcomes=outcomes)))
        candidates |= {index: Candidate(index=index, key=f"k{index}", passed=1, length=5) for index in members}
    return Pool(candidates=candidates, clusters=clusters, seed=0, drawn=drawn, filtered=filtered)


def _solve(answers: list[str], path: Path, *, samples: int = 100) -> tuple[int, str]:
    """Samples drawn, and why no more were."""
    model = ScriptedModel(lambda prompt: answers[prompt.index % len(answers)], form="plain")
    settings = Settings(samples=samples, auto=True)
    with Engine(model=model, sandbox=FakeSandbox(_run), settings=settings) as engine:
        *_, done = engine.stream(from_text(STUB), run=path)
    assert isinstance(done, events.Done)
    return done.report.funnel.drawn, done.stopped


@given(st.integers(1, 300))
def test_batches_end_at_fixed_places(budget: int) -> None:
    borders = Settings(samples=budget, auto=True).borders
    assert borders[-1] == budget
    assert list(borders) == sorted(set(borders))
    assert all(each in (4, 8, budget) or each % 16 == 0 for each in borders)
    assert Settings(samples=budget).borders == (budget,)


def test_agreement_settles() -> None:
    sure, split = _pool([30], drawn=32), _pool([3, 2] + [1] * 25, drawn=32)
    assert settling.settled(sure, budget=100, filtering=True) > settling.settled(split, budget=100, filtering=True)
    assert settling.enough(sure, budget=100, filtering=True)
    assert not settling.enough(split, budget=100, filtering=True)


def _tested(pool: Pool, right: Sequence[bytes]) -> Pool:
    """With the generated asserts that hold for the samples of each cluster."""
    asserts = {index: row for group, row in zip(pool.clusters, right, strict=True) for index in group.members}
    changed = {index: replace(each, asserts=asserts[index]) for index, each in pool.candidates.items()}
    return replace(pool, candidates=changed)


def test_a_rival_that_passes_more_tests_unsettles() -> None:
    pool = _pool([20, 8, 2], drawn=32)
    ahead = _tested(pool, [b"\1\1\0", b"\1\0\0", b"\0\0\0"])
    behind = _tested(pool, [b"\1\1\0", b"\1\1\1", b"\0\0\0"])
    assert settling.settled(ahead, budget=100, filtering=True) > settling.settled(behind, budget=100, filtering=True)


def test_an_answer_is_surer_the_more_samples_stand_behind_it() -> None:
    few, many = _pool([6, 2], drawn=8), _pool([60, 20], drawn=80)
    assert settling.settled(few, budget=100, filtering=True) < settling.settled(many, budget=100, filtering=True)


def test_an_answer_is_surer_the_fewer_samples_are_left() -> None:
    pool = _pool([20, 6, 4], drawn=32)
    chances = [settling.settled(pool, budget=budget, filtering=True) for budget in (1000, 100, 40)]
    assert chances == sorted(chances)


def test_nothing_is_settled_while_nothing_has_passed() -> None:
    assert settling.settled(_pool([], drawn=32), budget=100, filtering=True) == 0.0
    nearest = _pool([32], drawn=32, filtered=False)
    assert settling.settled(nearest, budget=100, filtering=True) == 0.0
    assert settling.settled(nearest, budget=100, filtering=False) > 0.5


def test_an_easy_problem_ends_early(tmp_path: Path) -> None:
    drawn, stopped = _solve([RIGHT], tmp_path / "run.sqlite")
    assert drawn in Settings(samples=100, auto=True).borders
    assert drawn < 50
    assert stopped == "enough"


def test_a_problem_where_nothing_passes_gets_the_full_budget(tmp_path: Path) -> None:
    assert _solve([WRONG], tmp_path / "run.sqlite", samples=40) == (40, "")


def test_a_model_that_has_no_more_ends_it(tmp_path: Path) -> None:
    class Few(ScriptedModel):
        def available(self, problem_id: str) -> int | None:
            return 11

    model = Few(lambda prompt: WRONG, form="plain")
    with Engine(model=model, sandbox=FakeSandbox(_run), settings=Settings(samples=100, auto=True)) as engine:
        assert engine.solve(from_text(STUB), run=tmp_path / "run.sqlite").funnel.drawn == 11


@pytest.mark.parametrize("stop_after", [3, 8, 13, 30])
def test_a_resumed_run_ends_as_an_undisturbed_one(tmp_path: Path, stop_after: int) -> None:
    bodies = ("2 * n", "n * n", "7", "n + 2", "4", "6 - n", "n ** 2 + n - 2", "8 - 2 * n", "3 * n - 2", "5 * n - 6")
    answers = [f"def double(n):\n    return {body}\n" for body in (*bodies, *["n * n", "2 * n"] * 6, *["2 * n"] * 78)]
    whole = _solve(answers, tmp_path / "whole.sqlite")
    assert 32 <= whole[0] < 100

    def until(prompt: Prompt) -> None:
        if prompt.index >= stop_after:
            raise KeyboardInterrupt

    model = ScriptedModel(lambda prompt: answers[prompt.index % len(answers)], form="plain", before=until)
    path = tmp_path / "cut.sqlite"
    with (
        Engine(model=model, sandbox=FakeSandbox(_run), settings=Settings(samples=100, auto=True)) as engine,
        pytest.raises(KeyboardInterrupt),
    ):
        engine.solve(from_text(STUB), run=path)
    assert _solve(answers, path) == whole
    with RunFile.open_existing(tmp_path / "whole.sqlite") as one, RunFile.open_existing(path) as other:
        assert one.submissions("double") == other.submissions("double")


def test_options_that_do_not_go_together() -> None:
    done = CliRunner().invoke(cli, ["solve", "bundled/steady-readings", "--max-samples", "9"])
    assert done.exit_code == 2
    assert "--max-samples 9 is for --samples auto" in done.output
    done = CliRunner().invoke(cli, ["bench", "humaneval", "--samples", "auto", "--score-only"])
    assert done.exit_code == 2
    done = CliRunner().invoke(cli, ["solve", "bundled/steady-readings", "--samples", "none"])
    assert done.exit_code == 2
