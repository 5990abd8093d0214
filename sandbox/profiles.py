"""Image profiles: which toolchains and packages an image of the Docker tier holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType

from sandbox.languages import LANGUAGES


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What an image holds: toolchains of `languages`, and `packages` (Debian's) besides."""

    languages: tuple[str, ...]
    packages: tuple[str, ...] = ()


PROFILES = MappingProxyType(
    {
        "plain": Profile(languages=("python", "cpp", "c")),
        "numeric": Profile(languages=("python", "cpp", "c"), packages=("python3-numpy",)),
        "full": Profile(languages=tuple(LANGUAGES)),
    }
)
"""By name, the leanest first. The fork server's cost grows with what programs import and an image's with what it
holds, so there is a profile for each kind of use instead of one image for all."""


def profile_for(languages: Iterable[str]) -> str:
    """The leanest profile that holds all of these. Raises ValueError when there is none."""
    wanted = set(languages)
    for name, profile in PROFILES.items():
        if wanted <= set(profile.languages):
            return name
    unknown = ", ".join(sorted(wanted - set(LANGUAGES)))
    raise ValueError(f"no image profile holds {unknown}; there are: {', '.join(LANGUAGES)}")
