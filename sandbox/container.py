"""The Docker tier: one warm container a slot, out of the daemon's hands once it runs.

The daemon is asked to create a container, to change its memory limit and to remove it; nothing else. Programs travel
over a socket that the guest connects to through a folder mounted read-only, which also holds the guest's own code. The
folder lies in one that only this user may enter; the socket is gone from it as soon as the guest is connected.

Every container and folder names the process that made it, so that what a killed process leaves behind is found and
removed the next time.
"""

from __future__ import annotations

import os
import shutil
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.channel import BoxError, Channel
from sandbox.errors import SandboxError, SandboxUnavailableError
from sandbox.owner import Owner, sweep_folders
from sandbox.pool import Pool

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

LABEL = "codesieve.owner"
GUEST_OVERHEAD_BYTES = 32 << 20
"""What PID 1 and the program's interpreter need, on top of what the program may use."""

_MIB = 1 << 20
_FIRST_MEMORY_BYTES = 1 << 30
_FIRST_UID, _UIDS = 20_000, 40_000
_MOUNTED_AT = "/run/sbx"
_PATIENCE_S = 30.0
_GUEST_FILES = Path(__file__).parent / "guest"


class DockerSandbox(Pool):
    """See `sandbox.execution.Sandbox`.

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
        """
        super().__init__(ContainerLauncher(profile=profile, image=image, runtime=runtime), name="docker", slots=slots)


def connect() -> DockerClient:
    """A client of the daemon that DOCKER_HOST or the default socket names. Raises SandboxUnavailableError."""
    import docker
    from docker.errors import DockerException

    try:
        client = docker.from_env(timeout=120)
    except DockerException as error:
        place = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
        raise SandboxUnavailableError(
            f"no Docker daemon answers at {place} ({_reason(error)}); start it, set DOCKER_HOST, be in its group, "
            "or use the bubblewrap sandbox"
        ) from error
    if not client.api.base_url.startswith(("http+docker://", "http+unix://")):
        place = client.api.base_url
        client.close()
        raise SandboxUnavailableError(
            f"the Docker daemon at {place} is on another machine: programs are handed over as descriptors, which needs "
            "a daemon behind a local socket; unset DOCKER_HOST or use the bubblewrap sandbox"
        )
    return client


def _reason(error: BaseException) -> str:
    """The last of a chain of wrapped causes: the one that says something."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__ or error
    return str(error) or type(error).__name__


class ContainerLauncher:
    """See `sandbox.pool.Launcher`."""

    def __init__(self, *, profile: str = "plain", image: str | None = None, runtime: str | None = None) -> None:
        self._client = connect()
        self._owner = Owner.this_process()
        self._runtime = runtime
        self._probed = threading.Event()
        try:
            sweep(self._client)
            self._image = image or _image(self._client, profile)
            self._folder = self._owner.make_folder()
        except BaseException:
            self._client.close()
            raise

    def launch(self, slot: int) -> ContainerBox:
        return ContainerBox(self._client, self._image, self._owner, self._folder, slot, self._runtime)

    def close(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._client.close()


def _image(client: DockerClient, profile: str) -> str:
    from sandbox.image import ensure_image

    return ensure_image(client, profile=profile)


def sweep(client: DockerClient) -> int:
    """Remove containers and folders whose makers are dead; how many."""
    from docker.errors import DockerException

    removed = 0
    for container in client.containers.list(all=True, filters={"label": LABEL}, ignore_removed=True):
        if not Owner.parse(container.labels[LABEL]).is_dead(running=container.status == "running"):
            continue
        try:
            container.remove(force=True)
            removed += 1
        except DockerException:
            continue  # somebody else is at it
    return removed + sweep_folders()


class ContainerBox:
    """See `sandbox.job.Box`."""

    def __init__(
        self,
        client: DockerClient,
        image: str,
        owner: Owner,
        folder: Path,
        slot: int,
        runtime: str | None,
    ) -> None:
        from docker.errors import DockerException

        self._container: Container | None = None
        self._killing = threading.Lock()
        self._memory_bytes = _FIRST_MEMORY_BYTES
        self._folder = folder / str(slot)
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
                listener.settimeout(_PATIENCE_S)
                settings = _settings(owner, self._folder, slot, runtime, self._memory_bytes)
                self._container = client.containers.run(image, detach=True, **settings)
                connection, _ = listener.accept()
            path.unlink()
            self.channel = Channel(connection, patience_s=_PATIENCE_S)
            self.channel.probe()
        except (DockerException, OSError, SandboxError) as error:
            state = self._state()
            self.kill()
            raise _unusable(error, state, path) from error

    def limit_memory(self, memory_bytes: int) -> None:
        from docker.errors import DockerException

        if memory_bytes == self._memory_bytes:
            return
        assert self._container is not None, "a box that could not be made is nobody's"
        whole = memory_bytes + GUEST_OVERHEAD_BYTES
        try:
            self._container.update(mem_limit=whole, memswap_limit=whole)
        except DockerException as error:
            raise BoxError(f"the daemon refused a memory limit of {memory_bytes} bytes: {_reason(error)}") from error
        self._memory_bytes = memory_bytes

    def kill(self) -> None:
        from docker.errors import DockerException, NotFound

        with self._killing:
            if hasattr(self, "channel"):
                self.channel.close()
            container, self._container = self._container, None
            if container is None:
                return
            try:
                container.remove(force=True)
            except NotFound:
                pass
            except DockerException as error:
                raise SandboxError(
                    f"container {container.short_id} could not be removed: {_reason(error)}; "
                    "it will be at the next start"
                ) from error

    def _state(self) -> str:
        """What the daemon knows of a container that did not start."""
        from docker.errors import DockerException

        if self._container is None:
            return ""
        try:
            self._container.reload()
            state = self._container.attrs["State"]
        except DockerException:
            return ""
        return f"container is {state['Status']}, exit code {state['ExitCode']} {state['Error']}".rstrip()


def _settings(owner: Owner, folder: Path, slot: int, runtime: str | None, memory_bytes: int) -> dict[str, Any]:
    from docker.types import Mount, Ulimit

    cores = sorted(os.sched_getaffinity(0))
    uid = _FIRST_UID + (os.getpid() * 64 + slot) % _UIDS  # RLIMIT_NPROC counts per uid: no two boxes share one
    whole = memory_bytes + GUEST_OVERHEAD_BYTES
    main = f"{_MOUNTED_AT}/sandbox/guest/main.py"
    return {
        "command": ["python3", "-s", "-P", "-B", main, "--connect", f"{_MOUNTED_AT}/socket", "--uid", str(uid)],
        "entrypoint": [],
        "environment": {"PYTHONHASHSEED": "0", "LANG": "C.UTF-8"},
        "working_dir": "/",
        "user": "0:0",
        "labels": {LABEL: str(owner)},
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
            Ulimit(name="core", soft=0, hard=0),
            Ulimit(name="stack", soft=256 * _MIB, hard=256 * _MIB),
            Ulimit(name="nofile", soft=4096, hard=4096),
        ],
        "log_config": {"Type": "none"},
        "mounts": [Mount(type="bind", source=str(folder), target=_MOUNTED_AT, read_only=True)],
        "init": False,
        **({"runtime": runtime} if runtime else {}),
    }


def _unusable(error: BaseException, state: str, path: Path) -> SandboxError:
    reason = _reason(error)
    details = f"{reason}; {state}" if state else reason
    if "bind source path does not exist" in reason or "Connection refused" in reason or isinstance(error, TimeoutError):
        return SandboxUnavailableError(
            f"the Docker daemon's containers cannot reach this process ({details}). The daemon must share this "
            "machine's kernel and files: it does not when it runs in Docker Desktop's virtual machine, on another "
            "machine, or when its socket is mounted into the container this runs in. Remedies: a daemon of this "
            f"machine; TMPDIR set to a folder that it sees (now {path.parents[2]}); or the bubblewrap sandbox"
        )
    return SandboxUnavailableError(f"a container could not be started: {details}")
