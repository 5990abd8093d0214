"""Settings: checked when made, stored and read back, changes refused by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codegen.config import Settings, refuse_changes, state_dir
from codegen.errors import SettingsChangedError, UsageError
from codegen.models.base import SamplingParams


def test_settings_survive_json() -> None:
    settings = Settings(samples=5, languages=("python", "cpp"), sampling=SamplingParams(max_tokens=9, top_k=0))
    assert Settings.from_json(json.loads(json.dumps(settings.to_json()))) == settings


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"samples": 0}, "samples is 0"),
        ({"submissions": 11}, "submissions is 11"),
        ({"languages": ("cobol",)}, "cobol is not offered; choose from python, cpp"),
        ({"languages": ()}, "not offered"),
    ],
)
def test_bad_settings_are_named(bad: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Settings(**bad)  # type: ignore[arg-type]


def test_equal_settings_pass_and_nested_changes_are_named() -> None:
    refuse_changes({"a": {"b": [1, 2]}}, {"a": {"b": (1, 2)}}, path="x")
    with pytest.raises(SettingsChangedError, match=r"x was started with other settings: a\.b was 1, now 2"):
        refuse_changes({"a": {"b": 1}}, {"a": {"b": 2}}, path="x")


def test_state_dir_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert state_dir() == tmp_path / "codesieve"
