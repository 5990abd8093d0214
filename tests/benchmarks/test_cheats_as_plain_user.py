"""The cheats as an ordinary user meets them: the bubblewrap tier with one uid and, mostly, no cgroup.

(Containers are the same whoever asks for them; `test_cheats.py` has those.)
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks.cheats.collection import CHEATS
from tests.plain_user import as_user, copied, python_for

pytestmark = [pytest.mark.bubblewrap, pytest.mark.timeout(900)]

_USES = """
import benchmarks.cheats.command, sandbox.namespaces, tqdm
from benchmarks.cheats.collection import HONEST
from benchmarks.cheats.entries import attempt
from sandbox.unconfined import UnconfinedSandbox
with UnconfinedSandbox(slots=2) as plain:
    for honest in HONEST.values():  # loads what is loaded on use
        attempt(honest, plain)
"""


@pytest.fixture(scope="module")
def said() -> dict[str, Any]:
    with copied(_USES) as folder:
        line = [python_for(folder), "-B", "-m", "benchmarks.cli", "cheats", "--sandbox", "bubblewrap", "--json"]
        done = as_user(folder, *line)
    if done.returncode == 3:
        pytest.skip(f"as a plain user: {done.stderr.strip()}")
    assert done.stdout, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_honest_programs_are_accepted(said: dict[str, Any]) -> None:
    assert said["honest_accepted"]


@pytest.mark.parametrize("name", [cheat.name for cheat in CHEATS])
def test_no_cheat_is_accepted(name: str, said: dict[str, Any]) -> None:
    (found,) = (case for case in said["cases"] if case["name"] == name)
    assert found["clean"], found
