"""What a box holds, told by a harmless program inside: the same before and after everybody else."""

from __future__ import annotations

import json
from typing import Any

from sandbox.errors import SandboxError
from sandbox.execution import Limits, Program, Sandbox, Status

_LIMITS = Limits(cpu_s=10.0, wall_s=30.0, memory_bytes=256 << 20, output_bytes=1 << 20)

_LOOK = Program(
    language="python",
    source="""
import json, os, resource, signal, sys

def lines(path):
    try:
        with open(path, errors="replace") as file:
            return file.read().splitlines()
    except OSError as error:
        return [type(error).__name__]

def folder(path):
    try:
        about = os.stat(path)
        return [oct(about.st_mode), sorted(os.listdir(path)), sorted(os.listxattr(path))]
    except OSError as error:
        return type(error).__name__

processes = {}
for name in os.listdir("/proc"):
    if name.isdigit() and int(name) != os.getpid():
        said = lines(f"/proc/{name}/stat")[0]
        processes[said[said.find("(") + 1:said.rfind(")")]] = processes.get(said, 0) + 1

print(json.dumps({
    "processes": processes,
    "threads": len(os.listdir("/proc/self/task")),
    "folders": {path: folder(path) for path in ("/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run/lock", "/dev")},
    "descriptors of a fresh program": len(os.listdir("/proc/self/fd")),
    "system V ipc": {kind: lines("/proc/sysvipc/" + kind)[1:] for kind in ("shm", "sem", "msg")},
    "sockets": {kind: len(lines("/proc/net/" + kind)) for kind in ("unix", "tcp", "udp", "raw", "netlink", "packet")},
    "locks": [line for line in lines("/proc/locks") if line.split()[4:5] == [str(os.getpid())]],
    "keys": sorted(line.split(None, 7)[-1] for line in lines("/proc/keys") if " " in line),
    "mounts": sorted(line.split(" ")[4] + " " + line.split(" - ")[-1].split(" ")[0]
                     for line in lines("/proc/self/mountinfo") if " - " in line),
    "limits": [resource.getrlimit(number) for number in range(16)],
    "umask": os.umask(0o22),
    "nice": os.getpriority(os.PRIO_PROCESS, 0),
    "blocked signals": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ())),
    "directory": os.getcwd(),
    "environment": dict(os.environ),
    "modules": len(sys.modules),
}))
""",
)


def take(sandbox: Sandbox) -> dict[str, Any]:
    """What there is, by kind. Raises SandboxError when the program that looks cannot do its work."""
    run = sandbox.run(_LOOK, (b"",), _LIMITS)
    if not run.executions or run.executions[0].status is not Status.OK:
        raise SandboxError(f"a program that looks around failed: {run.executions[0] if run.executions else run.build}")
    found: dict[str, Any] = json.loads(run.executions[0].stdout)
    return found


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """One line a kind that is not as it was."""
    return [f"{kind}: {before[kind]} before, {after[kind]} now" for kind in before if before[kind] != after[kind]]
