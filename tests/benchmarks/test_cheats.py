"""No cheat is accepted, by any entry, on either tier; and honest programs are, so that this proves something."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner

from benchmarks.cheats.collection import CHEATS, HONEST, TARGETS, Cheat, weigh
from benchmarks.cheats.entries import ENTRIES, Attempt, attempt, entries_for
from benchmarks.cli import cli
from benchmarks.judge import prepare
from sandbox.backends import obstacle, open_sandbox
from sandbox.execution import Execution, Program, Sandbox, Status
from sandbox.testing import FakeSandbox


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("docker", marks=pytest.mark.docker),
        pytest.param("bubblewrap", marks=pytest.mark.bubblewrap),
    ],
)
def tier(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    if problem := obstacle(request.param):
        pytest.skip(problem)
    sandbox = open_sandbox(request.param, slots=2)
    yield sandbox
    sandbox.close()


def test_there_are_enough_of_both_kinds() -> None:
    assert len(CHEATS) >= 100
    assert {cheat.kind for cheat in CHEATS} == {"call", "stdio"}
    assert len({cheat.name for cheat in CHEATS}) == len(CHEATS)
    assert {entry for cheat in CHEATS for entry in entries_for(cheat)} == set(ENTRIES)


def test_test_code_is_run_as_code() -> None:
    target = TARGETS["call"]
    assert target.as_code is not None
    assert prepare(target.problem, target.as_code).coded is not None
    assert weigh((3, 1, 4)) == 59


@pytest.mark.parametrize("cheat", HONEST.values(), ids=str)
def test_honest_programs_are_accepted_by_every_entry(cheat: Cheat, tier: Sandbox) -> None:
    done = attempt(cheat, tier)
    assert done.accepted == entries_for(cheat), done


@pytest.mark.parametrize("cheat", CHEATS, ids=lambda cheat: cheat.name)
def test_no_cheat_is_accepted(cheat: Cheat, tier: Sandbox) -> None:
    done = attempt(cheat, tier)
    assert done.clean, done


def test_a_sandbox_that_lets_itself_be_cheated_is_found_out() -> None:
    answers = {case.input: case.output or "" for case in _cases()}

    def leaks(_: Program, given: bytes) -> Execution:
        return Execution(status=Status.OK, stdout=answers.get(given.decode(), "").encode())

    cheat = next(cheat for cheat in CHEATS if cheat.name == "stdio: prints nothing")
    done = attempt(cheat, FakeSandbox(leaks))
    assert done.accepted == ("judge", "bench", "run")
    assert (done.clean, done.as_dict()["found"]) == (False, "accepted")


def _cases() -> list[Any]:
    target = TARGETS["stdio"]
    return [*target.problem.public_tests, *target.hidden.cases]


def test_no_verdict_is_not_a_refusal() -> None:
    done = Attempt(name="x", kind="call", verdicts={"bench": "IE"})
    assert not done.clean
    assert done.as_dict()["found"] == "no verdict"


@pytest.mark.bubblewrap
def test_the_command_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    if problem := obstacle("bubblewrap"):
        pytest.skip(problem)
    monkeypatch.setattr("benchmarks.cheats.collection.CHEATS", CHEATS[:2])
    done = CliRunner().invoke(cli, ["cheats", "--sandbox", "bubblewrap", "--json"], standalone_mode=False)
    assert done.return_value == 0, done.output
    said = json.loads(done.stdout)
    assert said["honest_accepted"]
    assert [case["clean"] for case in said["cases"]] == [True, True]
