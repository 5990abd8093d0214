from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from codegen.models import cache


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODESIEVE_CACHE", str(tmp_path / "cache"))


def test_where_the_cache_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert cache.cache_dir() == tmp_path / "cache"
    monkeypatch.delenv("CODESIEVE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache.cache_dir() == tmp_path / "xdg" / "codesieve"


def test_a_hash_is_computed_once_until_the_file_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"one")
    assert cache.known_sha256(path) == hashlib.sha256(b"one").hexdigest()
    real = cache.sha256
    monkeypatch.setattr(cache, "sha256", lambda _: pytest.fail("hashed again"))
    assert cache.known_sha256(path) == hashlib.sha256(b"one").hexdigest()
    monkeypatch.setattr(cache, "sha256", real)
    path.write_bytes(b"three")
    assert cache.known_sha256(path) == hashlib.sha256(b"three").hexdigest()


def test_a_damaged_note_is_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"one")
    cache.known_sha256(path)
    for note in (tmp_path / "cache" / "models" / "hashes").iterdir():
        note.write_bytes(b"\xff{")
    assert cache.known_sha256(path) == hashlib.sha256(b"one").hexdigest()
