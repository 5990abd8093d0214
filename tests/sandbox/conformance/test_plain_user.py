"""Every case as an ordinary user meets both tiers: a fresh one, who has nothing but, for Docker, its socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.conformance import CASES
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


def _answer(folder: Path, tier: str, **environment: str) -> dict[str, Any]:
    done = as_user(folder, python_for(folder), "-B", "-c", _SCRIPT, tier, **environment)
    if done.returncode != 0 and "does not work here" in done.stderr:
        pytest.skip(f"as a plain user: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def on_docker(folder: Path, docker_image: str | None) -> dict[str, Any]:
    with relay(folder / "docker.sock"):
        return _answer(folder, "docker", DOCKER_HOST=f"unix://{folder}/docker.sock")


@pytest.fixture(scope="module")
def on_bubblewrap(folder: Path) -> dict[str, Any]:
    return _answer(folder, "bubblewrap")


TIERS = [
    pytest.param("on_docker", id="docker", marks=pytest.mark.docker),
    pytest.param("on_bubblewrap", id="bubblewrap", marks=pytest.mark.bubblewrap),
]
NAMES = [*(case.name for case in CASES), "many runs at once", "nothing is left on the host"]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("name", NAMES)
def test_ends_as_it_must_and_leaves_nothing(name: str, tier: str, request: pytest.FixtureRequest) -> None:
    outcome = request.getfixturevalue(tier)["cases"][name]
    assert outcome["clean"], outcome


@pytest.mark.timeout(900)
@pytest.mark.parametrize("tier", TIERS)
def test_doctor_finds_what_was_promised(tier: str, request: pytest.FixtureRequest) -> None:
    found = request.getfixturevalue(tier)["doctor"]
    assert found["ok"], found
    assert {"python", "cpp"} <= set(found["languages"])
    if tier == "on_bubblewrap":
        assert found["facts"]["user namespace"] == "own"
