"""Where downloads and converted models are kept."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from codegen.errors import ModelError

_BLOCK = 1 << 22


def cache_dir() -> Path:
    """`CODESIEVE_CACHE` where it is set, else the user's cache folder for codesieve."""
    if named := os.environ.get("CODESIEVE_CACHE"):
        return Path(named).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("codesieve"))


def models_dir() -> Path:
    """The part of the cache that holds models; made where it is missing.

    Raises:
        ModelError: It cannot be made.
    """
    folder = cache_dir() / "models"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ModelError(
            f"the cache folder {folder} cannot be made ({error.strerror}); "
            "set CODESIEVE_CACHE to a folder you may write"
        ) from error
    return folder


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold a lock file, so that two processes never write the same thing; the second one waits."""
    import fcntl

    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def sha256(path: Path) -> str:
    """Of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while block := handle.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def known_sha256(path: Path) -> str:
    """The same, remembered in the cache while the file's size and time of change stay what they were."""
    path = path.resolve()
    status = path.stat()
    state = [str(path), status.st_size, status.st_mtime_ns]
    notes = models_dir() / "hashes"
    note = notes / f"{hashlib.sha256(str(path).encode()).hexdigest()}.json"
    try:
        stored = json.loads(note.read_text(encoding="utf-8"))
        if stored["state"] == state:
            return str(stored["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        pass  # never seen, or unreadable: hashed anew
    digest = sha256(path)
    notes.mkdir(exist_ok=True)
    fresh = note.with_suffix(f".{os.getpid()}")
    fresh.write_text(json.dumps({"state": state, "sha256": digest}), encoding="utf-8")
    fresh.replace(note)
    return digest
