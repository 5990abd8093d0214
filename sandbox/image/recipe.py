"""What is in an image, and the tag that follows from it: a changed recipe is another image."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from sandbox.languages import LANGUAGES

SUITE = "bookworm"
"""The Debian release that both ways of building start from."""

BASE_IMAGE = f"debian:{SUITE}-slim"

REPOSITORY = "codesieve-sandbox"


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

FOLDER = Path(__file__).parent
DOCKERFILE, TRIM = FOLDER / "Dockerfile", FOLDER / "trim.sh"


def packages(profile: str) -> tuple[str, ...]:
    """Debian packages of a profile, in a stable order. Raises ValueError for an unknown one."""
    if profile not in PROFILES:
        raise ValueError(f"unknown image profile '{profile}'; there are: {', '.join(PROFILES)}")
    chosen = PROFILES[profile]
    wanted = {name for language in chosen.languages for name in LANGUAGES[language].packages}
    return tuple(sorted(wanted.union(chosen.packages)))


def profile_for(languages: Iterable[str]) -> str:
    """The leanest profile that holds all of these. Raises ValueError when there is none."""
    wanted = set(languages)
    for name, profile in PROFILES.items():
        if wanted <= set(profile.languages):
            return name
    unknown = ", ".join(sorted(wanted - set(LANGUAGES)))
    raise ValueError(f"no image profile holds {unknown}; there are: {', '.join(LANGUAGES)}")


def tag(profile: str) -> str:
    """Name of the image, e.g. "codesieve-sandbox:plain-0f3c5a1b2d4e": same recipe, same tag."""
    recipe = "\n".join((SUITE, *packages(profile), DOCKERFILE.read_text(), TRIM.read_text()))
    return f"{REPOSITORY}:{profile}-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
