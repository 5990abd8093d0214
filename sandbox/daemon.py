"""The Docker daemon: reaching it, and its client library's errors. The library is imported here and nowhere else."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sandbox.backends import daemon_place, docker_obstacle, remote_daemon
from sandbox.errors import SandboxError, SandboxUnavailableError

if TYPE_CHECKING:
    from docker import DockerClient

TIMEOUT_S = 120


def connect() -> DockerClient:
    """A client of the daemon that DOCKER_HOST or the default socket names. Raises SandboxUnavailableError."""
    import docker
    from docker.errors import DockerException

    place = daemon_place()
    if not place.startswith("unix://"):
        raise SandboxUnavailableError(f"{remote_daemon(place)}, or use the bubblewrap sandbox")
    try:
        with socket.socket(socket.AF_UNIX) as trial:  # the library forgets to close a socket that nobody answers
            trial.connect(place.removeprefix("unix://"))
        client = docker.from_env(timeout=TIMEOUT_S)
    except (DockerException, OSError) as error:
        raise SandboxUnavailableError(
            f"no Docker daemon answers at {place} ({_reason(error)}); start it, set DOCKER_HOST, add this user to the "
            "group 'docker', or use the bubblewrap sandbox"
        ) from error
    return client


@contextmanager
def daemon_errors(doing: str) -> Iterator[None]:
    """What the client library or its connection raises becomes a SandboxError that says at what it failed."""
    from docker.errors import DockerException
    from requests.exceptions import RequestException

    try:
        yield
    except (DockerException, RequestException) as error:
        raise SandboxError(f"the Docker daemon failed at {doing}: {error}") from error


def require_limits(client: DockerClient) -> None:
    """Raises SandboxUnavailableError when the daemon cannot limit what containers use (rootless ones, mostly)."""
    with daemon_errors("asking what it can limit"):
        about = client.info()
    missing = [what for key, what in (("MemoryLimit", "memory"), ("PidsLimit", "processes")) if about.get(key) is False]
    if missing:
        rootless = any("rootless" in option for option in about.get("SecurityOptions") or ())
        raise SandboxUnavailableError(
            f"the {'rootless ' if rootless else ''}Docker daemon at {daemon_place()} cannot limit "
            f"{' and '.join(missing)} (cgroup version {about.get('CgroupVersion', '1')}, driver "
            f"{about.get('CgroupDriver')}): a rootless daemon needs cgroup v2 with the controllers memory and pids "
            "delegated to its user (systemd: Delegate=yes); or use a daemon of root's, or the bubblewrap sandbox"
        )


def require_runtime(client: DockerClient, runtime: str | None) -> None:
    """Raises SandboxUnavailableError when the daemon has no such runtime."""
    if runtime is None:
        return
    with daemon_errors("asking for its runtimes"):
        known = sorted(client.info().get("Runtimes") or {})
    if runtime not in known:
        raise SandboxUnavailableError(
            f"the Docker daemon at {daemon_place()} has no runtime '{runtime}', only {', '.join(known)}: install it "
            "and name it in the daemon's configuration (/etc/docker/daemon.json, under runtimes)"
        )


def daemon_is_away(error: BaseException | None) -> bool:
    """Whether a failure came of a daemon that does not answer, rather than of what it was asked for."""
    from requests.exceptions import RequestException

    if docker_obstacle() is not None:
        return True
    while error is not None:
        # It refuses new work with an error of its own (500, 503) while it shuts down.
        if isinstance(error, RequestException) and getattr(error, "response", None) is None:
            return True
        if getattr(error, "status_code", None) in (500, 502, 503):
            return True
        error = error.__cause__
    return False


def _reason(error: BaseException) -> str:
    """The last of a chain of wrapped causes: the one that says something."""
    while cause := error.__cause__ or error.__context__:
        error = cause
    return str(error) or type(error).__name__
