"""What is in an image, and the tag that follows from it: a changed recipe is another image."""

from __future__ import annotations

import hashlib
from pathlib import Path

from sandbox import turns_library
from sandbox.languages import LANGUAGES
from sandbox.profiles import PROFILES

SUITE = "bookworm"
"""The Debian release that both ways of building start from."""

BASE_IMAGE = f"debian:{SUITE}-slim"

REPOSITORY = "codesieve-sandbox"


FOLDER = Path(__file__).parent
DOCKERFILE, TRIM = FOLDER / "Dockerfile", FOLDER / "trim.sh"


def packages(profile: str) -> tuple[str, ...]:
    """Debian packages of a profile, in a stable order. Raises ValueError for an unknown one."""
    if profile not in PROFILES:
        raise ValueError(f"unknown image profile '{profile}'; there are: {', '.join(PROFILES)}")
    chosen = PROFILES[profile]
    wanted = {name for language in chosen.languages for name in LANGUAGES[language].packages}
    return tuple(sorted(wanted.union(chosen.packages)))


def preparations(profile: str) -> tuple[tuple[str, ...], ...]:
    """Commands that are run in a new image of a profile."""
    prepared = (LANGUAGES[name].prepare for name in PROFILES[profile].languages)
    return *filter(None, prepared), turns_library.compiling(turns_library.path())


def base_tag(profile: str) -> str:
    """Name of the image with the packages alone, e.g. "codesieve-sandbox:plain-0f3c5a1b2d4e"."""
    recipe = "\n".join((SUITE, *packages(profile), DOCKERFILE.read_text(), TRIM.read_text()))
    return f"{REPOSITORY}:{profile}-{_digest(recipe)[:12]}"


def tag(profile: str) -> str:
    """Name of the image as it is used, prepared: same recipe, same tag."""
    base = base_tag(profile)
    return f"{base}-{_digest(repr(preparations(profile)))[:6]}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
