"""The Docker tier: one warm container a slot, out of the daemon's hands once it runs.

The daemon is asked to create a container, to change its memory limit and to remove it; nothing else. Programs travel
over a socket that the guest connects to through a folder mounted read-only, which also holds the guest's own code. The
folder lies in one that only this user may enter; the socket is gone from it as soon as the guest is connected.

Every container and folder names the process that made it, so that what a killed process leaves behind is found and
removed the next time.
"""

from __future__ import annotations

import itertools
import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox import turns_library
from sandbox.anomalies import note
from sandbox.artifacts import BuildStore, builds_dir
from sandbox.backends import docker_obstacle
from sandbox.channel import BoxError, Channel
from sandbox.daemon import connect, daemon_errors, daemon_is_away, require_limits, require_runtime
from sandbox.errors import SandboxClosedError, SandboxError, SandboxUnavailableError
from sandbox.execution import Execution, Grain, Limits, Program, Run
from sandbox.languages import LANGUAGES, language_of
from sandbox.owner import Owner, sweep_folders
from sandbox.pool import Pool
from sandbox.profiles import PROFILES, profile_for

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

LABEL = "codesieve.owner"
GUEST_OVERHEAD_BYTES = 32 << 20
"""What PID 1 and the program's interpreter need, on top of what the program may use."""

DAEMON_AWAY_S = 60.0
"""So long a daemon that worked before may be away (restarting, say) before runs fail."""

_DAEMON_LOOK_S, _LOOK_S = 0.25, 2.0
_SANDBOX_LABEL, _SLOT_LABEL = "codesieve.sandbox", "codesieve.slot"
_SERIALS = itertools.count()
_FIRST_MEMORY_BYTES = 1 << 30
_FIRST_UID, _UIDS = 20_000, 40_000
_MOUNTED_AT = "/run/sbx"
_PATIENCE_S = 60.0
_NO_SUCH_CONTAINER, _BEING_REMOVED = 404, 409
_GUEST_FILES = Path(__file__).parent / "guest"


class DockerSandbox(Pool):
    """See `sandbox.execution.Sandbox`. Programs in a language that the image lacks run in containers of the profile
    that has it, which are started when the first of them comes.

    Attributes:
        runtime: Of the daemon's, "runsc" for gVisor; None for its default.
    """

    def __init__(
        self,
        *,
        slots: int | None = None,
        profile: str = "plain",
        image: str | None = None,
        runtime: str | None = None,
    ) -> None:
        """Reach the daemon, have the image (built on first use), see that containers can be talked to.

        Raises:
            SandboxUnavailableError: Something stands in the way; the message says what.
            ValueError: Unknown profile.
        """
        launcher = ContainerLauncher(profile=profile, image=image, runtime=runtime)
        store = BuildStore(builds_dir(), lambda _: launcher.image_id())
        super().__init__(launcher, name="docker", slots=slots, store=store)
        self._languages = frozenset(LANGUAGES if image else PROFILES[profile].languages)
        self._runtime = runtime
        self._fuller: DockerSandbox | None = None
        self._filling = threading.Lock()

    def run(
        self,
        program: Program,
        inputs: Sequence[bytes],
        limits: Limits,
        *,
        grain: Grain = Grain.PER_INPUT,
        keep_going: Callable[[Execution], bool] | None = None,
    ) -> Run:
        """See `sandbox.execution.Sandbox.run`."""
        if fuller := self._fuller_for(program):
            return fuller.run(program, inputs, limits, grain=grain, keep_going=keep_going)
        return super().run(program, inputs, limits, grain=grain, keep_going=keep_going)

    def converse(self, program: Program, driver: Program, limits: Limits) -> tuple[Execution, Execution]:
        """See `sandbox.execution.Sandbox.converse`."""
        if fuller := self._fuller_for(program, driver):
            return fuller.converse(program, driver, limits)
        return super().converse(program, driver, limits)

    def close(self) -> None:
        """See `sandbox.execution.Sandbox.close`."""
        super().close()
        with self._filling:
            if self._fuller is not None:
                self._fuller.close()

    def _fuller_for(self, *programs: Program) -> DockerSandbox | None:
        """Containers of a profile that has the programs' languages; None when these here do."""
        languages = self._languages.union(language_of(program).name for program in programs)
        if languages == self._languages:
            return None
        with self._filling:
            if self._fuller is None:
                self._fuller = DockerSandbox(slots=self.slots, profile=profile_for(languages), runtime=self._runtime)
            return self._fuller


class ContainerLauncher:
    """See `sandbox.pool.Launcher`."""

    def __init__(self, *, profile: str = "plain", image: str | None = None, runtime: str | None = None) -> None:
        self._client = connect()
        self._owner = Owner.this_process()
        self._serial = str(next(_SERIALS))
        self._runtime = runtime
        self._worked = self._lost = False
        self._closing = threading.Event()
        self._image_id = ""
        try:
            require_limits(self._client)
            require_runtime(self._client, runtime)
            sweep(self._client)
            self._image = image or _image(self._client, profile)
            self._folder = self._owner.make_folder()
        except BaseException:
            self._client.close()
            raise

    def image_id(self) -> str:
        """Another one for every build of the image, whatever its tag."""
        if not self._image_id:
            with daemon_errors("looking at the image"):
                self._image_id = str(self._client.images.get(self._image).id)
        return self._image_id

    def launch(self, slot: int) -> ContainerBox:
        """A container; one that once had any waits for a daemon that has gone away, since it may be restarting."""
        deadline = time.monotonic() + DAEMON_AWAY_S
        lost = False
        while True:
            try:
                self._remove_lost(slot)
                labels = self._labels(slot)
                box = ContainerBox(self._client, self._image, labels, self._folder, self._runtime, self._lose)
            except SandboxError as error:
                self._lost = True
                if not (self._worked and (lost or daemon_is_away(error))):
                    raise
                if not lost:
                    note("daemon_lost", slot=slot, reason=error)
                lost = True
                self._await_daemon(deadline, error)
            else:
                if lost:
                    note("daemon_back", slot=slot)
                self._worked = True
                return box

    def _await_daemon(self, deadline: float, error: SandboxError) -> None:
        """Until it answers. Raises `error` when that takes too long, SandboxClosedError when nobody wants it now."""
        while True:
            if self._closing.wait(_DAEMON_LOOK_S):
                raise SandboxClosedError("the sandbox was closed while its daemon was away") from error
            if time.monotonic() > deadline:
                raise error
            if docker_obstacle() is None:
                return

    def close(self) -> None:
        self._closing.set()
        with suppress(SandboxError):
            self._remove_lost(None)
        shutil.rmtree(self._folder, ignore_errors=True)
        self._client.close()

    def _labels(self, slot: int | None) -> dict[str, str]:
        labels = {LABEL: str(self._owner), _SANDBOX_LABEL: self._serial}
        return labels if slot is None else {**labels, _SLOT_LABEL: str(slot)}

    def _lose(self, error: SandboxError) -> None:
        """Remember that there is a container left to be removed. At the latest the next process does it."""
        note("removal_failed", reason=error)
        self._lost = True

    def _remove_lost(self, slot: int | None) -> None:
        """Remove what this sandbox has lost hold of in a slot, or in all of them. Raises SandboxError."""
        if self._lost:
            wanted = [f"{name}={value}" for name, value in self._labels(slot).items()]
            with daemon_errors("listing containers"):
                left = self._client.containers.list(all=True, filters={"label": wanted}, ignore_removed=True)
            for container in left:
                _remove(container)


def _image(client: DockerClient, profile: str) -> str:
    from sandbox.image import ensure_image

    return ensure_image(client, profile=profile)


def sweep(client: DockerClient) -> int:
    """Remove containers and folders whose makers are dead; how many. Raises SandboxError."""
    removed = folders = sweep_folders()
    with daemon_errors("listing containers"):
        found = client.containers.list(all=True, filters={"label": LABEL}, ignore_removed=True)
    for container in found:
        if Owner.parse(container.labels[LABEL]).is_dead(running=container.status == "running"):
            _remove(container)
            removed += 1
    if removed:
        note("leftovers_swept", containers=removed - folders, folders=folders)
    return removed


def _remove(container: Container) -> None:
    """Kill and remove; that somebody else is at it, or was, is as good. Raises SandboxError."""
    try:
        with daemon_errors(f"removing container {container.short_id}"):
            container.remove(force=True)
    except SandboxError as error:
        if getattr(error.__cause__, "status_code", None) not in (_NO_SUCH_CONTAINER, _BEING_REMOVED):
            raise


class ContainerBox:
    """See `sandbox.job.Box`."""

    def __init__(
        self,
        client: DockerClient,
        image: str,
        labels: Mapping[str, str],
        folder: Path,
        runtime: str | None,
        lose: Callable[[SandboxError], None],
    ) -> None:
        """`lose` is told when the container could not be removed. Raises SandboxError."""
        self._lose = lose
        self._container: Container | None = None
        self._killing = threading.Lock()
        self._memory_bytes = _FIRST_MEMORY_BYTES
        self._folder = folder / labels[_SLOT_LABEL]
        shutil.rmtree(self._folder, ignore_errors=True)
        guest = self._folder / "sandbox" / "guest"
        guest.mkdir(parents=True)
        for file in _GUEST_FILES.glob("*.py"):
            shutil.copyfile(file, guest / file.name)
        for path in (self._folder, *self._folder.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        path = self._folder / "socket"
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
                listener.bind(str(path))
                path.chmod(0o666)
                listener.listen(1)
                listener.settimeout(_LOOK_S)
                settings = _settings(labels, self._folder, runtime, self._memory_bytes)
                with daemon_errors("starting a container"):
                    self._container = client.containers.create(image, **settings)
                    self._container.start()
                connection = self._accept(listener)
            path.unlink()
            self.channel = Channel(connection, patience_s=_PATIENCE_S)
            self.channel.probe()
        except (OSError, SandboxError) as error:
            state = self._state()
            self.kill()
            raise _unusable(error, state, path) from error

    def limit_memory(self, memory_bytes: int) -> None:
        if memory_bytes == self._memory_bytes:
            return
        assert self._container is not None, "a box that could not be made is nobody's"
        whole = memory_bytes + GUEST_OVERHEAD_BYTES
        try:
            with daemon_errors(f"setting a memory limit of {memory_bytes} bytes"):
                self._container.update(mem_limit=whole, memswap_limit=whole)
        except SandboxError as error:
            raise BoxError(str(error)) from error
        self._memory_bytes = memory_bytes

    def kill(self) -> None:
        with self._killing:
            if hasattr(self, "channel"):
                self.channel.close()
            container, self._container = self._container, None
            if container is not None:
                try:
                    _remove(container)
                except SandboxError as error:
                    self._lose(error)
            shutil.rmtree(self._folder, ignore_errors=True)

    def _accept(self, listener: socket.socket) -> socket.socket:
        """The guest's connection. Raises TimeoutError when it does not come, at once when the container is gone."""
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            try:
                return listener.accept()[0]
            except TimeoutError:
                if time.monotonic() > deadline or "is running" not in self._state():
                    raise

    def _state(self) -> str:
        """What the daemon knows of a container that did not start."""
        if self._container is None:
            return ""
        with suppress(SandboxError), daemon_errors("inspecting a container"):
            self._container.reload()
            state = self._container.attrs["State"]
            return f"; the container is {state['Status']}, exit code {state['ExitCode']} {state['Error']}".rstrip()
        return ""


def _settings(labels: Mapping[str, str], folder: Path, runtime: str | None, memory_bytes: int) -> dict[str, Any]:
    slot = int(labels[_SLOT_LABEL])
    cores = sorted(os.sched_getaffinity(0))
    uid = _FIRST_UID + (os.getpid() * 64 + slot) % _UIDS  # RLIMIT_NPROC counts per uid: no two boxes share one
    whole = memory_bytes + GUEST_OVERHEAD_BYTES
    main = f"{_MOUNTED_AT}/sandbox/guest/main.py"
    command = ["python3", "-s", "-P", "-B", main, "--connect", f"{_MOUNTED_AT}/socket", "--uid", str(uid)]
    return {
        "command": [*command, "--helper", turns_library.path()],
        "entrypoint": [],
        "environment": {"PYTHONHASHSEED": "0", "LANG": "C.UTF-8", "LD_BIND_NOW": "1"},
        "working_dir": "/",
        "user": "0:0",
        "labels": dict(labels),
        "network_mode": "none",
        "ipc_mode": "none",
        "read_only": True,
        "cap_drop": ["ALL"],
        "cap_add": ["SETUID", "SETGID", "KILL"],
        "security_opt": ["no-new-privileges"],
        "pids_limit": 64,
        "mem_limit": whole,
        "memswap_limit": whole,
        "cpuset_cpus": str(cores[slot % len(cores)]),
        "tmpfs": {"/tmp": "size=16m,nr_inodes=1k,noexec,nosuid,nodev,mode=1777"},  # noqa: S108
        "ulimits": [
            {"name": name, "soft": limit, "hard": limit}
            for name, limit in (("core", 0), ("stack", 256 << 20), ("nofile", 4096))
        ],
        "log_config": {"Type": "none"},
        "mounts": [{"Type": "bind", "Source": str(folder), "Target": _MOUNTED_AT, "ReadOnly": True}],
        "init": False,
        **({"runtime": runtime} if runtime else {}),
    }


def _unusable(error: BaseException, state: str, path: Path) -> SandboxError:
    text = f"{error}{state}"
    apart = ("bind source path does not exist", "Connection refused", "does not work there")
    if isinstance(error, TimeoutError) or any(sign in text for sign in apart):
        return SandboxUnavailableError(
            f"the Docker daemon's containers cannot reach this process ({text}). The daemon must share this "
            "machine's kernel and files: it does not when it runs in Docker Desktop's virtual machine, on another "
            "machine, or when its socket is mounted into the container this runs in. Remedies: a daemon of this "
            f"machine; TMPDIR set to a folder that it sees (now {path.parents[2]}); or the bubblewrap sandbox"
        )
    return SandboxUnavailableError(f"a container could not be started: {text}")
