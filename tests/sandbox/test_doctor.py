from __future__ import annotations

import json
import os
from typing import Any

import pytest

from sandbox import doctor
from sandbox.backends import obstacle
from sandbox.doctor import diagnose
from sandbox.errors import SandboxUnavailableError

SOUND: dict[str, Any] = {
    "uid": 20_000,
    "capabilities": "0000000000000000",
    "no_new_privs": "1",
    "seccomp": "2",
    "namespaces": {"user": "user:[1]", "pid": "pid:[2]", "net": "net:[3]", "mnt": "mnt:[4]", "ipc": "ipc:[5]"},
    "interfaces": ["lo"],
    "read_only": True,
    "kernel": os.uname().release,
}


@pytest.mark.parametrize(
    "tier",
    [
        pytest.param("docker", marks=pytest.mark.docker),
        pytest.param("bubblewrap", marks=pytest.mark.bubblewrap),
    ],
)
def test_a_confined_tier_keeps_its_promises(tier: str) -> None:
    if problem := obstacle(tier):
        pytest.skip(problem)
    found = diagnose(tier)
    assert found.ok, found.text()
    assert found.tier == tier
    facts = dict(found.facts)
    assert facts["network"] in ("lo", "no interface")
    assert facts["other namespaces"] == "own"
    assert facts["seccomp"] == "filter"
    assert "python" in found.languages
    assert json.loads(json.dumps(found.as_dict()))["ok"] is True


def test_the_plain_tier_is_called_what_it_is() -> None:
    found = diagnose("unsafe")
    assert not found.ok
    assert "isolates nothing" in found.text()


def test_a_sandbox_that_cannot_be_had_is_a_diagnosis(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str, **_: object) -> None:
        raise SandboxUnavailableError("no daemon, no bwrap")

    monkeypatch.setattr(doctor, "open_sandbox", refuse)
    monkeypatch.setattr(doctor, "obstacle", lambda name: "not there")
    found = diagnose()
    assert (found.ok, found.tier, found.problems) == (False, "", ("no daemon, no bwrap",))
    assert dict(found.facts)["docker"] == "not there"


def test_a_sound_box_has_no_problem() -> None:
    assert doctor._below_promise(SOUND) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"uid": 0}, "run as root"),
        ({"capabilities": "00000000000000c0"}, "00000000000000c0"),
        ({"no_new_privs": "0"}, "no_new_privs"),
        ({"seccomp": "0"}, "seccomp"),
        ({"namespaces": {**SOUND["namespaces"], "net": os.readlink("/proc/self/ns/net")}}, "host: net"),
        ({"interfaces": ["eth0"]}, "eth0"),
        ({"read_only": False}, "writable"),
    ],
)
def test_every_broken_promise_is_named(change: dict[str, Any], problem: str) -> None:
    (found,) = doctor._below_promise({**SOUND, **change})
    assert problem in found


@pytest.mark.docker
def test_runtimes_are_told_with_what_is_known_against_them() -> None:
    if problem := obstacle("docker"):
        pytest.skip(problem)
    found = diagnose("docker")
    facts = dict(found.facts)
    assert facts["daemon"].startswith("Docker ")
    assert facts["turns"] == "taken in C"
    assert facts["runc"][0].isdecimal()
    assert found.as_dict()["weaknesses"] == ([f"runc {facts['runc']}"] if "CVE-" in facts["runc"] else [])


@pytest.mark.docker
def test_a_container_without_limits_is_below_the_tier(monkeypatch: pytest.MonkeyPatch) -> None:
    if problem := obstacle("docker"):
        pytest.skip(problem)
    real = doctor.Pool.hello
    monkeypatch.setattr(doctor.Pool, "hello", lambda pool: {**real(pool), "limits_memory": False})
    (problem,) = diagnose("docker").problems
    assert "no cgroup limits the container's memory" in problem
