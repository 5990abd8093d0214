"""What is left on the host when a sandbox is closed: asked before it was opened and afterwards."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from sandbox import cgroups
from sandbox.conformance.check import Outcome
from sandbox.errors import SandboxError
from sandbox.owner import PREFIX, Owner

Holdings = dict[str, frozenset[str]]
"""Kind -> names. Only what belongs to this process, since others may be at work on the machine."""


def take() -> Holdings:
    """Containers, cgroups, folders, child processes, mounts and descriptors of this process."""
    owner = str(Owner.this_process())
    return {
        "containers": frozenset(_containers(owner)),
        "cgroups": frozenset(str(path) for path in cgroups.folders_of(owner)),
        "folders": frozenset(path.name for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}{owner}_*")),
        "processes": frozenset(_children()),
        "mounts": frozenset(line for line in _lines("/proc/self/mountinfo") if owner in line),
        "descriptors": frozenset(str(number) for number in range(4096) if _is_open(number)),
    }


def outcome(before: Holdings) -> Outcome:
    """The last row of the table."""
    after = take()
    left = [f"{kind}: {', '.join(sorted(after[kind] - before[kind]))}" for kind in before if after[kind] - before[kind]]
    return Outcome(
        name="nothing is left on the host", expected="OK", found="OK" if not left else "LEFT", left=tuple(left)
    )


def _containers(owner: str) -> list[str]:
    from sandbox.backends import docker_obstacle

    if docker_obstacle():
        return []
    from sandbox.container import LABEL
    from sandbox.daemon import connect, daemon_errors

    with suppress(SandboxError):
        client = connect()
        try:
            with daemon_errors("listing containers"):
                found = client.containers.list(all=True, filters={"label": f"{LABEL}={owner}"}, ignore_removed=True)
            return [container.short_id for container in found]
        finally:
            client.close()
    return []


def _children() -> list[str]:
    """Of this process, dead ones that nobody has waited for included."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            with suppress(OSError, IndexError):
                stat = Path(f"/proc/{name}/stat").read_text()
                if int(stat.rpartition(")")[2].split()[1]) == os.getpid():
                    found.append(f"{name} {stat[stat.find('(') + 1 : stat.rfind(')')]}")
    return found


def _lines(path: str) -> list[str]:
    with suppress(OSError):
        return Path(path).read_text().splitlines()
    return []


def _is_open(number: int) -> bool:
    with suppress(OSError):
        os.fstat(number)
        return True
    return False
