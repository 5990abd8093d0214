"""A harmless program that looks around in its box: what it finds, an earlier program has left."""

from __future__ import annotations

from sandbox.execution import Limits, Program

CANARY_LIMITS = Limits(cpu_s=5.0, wall_s=20.0, memory_bytes=256 << 20, output_bytes=1 << 16)
CLEAN = b"clean\n"

CANARY = Program(
    language="python",
    source="""
import os
import resource

found = []
for folder in ("/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue"):
    try:
        found += [folder + "/" + name for name in os.listdir(folder)]
    except OSError:
        pass
processes = {name for name in os.listdir("/proc") if name.isdigit()} - {"1", str(os.getpid())}
found += ["process " + name for name in processes]
for kind in ("shm", "sem", "msg"):
    try:
        with open("/proc/sysvipc/" + kind) as table:
            found += [kind + " " + line.strip() for line in list(table)[1:]]
    except OSError:
        pass
if os.getppid() != 1:
    found.append("parent is not PID 1")
if os.getuid() == 0 or os.geteuid() == 0:
    found.append("runs as root")
if os.getcwd() != "/tmp":
    found.append("working directory " + os.getcwd())
with open("kept", "w") as file:
    file.write("x")
os.remove("kept")
print("\\n".join(found) or "clean")
""",
)
