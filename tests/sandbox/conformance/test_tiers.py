"""Every case on both tiers, as the user who runs the tests."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.conformance import CASES, leftovers, run_case
from sandbox.conformance.cases import Case
from sandbox.conformance.check import many_at_once, offered
from sandbox.conformance.inventory import take
from sandbox.container import DockerSandbox
from sandbox.namespaces import BubblewrapSandbox
from sandbox.pool import Pool

TIERS = [
    pytest.param("docker_sandbox", id="docker", marks=pytest.mark.docker),
    pytest.param("bubblewrap_sandbox", id="bubblewrap", marks=pytest.mark.bubblewrap),
]


@pytest.fixture(scope="module", params=TIERS)
def tier(request: pytest.FixtureRequest) -> Pool:
    sandbox = request.getfixturevalue(request.param)
    assert isinstance(sandbox, Pool)
    return sandbox


@pytest.fixture(scope="module")
def before(tier: Pool) -> dict[str, Any]:
    return take(tier)


def test_all_languages_are_offered(tier: Pool) -> None:
    assert offered(tier, CASES) == CASES


@pytest.mark.parametrize("case", CASES, ids=str)
def test_ends_as_it_must_and_leaves_nothing(tier: Pool, before: dict[str, Any], case: Case) -> None:
    outcome = run_case(tier, case, before=before)
    assert outcome.clean, outcome


def test_many_runs_at_once(tier: Pool) -> None:
    outcome = many_at_once(tier)
    assert outcome.clean, outcome


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(DockerSandbox, id="docker", marks=pytest.mark.docker),
        pytest.param(BubblewrapSandbox, id="bubblewrap", marks=pytest.mark.bubblewrap),
    ],
)
def test_nothing_is_left_on_the_host(make: type[DockerSandbox | BubblewrapSandbox], tier: Pool) -> None:
    before = leftovers.take()
    with make(slots=2) as sandbox:
        for name in ("fork bomb", "memory in many processes", "daemon that holds standard output open"):
            assert run_case(sandbox, next(case for case in CASES if case.name == name)).clean
        assert leftovers.take() != before
    outcome = leftovers.outcome(before)
    assert outcome.clean, outcome
