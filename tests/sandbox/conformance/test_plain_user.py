"""Every case as an ordinary user meets both tiers: a fresh one, who has nothing but, for Docker, its socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sandbox.backends import CONFINED, obstacle
from sandbox.conformance import CASES
from sandbox.daemon import connect
from sandbox.image import ensure_image
from tests.plain_user import as_user, copied, python_for, relay

_SCRIPT = """
import json, sys
from sandbox.backends import open_sandbox
from sandbox.conformance import check, leftovers
from sandbox.doctor import diagnose

before = leftovers.take()
sandbox = open_sandbox(sys.argv[1], slots=2)
outcomes = list(check(sandbox))
sandbox.close()
outcomes.append(leftovers.outcome(before))
found = {outcome.name: {**outcome.as_dict(), "clean": outcome.clean} for outcome in outcomes}
print(json.dumps({"cases": found, "doctor": diagnose(sys.argv[1]).as_dict()}))
"""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with copied("import sandbox.conformance") as folder:
        yield folder


def _answer(folder: Path, tier: str) -> dict[str, Any]:
    place = {"DOCKER_HOST": f"unix://{folder}/docker.sock"}
    done = as_user(folder, python_for(folder), "-B", "-c", _SCRIPT, tier, **place)
    if done.returncode != 0 and "does not work here" in done.stderr:
        return {"obstacle": done.stderr.strip().splitlines()[-1]}
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def answers(folder: Path) -> Iterator[dict[str, Future[dict[str, Any]]]]:
    """Both tiers side by side: most of the time goes by in programs that wait for their limits."""
    usable = [tier for tier in CONFINED if not obstacle(tier)]
    if "docker" in usable:
        with closing(connect()) as client:
            ensure_image(client)  # a fresh user may not be able to build one
    with relay(folder / "docker.sock"), ThreadPoolExecutor() as threads:
        yield {tier: threads.submit(_answer, folder, tier) for tier in usable}


@pytest.fixture
def answer(tier: str, answers: dict[str, Future[dict[str, Any]]]) -> dict[str, Any]:
    if tier not in answers:
        pytest.skip(f"{tier}: {obstacle(tier)}")
    found = answers[tier].result()
    if "obstacle" in found:
        pytest.skip(f"as a plain user: {found['obstacle']}")
    return found


TIERS = [
    pytest.param("docker", marks=pytest.mark.docker),
    pytest.param("bubblewrap", marks=pytest.mark.bubblewrap),
]
NAMES = [*(case.name for case in CASES), "many runs at once", "nothing is left on the host"]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("name", NAMES)
def test_ends_as_it_must_and_leaves_nothing(name: str, answer: dict[str, Any]) -> None:
    outcome = answer["cases"][name]
    assert outcome["clean"], outcome


@pytest.mark.timeout(900)
@pytest.mark.parametrize("tier", TIERS)
def test_doctor_finds_what_was_promised(tier: str, answer: dict[str, Any]) -> None:
    found = answer["doctor"]
    assert found["ok"], found
    assert {"python", "cpp"} <= set(found["languages"])
    if tier == "bubblewrap":
        assert found["facts"]["user namespace"] == "own"
