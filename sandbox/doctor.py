"""What isolation is really in force: asked of the kernel from inside a box, never concluded from what was requested."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import dataclass, field
from typing import Any

from sandbox.advisories import describe
from sandbox.backends import CONFINED, obstacle, open_sandbox
from sandbox.errors import SandboxError
from sandbox.execution import Limits, Program, Sandbox, Status
from sandbox.languages import LANGUAGES
from sandbox.pool import Pool
from sandbox.profiles import PROFILES, profile_for
from sandbox.selftest import try_out

_LIMITS = Limits(cpu_s=5.0, wall_s=20.0, memory_bytes=256 << 20, output_bytes=1 << 16)

_LOOK = Program(
    language="python",
    source="""
import json, os
status = dict(line.rstrip("\\n").split(":\\t", 1) for line in open("/proc/self/status") if ":\\t" in line)
print(json.dumps({
    "uid": os.getuid(),
    "capabilities": status["CapEff"],
    "no_new_privs": status.get("NoNewPrivs"),
    "seccomp": status.get("Seccomp"),
    "namespaces": {name: os.readlink("/proc/self/ns/" + name) for name in ("user", "pid", "net", "mnt", "ipc")},
    "interfaces": [line.split(":")[0].strip() for line in list(open("/proc/net/dev"))[2:]],
    "read_only": bool(os.statvfs("/").f_flag & os.ST_RDONLY),
    "kernel": os.uname().release,
}))
""",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What was found.

    Attributes:
        tier: "docker", "bubblewrap", "unsafe", or "" when none works.
        facts: (what, how it is), in the order to be shown.
        languages: Name -> version of its runtime, for those whose hello program does what it should.
        weaknesses: Published ones of a component's version, which do not break a promise by themselves.
        problems: What is below the tier's promises, or keeps it from working; empty: all is as it should be.
    """

    tier: str
    facts: tuple[tuple[str, str], ...] = ()
    languages: dict[str, str] = field(default_factory=dict)
    weaknesses: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.problems

    def text(self) -> str:
        """For people: a fact a line, problems last."""
        lines = [f"{what:<18} {how}" for what, how in self.facts]
        lines += [f"{'problem':<18} {problem}" for problem in self.problems]
        return "\n".join([f"{'sandbox':<18} {self.tier or 'none'}", *lines])

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "sandbox": self.tier or None,
            "ok": self.ok,
            "facts": dict(self.facts),
            "languages": dict(self.languages),
            "weaknesses": list(self.weaknesses),
            "problems": list(self.problems),
        }


def diagnose(name: str = "auto", *, profile: str | None = None, runtime: str | None = None) -> Diagnosis:
    """Open the sandbox `name` and look at it from inside. What cannot be opened is a diagnosis too, not an error.

    Raises ValueError for an unknown name, or a runtime for another tier than Docker's.
    """
    facts = [("kernel", f"{platform.system()} {platform.release()} {platform.machine()}")]
    tiers = CONFINED if name == "auto" else (name,)
    facts += [(tier, obstacle(tier) or "can be used") for tier in tiers]
    try:
        sandbox = open_sandbox(name, slots=1, profile=profile, runtime=runtime)
    except SandboxError as error:
        return Diagnosis(tier="", facts=tuple(facts), problems=(str(error),))
    try:
        return _examine(sandbox, facts, profile or "plain", runtime)
    except SandboxError as error:
        return Diagnosis(tier=sandbox.name, facts=tuple(facts), problems=(str(error),))
    finally:
        sandbox.close()


def _examine(sandbox: Sandbox, facts: list[tuple[str, str]], profile: str, runtime: str | None) -> Diagnosis:
    problems: list[str] = []
    if sandbox.name == "docker":
        facts += _daemon_facts(profile, runtime)
    if sandbox.name == "bubblewrap":
        facts += _bubblewrap_facts()
    if isinstance(sandbox, Pool):
        hello = sandbox.hello()
        facts += _guest_facts(hello)
        problems += sandbox.check()
        if sandbox.name == "docker" and not hello.get("limits_memory"):
            problems.append("no cgroup limits the container's memory: the kernel or the daemon does not let it")
    seen = _look(sandbox)
    facts += _seen_facts(seen)
    if sandbox.name in CONFINED:
        problems += _below_promise(seen)
    else:
        problems.append(f"'{sandbox.name}' isolates nothing: programs run with all the rights of uid {os.getuid()}")
    languages: dict[str, str] = {}
    for language in LANGUAGES:
        if sandbox.name == "docker" and language not in PROFILES[profile].languages:
            facts.append((language, f"in the image profile '{profile_for([language])}'"))
            continue
        version, reason = try_out(sandbox, language)
        if version is not None:
            languages[language] = version
        facts.append((language, version or f"not offered: {reason}"))
    return Diagnosis(
        tier=sandbox.name,
        facts=tuple(facts),
        languages=languages,
        weaknesses=tuple(f"{name} {how}" for name, how in facts if "CVE-" in how),
        problems=tuple(problems),
    )


def _daemon_facts(profile: str, runtime: str | None) -> list[tuple[str, str]]:
    from sandbox.daemon import connect, daemon_errors
    from sandbox.image.recipe import tag

    with daemon_errors("asking for its version"):
        client = connect()
        try:
            about, versions = client.info(), client.version()
        finally:
            client.close()
    parts = {part["Name"]: part for part in versions.get("Components") or ()}
    facts = [
        ("daemon", f"Docker {about.get('ServerVersion')}"),
        ("runtime", runtime or f"{about.get('DefaultRuntime')}, the default"),
        ("runtimes", ", ".join(sorted(about.get("Runtimes") or {}))),
        ("daemon's cgroups", f"version {about.get('CgroupVersion', '1')}, driver {about.get('CgroupDriver')}"),
        ("daemon's security", ", ".join(about.get("SecurityOptions") or ()) or "no options"),
    ]
    for name in ("containerd", "runc", "crun"):
        if part := parts.get(name):
            build = (part.get("Details") or {}).get("GitCommit", "")
            facts.append((name, describe(name, part["Version"], build)))
    return [*facts, ("image", tag(profile))]


def _bubblewrap_facts() -> list[tuple[str, str]]:
    from sandbox import bubblewrap

    path = bubblewrap.binary() or ""
    version = ".".join(str(part) for part in bubblewrap.version(path))
    return [("binary", f"{path} {version}"), ("interpreter", bubblewrap.interpreter())]


def _guest_facts(hello: dict[str, Any]) -> list[tuple[str, str]]:
    meter = str(hello.get("meter"))
    accounting = (
        f"{meter}: the kernel counts and limits memory and processor time of the whole box"
        if hello.get("limits_memory")
        else f"{meter}: no cgroup can be had; PID 1 sums up the processes' memory as they run, rlimits behind it"
    )
    landlock = hello.get("landlock") or 0
    return [
        ("accounting", accounting),
        ("turns", "taken in C" if hello.get("helper") else "taken in Python: this box has no compiled helper"),
        ("landlock", f"version {landlock}" if landlock else "not in this kernel"),
    ]


def _look(sandbox: Sandbox) -> dict[str, Any]:
    run = sandbox.run(_LOOK, (b"",), _LIMITS)
    if not run.executions or run.executions[0].status is not Status.OK:
        failed = run.executions[0] if run.executions else run.build
        raise SandboxError(f"a program that looks around in the box failed: {failed}")
    seen: dict[str, Any] = json.loads(run.executions[0].stdout)
    return seen


def _seen_facts(seen: dict[str, Any]) -> list[tuple[str, str]]:
    shared = _shared_namespaces(seen)
    others = ", ".join(name for name in shared if name != "user")
    return [
        ("programs run as", f"uid {seen['uid']}, capabilities {seen['capabilities']}"),
        ("no new privileges", "yes" if seen["no_new_privs"] == "1" else "no"),
        ("seccomp", "filter" if seen["seccomp"] == "2" else f"mode {seen['seccomp']}"),
        ("user namespace", "shared with the host" if "user" in shared else "own"),
        ("other namespaces", f"shared with the host: {others}" if others else "own"),
        ("network", ", ".join(seen["interfaces"]) or "no interface"),
        ("root file system", "read-only" if seen["read_only"] else "writable"),
    ]


def _shared_namespaces(seen: dict[str, Any]) -> list[str]:
    own = {name: os.readlink(f"/proc/self/ns/{name}") for name in seen["namespaces"]}
    # Another kernel (gVisor) numbers its namespaces itself: equal numbers mean nothing there.
    if seen["kernel"] != os.uname().release:
        return []
    return [name for name, number in seen["namespaces"].items() if number == own[name]]


def _below_promise(seen: dict[str, Any]) -> list[str]:
    """What every confined tier promises, and this box does not keep."""
    shared = [name for name in _shared_namespaces(seen) if name != "user"]
    broken = {
        "programs run as root": seen["uid"] == 0,
        f"programs have capabilities: {seen['capabilities']}": int(seen["capabilities"], 16) != 0,
        "programs can gain privileges (no_new_privs is off)": seen["no_new_privs"] != "1",
        "no seccomp filter is in force": seen["seccomp"] != "2",
        f"namespaces shared with the host: {', '.join(shared)}": bool(shared),
        f"network interfaces: {', '.join(seen['interfaces'])}": bool(set(seen["interfaces"]) - {"lo"}),
        "the root file system is writable": not seen["read_only"],
    }
    return [problem for problem, found in broken.items() if found]
