"""A cgroup for one box of the bubblewrap tier, where this user may make one: cgroup v1 or v2, root or delegated.

The layout that the guest reads (`guest/meter.py`) is made by binding the box's own cgroup folders into it.
"""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sandbox.anomalies import note
from sandbox.owner import Owner

MAX_PROCESSES = 96
"""A little above what rlimits allow a program: PID 1 and bubblewrap's own process are counted here too."""

_PREFIX = "codesieve-"
_CONTROLLERS = ("memory", "pids", "cpuacct")
_REMOVAL_S = 5.0


@dataclass(frozen=True, slots=True)
class Cgroup:
    """Folders of one box: {"": folder} for v2, one folder a controller for v1."""

    folders: dict[str, Path]

    @property
    def version(self) -> int:
        return 2 if "" in self.folders else 1

    @property
    def entrances(self) -> list[str]:
        """Files to write a PID to."""
        return [str(folder / "cgroup.procs") for folder in self.folders.values()]

    @property
    def binds(self) -> list[tuple[str, str]]:
        """(folder, where the guest looks for it)."""
        return [(str(folder), f"/sys/fs/cgroup/{name}".rstrip("/")) for name, folder in self.folders.items()]

    def limit_memory(self, memory_bytes: int) -> None:
        """Raises OSError. Swap does not count as room."""
        if self.version == 2:
            _write(self.folders[""] / "memory.max", memory_bytes)
            return
        folder = self.folders["memory"]
        names = ["memory.limit_in_bytes", "memory.memsw.limit_in_bytes"]
        if memory_bytes > int((folder / names[0]).read_text()):
            names.reverse()  # the sum with swap may at no time be below the limit without
        for name in names:
            if (folder / name).exists():
                _write(folder / name, memory_bytes)

    def remove(self) -> None:
        """Kill what is left inside and take the folders away, as soon as the kernel lets go of them."""
        with suppress(OSError):
            _write(self.folders.get("", Path("/nonexistent")) / "cgroup.kill", 1)
        deadline = time.monotonic() + _REMOVAL_S
        for folder in self.folders.values():
            while folder.exists():
                try:
                    folder.rmdir()
                except OSError:
                    if time.monotonic() > deadline:
                        break
                    time.sleep(0.005)


def make(owner: Owner, serial: int) -> Cgroup | None:
    """A cgroup with a limit on processes, or None where this user may make none. `serial`: any number not yet used."""
    name = f"{_PREFIX}{owner}_{serial}"
    for parents in _places():
        cgroup = Cgroup({controller: parent / name for controller, parent in parents.items()})
        try:
            for folder in cgroup.folders.values():
                folder.mkdir()
                if not os.access(folder / "cgroup.procs", os.W_OK):
                    raise PermissionError(folder)
            _write(cgroup.folders.get("", cgroup.folders.get("pids", Path())) / "pids.max", MAX_PROCESSES)
            if cgroup.version == 2:
                with suppress(OSError):
                    _write(cgroup.folders[""] / "memory.swap.max", 0)
            cgroup.limit_memory(1 << 30)
            _enter_and_leave(cgroup)
        except OSError:
            cgroup.remove()
            continue
        return cgroup
    return None


def sweep() -> None:
    """Take away cgroups whose makers are dead."""
    removed = 0
    for folder in folders_of(""):
        if Owner.parse(folder.name.removeprefix(_PREFIX).rpartition("_")[0]).is_dead():
            with suppress(OSError):
                folder.rmdir()
                removed += 1
    if removed:
        note("leftovers_swept", cgroups=removed)


def folders_of(owner: str) -> list[Path]:
    """Of the boxes of one process; "": of all."""
    parents = {parent for place in _places() for parent in place.values()}
    return [folder for parent in parents for folder in parent.glob(f"{_PREFIX}{owner}*")]


def _enter_and_leave(cgroup: Cgroup) -> None:
    """See that a process may be moved there: to own a folder is not enough, the way to it must be open too.

    The process is a program of its own, not a fork: boxes are made in several threads at once, and a fork would hold
    the other thread's descriptors open.
    """
    with subprocess.Popen(["sleep", "60"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as visitor:
        try:
            for entrance in cgroup.entrances:
                _write(Path(entrance), visitor.pid)
        finally:
            visitor.kill()


def _places() -> list[dict[str, Path]]:
    """Where a box's cgroup could be: folders by controller, "" for the unified hierarchy."""
    own = _own_cgroups()
    places: list[dict[str, Path]] = []
    if "" in own:
        root, folder = own[""]
        places += [
            {"": parent}
            for parent in dict.fromkeys((folder.parent if folder != root else folder, root))
            if {"memory", "pids"} <= set(_read(parent / "cgroup.subtree_control").split())
        ]
    if all(controller in own for controller in _CONTROLLERS):
        places.append({controller: own[controller][1] for controller in _CONTROLLERS})
    return places


def _own_cgroups() -> dict[str, tuple[Path, Path]]:
    """Controller ("" for v2) -> (root of its hierarchy, this process's folder), as far as they are in sight."""
    mounted: dict[str, tuple[str, Path]] = {}
    for line in _read(Path("/proc/self/mountinfo")).splitlines():
        left, _, right = line.partition(" - ")
        shown, point = left.split()[3:5]
        kind, _, options = right.split()[:3]
        if kind == "cgroup2":
            mounted[""] = (shown, Path(point))
        elif kind == "cgroup":
            mounted.update(dict.fromkeys(options.split(","), (shown, Path(point))))
    own: dict[str, tuple[Path, Path]] = {}
    for line in _read(Path("/proc/self/cgroup")).splitlines():
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            if controller in mounted:
                shown, folder = mounted[controller]
                own[controller] = (folder, folder / path.removeprefix(shown.rstrip("/")).lstrip("/"))
    return own


def _write(path: Path, value: int) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CLOEXEC), "w") as file:
        file.write(str(value))


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
