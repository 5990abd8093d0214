from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from sandbox.image import recipe
from sandbox.languages import LANGUAGES


def test_every_language_s_packages_are_in_every_profile() -> None:
    for profile in recipe.PROFILES:
        for language in LANGUAGES.values():
            assert set(language.packages) <= set(recipe.packages(profile))


def test_the_tag_follows_from_the_recipe(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = recipe.tag("plain")
    assert re.fullmatch(r"codesieve-sandbox:plain-[0-9a-f]{12}", before)
    assert recipe.tag("plain") == before
    assert recipe.tag("numeric").partition("-")[2] != before.partition("-")[2]
    changed = tmp_path / "trim.sh"
    changed.write_text(recipe.TRIM.read_text() + "# more\n")
    monkeypatch.setattr(recipe, "TRIM", changed)
    assert recipe.tag("plain") != before


def test_an_unknown_profile_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="unknown image profile 'big'; there are: plain, numeric"):
        recipe.tag("big")


def test_trimming_refuses_to_run_on_a_host() -> None:
    done = subprocess.run(["sh", str(recipe.TRIM)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "inside an image under construction only" in done.stderr
