"""The suite bites: it finds fault with sandboxes that let programs do what they may not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner

from benchmarks.cli import cli
from sandbox.conformance import CASES, Outcome, check, run_case
from sandbox.conformance.cases import _case
from sandbox.conformance.inventory import _LOOK
from sandbox.errors import SandboxError
from sandbox.execution import Execution, Program, Status
from sandbox.testing import FakeSandbox
from sandbox.unconfined import UnconfinedSandbox

BY_NAME = {case.name: case for case in CASES}
INVENTORY = {"folders": {}, "processes": {}}


def scripted(answer: Execution, inventories: list[dict[str, Any]] | None = None) -> FakeSandbox:
    """Answers every program with `answer`, but the one that looks around with one inventory after the other."""
    looks = iter(inventories or [])

    def answers(program: Program, _: bytes) -> Execution:
        if program is _LOOK:
            return Execution(status=Status.OK, stdout=json.dumps(next(looks, INVENTORY)).encode())
        return answer

    return FakeSandbox(answers)


def ended(status: Status, **fields: Any) -> Execution:
    return Execution(status=status, **fields)


@pytest.mark.parametrize(
    ("table", "answer", "fault"),
    [
        ({"ends": ["TIME_LIMIT"]}, ended(Status.TIME_LIMIT), ""),
        ({"ends": ["TIME_LIMIT"]}, ended(Status.OK, exit_code=0), "exit code 0"),
        ({"stdout": "a"}, ended(Status.OK, stdout=b"a"), ""),
        ({"stdout": "a"}, ended(Status.OK, stdout=b"b"), "printed 'b'"),
        ({"value": "1", "entry_point": "f"}, ended(Status.OK, value=b"2"), "returned '2'"),
        ({"ends": ["SIGNALED"], "codes": [9]}, ended(Status.SIGNALED, signal=11), "signal 11, expected 9"),
        ({"inputs": ["", ""], "each": ["OK", "SIGNALED"]}, ended(Status.OK), "not those expected"),
        ({"ends": ["NOT_BUILT"]}, ended(Status.OK), "['OK']"),
        ({}, ended(Status.OK, stdout=b"x" * (2 << 20)), "bytes of output were kept"),
        ({"driver": "", "driver_ends": ["SIGNALED"]}, ended(Status.OK), "the driver ended with OK"),
    ],
)
def test_what_is_wrong_is_told(table: dict[str, Any], answer: Execution, fault: str) -> None:
    outcome = run_case(scripted(answer), _case("group", "name", {"source": "", **table}, {}))
    assert fault in outcome.fault
    assert outcome.clean == (not fault)
    assert outcome.as_dict()["clean"] == outcome.clean


def test_what_is_left_is_told() -> None:
    sandbox = scripted(ended(Status.OK), [INVENTORY, {**INVENTORY, "processes": {"sleep": 1}}])
    outcome = run_case(sandbox, _case("group", "name", {"source": ""}, {}))
    assert outcome.left == ("processes: {} before, {'sleep': 1} now",)
    assert not outcome.clean


def test_a_sandbox_that_fails_is_an_outcome() -> None:
    def fail(program: Program, _: bytes) -> Execution:
        if program is _LOOK:
            return Execution(status=Status.OK, stdout=json.dumps(INVENTORY).encode())
        raise SandboxError("no box")

    outcome = run_case(FakeSandbox(fail), _case("group", "name", {"source": ""}, {}))
    assert (outcome.found, outcome.fault) == ("SandboxError", "no box")


@pytest.fixture
def unconfined() -> Any:
    with UnconfinedSandbox(slots=2) as sandbox:
        yield sandbox


@pytest.mark.parametrize(
    "name", ["internet sockets", "System V shared memory, semaphores and queues", "environment, arguments and modules"]
)
def test_a_sandbox_that_isolates_nothing_does_not_pass(name: str, unconfined: UnconfinedSandbox) -> None:
    outcome = run_case(unconfined, BY_NAME[name])
    assert not outcome.clean
    assert "printed" in outcome.fault


def test_hostile_programs_are_never_let_loose(unconfined: UnconfinedSandbox) -> None:
    with pytest.raises(ValueError, match="'unsafe' confines nothing"):
        check(unconfined)
    for command in (["sandbox", "check"], ["cheats"]):
        done = CliRunner().invoke(cli, [*command, "--sandbox", "unsafe"])
        assert done.exit_code == 2
        assert "these programs mean harm" in done.output


def test_cases_in_a_language_that_is_not_offered_are_left_out() -> None:
    seen: list[Outcome] = []
    show: Callable[[Outcome], object] = seen.append
    outcomes = check(scripted(ended(Status.OK)), CASES[:3], on_outcome=show)
    assert [outcome.name for outcome in outcomes] == ["many runs at once"]
    assert outcomes == tuple(seen)
    assert not outcomes[0].clean  # nobody got an output
