from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox import turns_library
from sandbox.image import recipe
from sandbox.languages import LANGUAGES
from sandbox.profiles import PROFILES, profile_for


def test_a_profile_brings_the_packages_of_its_languages() -> None:
    for name, profile in PROFILES.items():
        assert set(profile.packages) <= set(recipe.packages(name))
        for language in profile.languages:
            assert set(LANGUAGES[language].packages) <= set(recipe.packages(name))
    assert set(PROFILES["full"].languages) == set(LANGUAGES)


def test_the_leanest_profile_that_has_the_languages_is_taken() -> None:
    assert profile_for(()) == "plain"
    assert profile_for(("cpp", "python")) == "plain"
    assert profile_for(("python", "java")) == "full"
    with pytest.raises(ValueError, match="no image profile holds cobol; there are: python, cpp"):
        profile_for(("cobol", "cpp"))


def test_the_tag_follows_from_the_recipe(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = recipe.tag("plain")
    assert re.fullmatch(r"codesieve-sandbox:plain-[0-9a-f]{12}-[0-9a-f]{6}", before)
    assert before.startswith(f"{recipe.base_tag('plain')}-")
    assert recipe.tag("plain") == before
    assert recipe.tag("numeric").partition("-")[2] != before.partition("-")[2]
    changed = tmp_path / "trim.sh"
    changed.write_text(recipe.TRIM.read_text() + "# more\n")
    monkeypatch.setattr(recipe, "TRIM", changed)
    assert recipe.tag("plain") != before


def test_what_is_prepared_is_part_of_the_recipe(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before, base = recipe.tag("plain"), recipe.base_tag("plain")
    other = replace(LANGUAGES["cpp"], prepare=("true",))
    monkeypatch.setattr(recipe, "LANGUAGES", {**LANGUAGES, "cpp": other})
    *prepared, compiled = recipe.preparations("plain")
    assert prepared == [("true",)]
    assert turns_library.path() in compiled
    assert recipe.tag("plain") != before
    assert recipe.base_tag("plain") == base
    monkeypatch.setattr(recipe, "LANGUAGES", {**LANGUAGES, "cpp": replace(other, prepare=())})
    without = recipe.tag("plain")
    changed = tmp_path / "turns.c"
    changed.write_text(turns_library.SOURCE.read_text() + "/* more */\n")
    monkeypatch.setattr(turns_library, "SOURCE", changed)
    assert turns_library.path() not in compiled
    assert recipe.tag("plain") not in (before, without)


def test_an_unknown_profile_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="unknown image profile 'big'; there are: plain, numeric, full"):
        recipe.tag("big")


def test_trimming_refuses_to_run_on_a_host() -> None:
    done = subprocess.run(["sh", str(recipe.TRIM)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "inside an image under construction only" in done.stderr
