"""What was executed, kept in `$XDG_CACHE_HOME/codesieve/selection.sqlite`: one row a program, zlib-packed.

A row belongs to a group, whose key changes with everything that the result depends on, so nothing is ever stale. An
interrupted run loses at most the rows of the last half second.
"""

from __future__ import annotations

import sqlite3
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_COMMIT_S = 0.5


class Cache:
    """One process at a time writes; the methods are for one thread."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._connection = sqlite3.connect(path, timeout=60.0, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS rows (grp TEXT NOT NULL, key TEXT NOT NULL, blob BLOB NOT NULL, "
            "PRIMARY KEY (grp, key)) WITHOUT ROWID"
        )

    def read(self, group: str) -> dict[str, bytes]:
        found = self._connection.execute("SELECT key, blob FROM rows WHERE grp = ?", (group,))
        return {key: zlib.decompress(blob) for key, blob in found}

    @contextmanager
    def writer(self, group: str) -> Iterator[Callable[[str, bytes], None]]:
        """A function that stores one row; rows are committed as they come, and at the end."""
        waiting: list[tuple[str, str, bytes]] = []
        last = time.monotonic()

        def flush() -> None:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany("INSERT OR REPLACE INTO rows VALUES (?, ?, ?)", waiting)
            self._connection.execute("COMMIT")
            waiting.clear()

        def store(key: str, blob: bytes) -> None:
            nonlocal last
            waiting.append((group, key, zlib.compress(blob)))
            if time.monotonic() - last > _COMMIT_S:
                flush()
                last = time.monotonic()

        try:
            yield store
        finally:
            if waiting:
                flush()

    def close(self) -> None:
        self._connection.close()
