from __future__ import annotations

import importlib
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sandbox import backends
from sandbox.errors import SandboxUnavailableError
from sandbox.testing import FakeSandbox


@pytest.fixture
def nothing_works(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    monkeypatch.setattr("sandbox.namespaces.bubblewrap_obstacle", lambda: "there is no bwrap")


@contextmanager
def daemon(path: Path, answer: bytes) -> Iterator[None]:
    """Somebody who listens at `path` and says `answer` to whatever comes."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(1)

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield
        thread.join()


@pytest.mark.parametrize("name", backends.BACKENDS)
def test_every_entry_of_the_table_is_there(name: str) -> None:
    module, _, attribute = backends.BACKENDS[name].partition(":")
    assert callable(getattr(importlib.import_module(module), attribute))


@pytest.mark.usefixtures("nothing_works")
def test_auto_refuses_and_names_every_remedy() -> None:
    with pytest.raises(SandboxUnavailableError) as refused:
        backends.open_sandbox()
    message = str(refused.value)
    for part in ("none.sock does not exist", "there is no bwrap", "DOCKER_HOST", "apt install bubblewrap", "unsafe"):
        assert part in message


@pytest.mark.usefixtures("nothing_works")
@pytest.mark.parametrize("name", backends.CONFINED)
def test_a_tier_asked_for_by_name_is_never_replaced(name: str) -> None:
    with pytest.raises(SandboxUnavailableError, match=f"sandbox '{name}' does not work here"):
        backends.open_sandbox(name)


def test_auto_goes_on_when_docker_answers_but_cannot_be_used(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    opened: list[tuple[str, int | None]] = []

    def make(name: str, *, slots: int | None, profile: str) -> FakeSandbox:
        opened.append((name, slots))
        if name == "docker":
            raise SandboxUnavailableError("no image")
        return FakeSandbox({})

    monkeypatch.setattr(backends, "obstacle", lambda name: None)
    monkeypatch.setattr(backends, "_open", make)
    with caplog.at_level(logging.INFO, "codesieve.sandbox"):
        backends.open_sandbox("auto", slots=3)
    assert opened == [("docker", 3), ("bubblewrap", 3)]
    assert caplog.messages == [
        'event=sandbox_chosen sandbox=bubblewrap reason="docker: no image; bubblewrap works here"'
    ]


def test_unconfined_only_when_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "unsafe" not in backends.CONFINED
    sandbox = backends.open_sandbox("unsafe", slots=1)
    assert sandbox.name == "unsafe"
    sandbox.close()


def test_a_runtime_is_docker_s() -> None:
    with pytest.raises(ValueError, match="ask for the sandbox 'docker', not 'auto'"):
        backends.open_sandbox("auto", runtime="runsc")


def test_unknown_names_are_listed() -> None:
    with pytest.raises(ValueError, match="unknown sandbox 'jail'; there are: auto, docker, bubblewrap, unsafe"):
        backends.open_sandbox("jail")


@pytest.mark.parametrize(
    ("answer", "obstacle"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK", None),
        (b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", "HTTP status 500"),
        (b"who is there\n", "does not answer"),
        (b"", "does not answer"),
    ],
)
def test_a_daemon_is_one_that_answers(
    answer: bytes, obstacle: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "docker.sock"
    monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
    with daemon(path, answer):
        found = backends.docker_obstacle()
    assert (found is None) if obstacle is None else (obstacle in (found or ""))


def test_a_daemon_elsewhere_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://example.org:2375")
    assert "tcp://example.org:2375 is not a local socket" in (backends.docker_obstacle() or "")
