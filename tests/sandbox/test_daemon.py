"""Which daemons are taken, which are refused and why, and how a failure is told from an absence."""

from __future__ import annotations

from typing import Any, cast

import pytest
from docker.errors import APIError
from requests import Response
from requests.exceptions import ConnectionError as NoConnectionError

from sandbox import daemon
from sandbox.daemon import connect, daemon_errors, daemon_is_away, require_limits, require_runtime
from sandbox.errors import SandboxError, SandboxUnavailableError


class Client:
    def __init__(self, **about: Any) -> None:
        self.about = about

    def info(self) -> dict[str, Any]:
        return self.about


def test_a_daemon_that_limits_is_taken() -> None:
    require_limits(cast("Any", Client(MemoryLimit=True, PidsLimit=True)))


def test_a_rootless_daemon_without_limits_is_refused_with_the_remedy() -> None:
    rootless = Client(
        MemoryLimit=False, PidsLimit=False, SecurityOptions=["name=rootless"], CgroupVersion="1", CgroupDriver="none"
    )
    with pytest.raises(SandboxUnavailableError) as refused:
        require_limits(cast("Any", rootless))
    for part in ("the rootless Docker daemon", "memory and processes", "cgroup v2", "Delegate=yes", "bubblewrap"):
        assert part in str(refused.value)


def test_a_runtime_that_the_daemon_does_not_have_is_refused_with_those_it_has() -> None:
    client = cast("Any", Client(Runtimes={"runc": {}, "io.containerd.runc.v2": {}}))
    require_runtime(client, None)
    require_runtime(client, "runc")
    with pytest.raises(SandboxUnavailableError, match=r"no runtime 'runsc', only io.containerd.runc.v2, runc"):
        require_runtime(client, "runsc")


@pytest.mark.parametrize("place", ["tcp://example.org:2375", "ssh://somebody@example.org", "http://example.org"])
def test_a_daemon_behind_a_network_is_refused(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", place)
    with pytest.raises(SandboxUnavailableError, match=r"is not a local socket.*or use the bubblewrap sandbox"):
        connect()


def _failure(cause: Exception) -> SandboxError:
    with pytest.raises(SandboxError) as failed, daemon_errors("something"):
        raise cause
    return failed.value


def _status(code: int) -> APIError:
    response = Response()
    response.status_code = code
    return APIError("no", response=response)


@pytest.mark.parametrize(
    ("cause", "away"), [(NoConnectionError("aborted"), True), (_status(503), True), (_status(404), False)]
)
def test_absence_and_refusal(cause: Exception, away: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon, "docker_obstacle", lambda: None)
    assert daemon_is_away(_failure(cause)) is away
    monkeypatch.setattr(daemon, "docker_obstacle", lambda: "no daemon")
    assert daemon_is_away(_failure(cause))
