"""Which sandbox: a table of tiers, and the rule of `auto`.

`auto` takes the strongest tier that works here: Docker when a local daemon answers, else bubblewrap. There is no third
choice: without either it refuses and names what to do. Running unconfined has to be asked for by name.
"""

from __future__ import annotations

import http.client
import importlib
import logging
import os
import socket
from collections.abc import Callable, Iterable
from types import MappingProxyType
from typing import cast

from sandbox.anomalies import note
from sandbox.errors import SandboxUnavailableError
from sandbox.execution import Sandbox
from sandbox.profiles import PROFILES, profile_for

BACKENDS = MappingProxyType(
    {
        "docker": "sandbox.container:DockerSandbox",
        "bubblewrap": "sandbox.namespaces:BubblewrapSandbox",
        "unsafe": "sandbox.unconfined:UnconfinedSandbox",
    }
)
"""Name -> "module:attribute", called with `slots=`. Must raise SandboxUnavailableError where it cannot work."""

CONFINED = ("docker", "bubblewrap")
"""What `auto` tries, in this order."""

_PING_S = 3.0
_DEFAULT_SOCKET = "/var/run/docker.sock"


def open_sandbox(
    name: str = "auto",
    *,
    slots: int | None = None,
    runtime: str | None = None,
    profile: str | None = None,
    languages: Iterable[str] = (),
) -> Sandbox:
    """A sandbox of the tier `name`, or of the best that works here for "auto".

    Args:
        slots: How many runs may be under way at once; None: the tier's own choice, as many as there are cores.
        runtime: One of the Docker daemon's, e.g. "runsc" for gVisor; with "docker" only.
        profile: What the image of the Docker tier holds (see `sandbox.profiles.PROFILES`); None: the leanest that
            has all `languages`. The other tiers use what is installed on this machine.

    Raises:
        SandboxUnavailableError: The message names the obstacle and the remedy for each tier tried.
        ValueError: Unknown name, profile or language, or a runtime for a tier that has none.
    """
    profile = profile or profile_for(languages)
    if profile not in PROFILES:
        raise ValueError(f"unknown image profile '{profile}'; there are: {', '.join(PROFILES)}")
    if runtime is not None and name != "docker":
        raise ValueError(f"runtime '{runtime}' is the Docker daemon's: ask for the sandbox 'docker', not '{name}'")
    if name != "auto":
        _known(name)
        if problem := obstacle(name):
            raise SandboxUnavailableError(f"sandbox '{name}' does not work here: {problem}")
        return _chosen(name, _open(name, slots=slots, runtime=runtime, profile=profile), "asked for by name")
    refused: list[str] = []
    for tier in CONFINED:
        problem = obstacle(tier)
        if problem is None:
            try:
                sandbox = _open(tier, slots=slots, profile=profile)
            except SandboxUnavailableError as error:
                problem = str(error)
            else:
                return _chosen(tier, sandbox, "; ".join([*refused, f"{tier} works here"]))
        refused.append(f"{tier}: {problem}")
    raise SandboxUnavailableError(
        "programs are run in a sandbox only, and none works here.\n"
        + "".join(f"  {line}\n" for line in refused)
        + "Remedies: start a Docker daemon that this user may use (DOCKER_HOST or the group 'docker'), or install "
        "bubblewrap (`apt install bubblewrap`). '--sandbox unsafe' runs programs as you, without any isolation."
    )


def obstacle(name: str) -> str | None:
    """What stands in the way of a tier, with the remedy; None when it seems to work. Quick: nothing is built."""
    if name == "docker":
        return docker_obstacle()
    if name == "bubblewrap":
        from sandbox.namespaces import bubblewrap_obstacle

        return bubblewrap_obstacle()
    _known(name)
    return None


def docker_obstacle() -> str | None:
    """None when a local Docker daemon answers. Asked over its socket, so that the client library need not be loaded."""
    host = daemon_place()
    scheme, _, path = host.partition("://")
    if scheme != "unix":
        return remote_daemon(host)
    try:
        answer = _ping(path)
    except FileNotFoundError:
        return f"no daemon: {path} does not exist; install and start Docker, or set DOCKER_HOST to its socket"
    except PermissionError:
        return f"no permission for {path}; add this user to the group 'docker' and log in again"
    except (OSError, http.client.HTTPException) as error:
        return f"the daemon at {path} does not answer ({error}); is it running?"
    return None if answer == 200 else f"the daemon at {path} answers with HTTP status {answer}"


def daemon_place() -> str:
    """Where the Docker daemon is: DOCKER_HOST, else the default socket. Contexts of `docker` are not read."""
    return os.environ.get("DOCKER_HOST") or f"unix://{_DEFAULT_SOCKET}"


def remote_daemon(place: str) -> str:
    """Why a daemon behind a network (tcp://, ssh://) is refused, and what to do."""
    return (
        f"DOCKER_HOST={place} is not a local socket, and programs are handed over as descriptors, which cannot be "
        "passed over a network; run codesieve on that machine, or set DOCKER_HOST to a daemon on this one (unix://...)"
    )


def _ping(path: str) -> int:
    connection = http.client.HTTPConnection("localhost", timeout=_PING_S)
    connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.sock.settimeout(_PING_S)
        connection.sock.connect(path)
        connection.request("GET", "/_ping")
        return connection.getresponse().status
    finally:
        connection.close()


def _known(name: str) -> None:
    if name not in BACKENDS:
        raise ValueError(f"unknown sandbox '{name}'; there are: auto, {', '.join(BACKENDS)}")


def _open(name: str, *, slots: int | None, profile: str, runtime: str | None = None) -> Sandbox:
    module, _, attribute = BACKENDS[name].partition(":")
    make = cast("Callable[..., Sandbox]", getattr(importlib.import_module(module), attribute))
    if name != "docker":
        return make(slots=slots)
    return make(slots=slots, profile=profile, runtime=runtime)


def _chosen(name: str, sandbox: Sandbox, reason: str) -> Sandbox:
    note("sandbox_chosen", level=logging.INFO, sandbox=name, reason=reason)
    return sandbox
