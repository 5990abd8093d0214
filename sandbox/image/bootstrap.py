"""A root file system from Debian packages, without any registry: debootstrap, as root."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.errors import SandboxUnavailableError
from sandbox.image.recipe import SUITE, TRIM

Say = Callable[[str], None]

_SOURCES = Path("/etc/apt")
_RELEASE = Path("/etc/os-release")
_GENERIC_SUITES = ("stable", "oldstable", "testing")
_PHASES = {
    "Retrieving": "downloading packages",
    "Extracting": "unpacking the base system",
    "Unpacking": "unpacking packages",
    "Configuring": "configuring packages",
}
_LAST_LINES = 12


def bootstrap_obstacle() -> str | None:
    """Why debootstrap cannot be used here, with the remedy; None when it can."""
    if os.geteuid() != 0:
        return "debootstrap needs root: run `sudo codesieve sandbox build` once"
    if shutil.which("debootstrap") is None:
        return "debootstrap is not installed: run `apt install debootstrap`"
    return None


@contextmanager
def root_file_system(packages: tuple[str, ...], say: Say) -> Iterator[Path]:
    """A trimmed Debian with `packages`, in a folder that lives as long as the block.

    Raises SandboxUnavailableError with what debootstrap said last.
    """
    if problem := bootstrap_obstacle():
        raise SandboxUnavailableError(problem)
    # Not in /tmp: that is often small, or mounted so that no package can be configured there.
    holder = Path(tempfile.mkdtemp(prefix="codesieve-image-", dir=os.environ.get("TMPDIR", "/var/tmp")))  # noqa: S108
    root = holder / "root"
    try:
        _debootstrap(root, packages, say)
        shutil.copy(TRIM, root / "codesieve-image")
        _quietly(["chroot", str(root), "/bin/sh", "/codesieve-image"])
        yield root
    finally:
        shutil.rmtree(holder, ignore_errors=True)


def _debootstrap(root: Path, packages: tuple[str, ...], say: Say) -> None:
    mirror = debian_mirror()
    command = [
        # What it mounts stays in a mount namespace of its own and dies with it, however this process ends.
        *("unshare", "--mount", "--fork", "--kill-child"),
        *("debootstrap", "--variant=minbase", f"--include={','.join(packages)}", SUITE, str(root)),
        *([mirror] if mirror else []),
    ]
    say(f"debootstrap {SUITE} from {mirror or 'its default mirror'}")
    said: list[str] = []
    phase = ""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                said = [*said[-_LAST_LINES:], line.rstrip()]
                words = line.removeprefix("I: ").split(maxsplit=1)
                if words and words[0] != phase and words[0] in _PHASES:
                    phase = words[0]
                    say(_PHASES[phase])
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        raise SandboxUnavailableError(
            f"debootstrap failed (exit code {process.returncode}); it said last:\n  " + "\n  ".join(said)
        )


def _quietly(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        raise SandboxUnavailableError(f"`{' '.join(command)}` failed: {done.stderr.strip()}")


def debian_mirror(sources: Path = _SOURCES, release: Path = _RELEASE) -> str | None:
    """The mirror that this host itself installs from, when it is a Debian; else None: debootstrap's own default."""
    facts = dict(line.split("=", 1) for line in _text(release).splitlines() if "=" in line)
    if facts.get("ID", "").strip('"') != "debian":
        return None
    suites = {facts.get("VERSION_CODENAME", SUITE).strip('"'), SUITE, *_GENERIC_SUITES}
    for uri, suite, components in _entries(sources):
        if suite in suites and "main" in components and uri.startswith(("http://", "https://", "file:", "ftp://")):
            return uri
    return None


def _entries(sources: Path) -> Iterator[tuple[str, str, list[str]]]:
    """(URI, suite, components) of every binary source: the one-line form first, then deb822."""
    folder = sources / "sources.list.d"
    for path in (sources / "sources.list", *sorted(folder.glob("*.list"))):
        for line in _text(path).splitlines():
            if found := re.match(r"deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.+)", line.split("#", 1)[0].strip()):
                yield found[1], found[2], found[3].split()
    for path in sorted(folder.glob("*.sources")):
        yield from _deb822(_text(path))


def _deb822(text: str) -> Iterator[tuple[str, str, list[str]]]:
    kept = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for stanza in re.split(r"\n\s*\n", kept):
        fields: dict[str, str] = {}
        name = ""
        for line in stanza.splitlines():
            if line[:1].isspace():
                fields[name] = f"{fields.get(name, '')} {line.strip()}"
            elif ":" in line:
                name, value = line.split(":", 1)
                name = name.strip().lower()
                fields[name] = value.strip()
        if "deb" in fields.get("types", "").split() and fields.get("enabled", "yes") != "no":
            for uri in fields.get("uris", "").split():
                for suite in fields.get("suites", "").split():
                    yield uri, suite, fields.get("components", "").split()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
