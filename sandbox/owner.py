"""Whose a container or a folder is, in words that outlive its maker: boot, PID namespace, PID and start time."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

PREFIX = "codesieve-box-"
"""Of the folders' names."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A process. `str` gives the label, `parse` reads it."""

    boot: str
    namespace: str
    pid: int
    started: str

    @classmethod
    def this_process(cls) -> Owner:
        return cls(_boot(), _namespace(), os.getpid(), _started(os.getpid()) or "0")

    @classmethod
    def parse(cls, label: str) -> Owner:
        boot, namespace, pid, started = [*label.split("_"), "", "", ""][:4]
        return cls(boot, namespace, int(pid) if pid.isdigit() else 0, started)

    def __str__(self) -> str:
        return f"{self.boot}_{self.namespace}_{self.pid}_{self.started}"

    def is_dead(self, *, running: bool = False) -> bool:
        """Whether the process is certainly gone. Of a process that cannot be seen from here nothing is certain.

        `running`: whether what it owns still runs, which after a reboot nothing does.
        """
        if self.boot != _boot():
            return not running
        return self.namespace == _namespace() and _started(self.pid) != self.started

    def make_folder(self) -> Path:
        """A new folder that only this user may enter, named after its owner."""
        return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{self}_"))


def sweep_folders() -> int:
    """Remove this user's folders whose owners are dead; how many."""
    removed = 0
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            mine = folder.lstat().st_uid == os.getuid() and folder.is_dir() and not folder.is_symlink()
        except OSError:
            continue
        if mine and Owner.parse(folder.name.removeprefix(PREFIX)).is_dead():
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return removed


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _namespace() -> str:
    return re.sub(r"\D", "", os.readlink("/proc/self/ns/pid"))


def _started(pid: int) -> str | None:
    """Start time of a process in clock ticks since boot; None when there is none of that PID."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return None
