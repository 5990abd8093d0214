from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.errors import SandboxUnavailableError
from sandbox.image import bootstrap
from sandbox.image.bootstrap import debian_mirror

DEB822 = """\
# a comment
Types: deb deb-src
URIs: http://tools.example/apt
Suites: nodistro
Components: main

Types: deb
# moved
URIs: http://mirror.example/debian
  http://second.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /x.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
"""


@pytest.fixture
def apt(tmp_path: Path) -> Path:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "os-release").write_text('ID=debian\nVERSION_CODENAME="bookworm"\n')
    return tmp_path


def test_deb822_sources(apt: Path) -> None:
    (apt / "sources.list.d" / "debian.sources").write_text(DEB822)
    assert debian_mirror(apt, apt / "os-release") == "http://mirror.example/debian"


def test_one_line_sources(apt: Path) -> None:
    (apt / "sources.list").write_text(
        "# deb http://old.example/debian bookworm main\n"
        "deb-src http://source.example/debian bookworm main\n"
        "deb http://security.example/debian-security bookworm-security main\n"
        "deb [arch=amd64 signed-by=/x.gpg] https://mirror.example/debian bookworm main # near\n"
    )
    assert debian_mirror(apt, apt / "os-release") == "https://mirror.example/debian"


def test_sources_that_are_switched_off_do_not_count(apt: Path) -> None:
    (apt / "sources.list.d" / "debian.sources").write_text(
        "Enabled: no\nTypes: deb\nURIs: http://off.example\nSuites: bookworm\nComponents: main\n"
    )
    assert debian_mirror(apt, apt / "os-release") is None


def test_another_distribution_s_mirror_has_no_debian(apt: Path) -> None:
    (apt / "os-release").write_text("ID=ubuntu\nID_LIKE=debian\n")
    (apt / "sources.list").write_text("deb http://archive.example/ubuntu bookworm main\n")
    assert debian_mirror(apt, apt / "os-release") is None


@pytest.mark.parametrize(
    ("uid", "which", "remedy"),
    [(1000, "/usr/sbin/debootstrap", "sudo codesieve sandbox build"), (0, None, "apt install debootstrap")],
)
def test_what_is_missing_is_named(uid: int, which: str | None, remedy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: uid)
    monkeypatch.setattr("shutil.which", lambda name: which)
    with pytest.raises(SandboxUnavailableError, match=remedy), bootstrap.root_file_system(("python3",), print):
        pass


def test_a_failure_shows_the_last_words_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    failing = tmp_path / "bin"
    failing.mkdir()
    for name, text in (("unshare", 'echo "I: Retrieving x"; echo "E: no such suite"; exit 3'), ("debootstrap", "")):
        (failing / name).write_text(f"#!/bin/sh\n{text}\n")
        (failing / name).chmod(0o755)
    holder = tmp_path / "tmp"
    holder.mkdir()
    monkeypatch.setenv("PATH", str(failing), prepend=":")
    monkeypatch.setenv("TMPDIR", str(holder))
    monkeypatch.setattr("os.geteuid", lambda: 0)
    said: list[str] = []
    with (
        pytest.raises(SandboxUnavailableError, match=r"exit code 3(.|\n)*E: no such suite"),
        bootstrap.root_file_system(("python3",), said.append),
    ):
        pass
    assert "downloading packages" in said
    assert list(holder.iterdir()) == []
