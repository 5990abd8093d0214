"""The bubblewrap tier: the same guest in namespaces of its own, without any daemon.

Started as root, PID 1 keeps the rights to change uid and to kill, as in a container, and programs run as a uid that is
nobody's. Started as a user, there is a user namespace with one uid in it, and the guest locks itself down instead. The
root is put together from a list, never from `/`: a program has its caller's uid outside and must not see its files.
"""

from __future__ import annotations

import itertools
import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

from sandbox import bubblewrap, cgroups
from sandbox.artifacts import BuildStore, builds_dir
from sandbox.channel import BoxError, Channel
from sandbox.errors import SandboxClosedError, SandboxError, SandboxUnavailableError
from sandbox.languages import Language
from sandbox.owner import Owner
from sandbox.pool import Pool

GUEST_OVERHEAD_BYTES = 32 << 20
"""What PID 1 and the program's interpreter need, on top of what the program may use."""

_FIRST_UID, _UIDS = 20_000, 40_000
_PATIENCE_S = 30.0
_KILLED_S = 10.0
_GUEST_PATH = "/usr/local/bin:/usr/bin:/bin"

_SERIALS = itertools.count()
"""Boxes of this process, of however many sandboxes: no two at a time share a uid or a cgroup."""

_START = """
ulimit -c 0; ulimit -s 262144 2>/dev/null
while [ "$1" != -- ]; do echo $$ > "$1" || exit 1; shift; done
shift; exec "$@"
"""
"""Enters the box's cgroups before anything of the box exists. (What the memory map looks like follows
from the stack limit at exec.)"""


class BubblewrapSandbox(Pool):
    """See `sandbox.execution.Sandbox`. A compiled language is there when the host has its compiler in /usr."""

    def __init__(self, *, slots: int | None = None) -> None:
        """Raises SandboxUnavailableError when bubblewrap does not work here; the message says why."""
        super().__init__(
            BubblewrapLauncher(),
            name="bubblewrap",
            slots=slots,
            require=_require_tools,
            store=BuildStore(builds_dir(), installed_tools),
        )


def bubblewrap_obstacle() -> str | None:
    """What stands in the way of this tier, with the remedy; None when a box can be made."""
    return bubblewrap.obstacle(as_root=os.geteuid() == 0)


def missing_tool(language: Language) -> str | None:
    """The first command of a language that this host does not have where the box can see it."""
    return next((tool for tool in language.tools if shutil.which(tool, path=_GUEST_PATH) is None), None)


def installed_tools(language: Language) -> str:
    """Names the language's tools on this machine: another name after every change of them."""
    names = []
    for tool in language.tools:
        path = os.path.realpath(shutil.which(tool, path=_GUEST_PATH) or tool)
        about = os.stat(path)
        names.append(f"{path} {about.st_size} {about.st_mtime_ns}")
    return "\n".join(names)


def _require_tools(language: Language) -> None:
    if tool := missing_tool(language):
        packages = " ".join(language.packages)
        raise SandboxUnavailableError(
            f"{language.name} programs need '{tool}' on this machine when they run under bubblewrap, and it is not in "
            f"{_GUEST_PATH}: `apt install {packages}`, or use the Docker sandbox, whose image brings it"
        )


class BubblewrapLauncher:
    """See `sandbox.pool.Launcher`."""

    def __init__(self) -> None:
        if problem := bubblewrap_obstacle():
            raise SandboxUnavailableError(f"bubblewrap does not work here: {problem}")
        self._owner = Owner.this_process()
        cgroups.sweep()
        # A box dies with the *thread* that started it (PR_SET_PDEATHSIG): so one that lives as long as this does.
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="bubblewrap")

    def launch(self, slot: int) -> BubblewrapBox:
        serial = next(_SERIALS)
        cgroup = cgroups.make(self._owner, serial)
        try:
            return BubblewrapBox(partial(self._start, slot), cgroup, serial)
        except SandboxError:
            if cgroup is not None:
                cgroup.remove()
            raise

    def close(self) -> None:
        self._starter.shutdown(wait=True)

    def _start(self, slot: int, command: list[str], passed: list[int], stderr: int) -> subprocess.Popen[bytes]:
        try:
            return self._starter.submit(_start_on_core, slot, command, passed, stderr).result()
        except RuntimeError as error:
            raise SandboxClosedError("the sandbox is closed") from error


def _start_on_core(slot: int, command: list[str], passed: list[int], stderr: int) -> subprocess.Popen[bytes]:
    """Start with the affinity of the starting thread, which is the only thing that changes it."""
    every = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {sorted(every)[slot % len(every)]})
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            pass_fds=passed,
            env={"PYTHONHASHSEED": "0", "LANG": "C.UTF-8", "LD_BIND_NOW": "1", "PATH": _GUEST_PATH},
        )
    finally:
        os.sched_setaffinity(0, every)


class BubblewrapBox:
    """See `sandbox.job.Box`."""

    def __init__(
        self,
        start: Callable[[list[str], list[int], int], subprocess.Popen[bytes]],
        cgroup: cgroups.Cgroup | None,
        serial: int,
    ) -> None:
        self._cgroup = cgroup
        self._memory_bytes = 0
        self._killing = threading.Lock()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with tempfile.TemporaryFile() as said:
            try:
                with theirs, tempfile.TemporaryFile() as rules:
                    passed = [theirs.fileno()]
                    if cgroup is None:
                        rules.write(bubblewrap.no_memory_files())
                        rules.seek(0)
                        passed.append(rules.fileno())
                    self._process = start(_command(cgroup, serial, *passed), passed, said.fileno())
            except BaseException:
                ours.close()
                raise
            try:
                self.channel = Channel(ours, patience_s=_PATIENCE_S)
                self.channel.probe()
            except SandboxError as error:
                ours.close()
                self.kill()
                said.seek(0)
                last = said.read()[-2000:].decode(errors="replace").strip()
                raise SandboxError(f"a box could not be made with bubblewrap: {error}. {last}") from error

    def limit_memory(self, memory_bytes: int) -> None:
        if self._cgroup is None or memory_bytes == self._memory_bytes:
            return  # without a cgroup the guest watches the memory of every run itself
        try:
            self._cgroup.limit_memory(memory_bytes + GUEST_OVERHEAD_BYTES)
        except OSError as error:
            raise BoxError(f"the cgroup refused a memory limit of {memory_bytes} bytes: {error}") from error
        self._memory_bytes = memory_bytes

    def kill(self) -> None:
        with self._killing:
            if hasattr(self, "channel"):
                self.channel.close()
            with suppress(ProcessLookupError):
                self._process.kill()
            try:
                self._process.wait(_KILLED_S)
            except subprocess.TimeoutExpired as error:
                raise SandboxError(f"bubblewrap's process {self._process.pid} does not die") from error
            if self._cgroup is not None:
                self._cgroup.remove()
                self._cgroup = None


def _command(cgroup: cgroups.Cgroup | None, serial: int, channel: int, rules: int | None = None) -> list[str]:
    as_root = os.geteuid() == 0
    uid = _FIRST_UID + (os.getpid() * 64 + serial) % _UIDS  # RLIMIT_NPROC counts per uid
    return [
        *("/bin/sh", "-c", _START, "sh", *(cgroup.entrances if cgroup else []), "--"),
        *bubblewrap.arguments(as_root=as_root, binds=cgroup.binds if cgroup else [], seccomp=rules),
        *("--", bubblewrap.interpreter(), "-s", "-P", "-B", f"{bubblewrap.GUEST_ROOT}/sandbox/guest/main.py"),
        *("--fd", str(channel), *(("--uid", str(uid)) if as_root else ("--lock-down",))),
    ]
