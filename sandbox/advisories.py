"""Published weaknesses of container runtimes, by version: named by `codesieve sandbox doctor`.

All of those listed need an image, a mount or a start-up that the attacker controls. Here images, mounts and commands
are this package's own, a container is up before the first program comes, and nothing is ever `exec`ed into it; so they
are named as a reason to upgrade, not as a promise that is broken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Advisory:
    """`fixed`: the first good version of each line of releases, oldest line first."""

    name: str
    component: str
    fixed: tuple[tuple[int, ...], ...]
    what: str


ADVISORIES = (
    Advisory(
        name="CVE-2021-30465",
        component="runc",
        fixed=((1, 0, 0),),
        what="mounts can be led out of the container by exchanged links",
    ),
    Advisory(
        name="CVE-2024-21626",
        component="runc",
        fixed=((1, 1, 12),),
        what="a descriptor of the host's root leaks into the container's start",
    ),
    *(
        Advisory(name=name, component="runc", fixed=((1, 2, 8), (1, 3, 3), (1, 4, 0)), what=what)
        for name, what in (
            ("CVE-2025-31133", "masked paths can be replaced by links while a container starts"),
            ("CVE-2025-52565", "the console's mount can be redirected while a container starts"),
            ("CVE-2025-52881", "writes to /proc can be redirected while a container starts"),
        )
    ),
)

_DISTRIBUTION = re.compile(r"\+ds|deb\d|ubuntu|\.el\d|\.fc\d|amzn|suse|alpine")


def known(component: str, version: str) -> tuple[Advisory, ...]:
    """Those that upstream's release of this version has. A version that cannot be read has none that are known."""
    found = re.match(r"v?(\d+(?:\.\d+)+)", version)
    if not found:
        return ()
    parts = tuple(int(part) for part in found[1].split("."))
    return tuple(each for each in ADVISORIES if each.component == component and not _is_fixed(each, parts))


def describe(component: str, version: str, build: str = "") -> str:
    """One line on a component: its version, and what is known against it; `build` is the distribution's own name."""
    shown = version if not build or build == version or _is_hash(build) else f"{version} ({build})"
    weaknesses = known(component, version)
    if not weaknesses:
        return shown
    names = ", ".join(each.name for each in weaknesses)
    best = ".".join(str(part) for part in max(each.fixed[-1] for each in weaknesses))
    if _DISTRIBUTION.search(f"{version} {build}"):
        return f"{shown}; upstream's release of that number has {names}; see whether this distribution's build is fixed"
    return f"{shown} is known to be vulnerable: {names}; upgrade to {best} or later"


def _is_fixed(advisory: Advisory, version: tuple[int, ...]) -> bool:
    """Fixed in its own line of releases (major and minor number), or in a line that came after all of them."""
    lines = {first[:2]: first for first in advisory.fixed}
    own = lines.get(version[:2])
    return version >= own if own else version > advisory.fixed[-1]


def _is_hash(build: str) -> bool:
    return re.fullmatch(r"[0-9a-f]{7,40}", build) is not None or re.match(r"v?[\d.]+-0-g[0-9a-f]+$", build) is not None
