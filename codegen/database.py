"""The SQLite file under a run: one writer, short or gathered transactions, faults in the user's terms."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from codegen.errors import RunFileError

MEMORY = ":memory:"


class Database:
    """An open file with tables of one schema.

    Args:
        lock: Descriptor that holds the writer's lock; None for a reader.
    """

    def __init__(self, path: str, connection: sqlite3.Connection, lock: int | None) -> None:
        self.path = path
        self._connection = connection
        self._lock = lock
        self._gather_s: float | None = None
        self._begun = 0.0

    def close(self) -> None:
        """What is gathered is committed."""
        try:
            self.commit()
        finally:
            with translated(self.path):
                self._connection.close()
            if self._lock is not None:  # after the database: closing any descriptor of it drops SQLite's own locks
                os.close(self._lock)
                self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing. The connection is for `benchmarks`' own tables; stages use the run file's methods."""
        with translated(self.path):
            if not self._connection.in_transaction:
                self._connection.execute("BEGIN IMMEDIATE")
                self._begun = time.monotonic()
            self._connection.execute("SAVEPOINT step")
            try:
                yield self._connection
            except BaseException:
                if self._connection.in_transaction:  # a full disk may have ended it already
                    self._connection.execute("ROLLBACK TO step")
                    self._connection.execute("RELEASE step")
                    self._connection.execute("COMMIT")
                raise
            # Outside the try: an interrupt that arrives once the step is released finds nothing to roll back to.
            self._connection.execute("RELEASE step")
            if self._gather_s is None or time.monotonic() - self._begun > self._gather_s:
                self._connection.execute("COMMIT")

    @contextmanager
    def gathered(self, seconds: float) -> Iterator[None]:
        """Transactions inside are committed together, some `seconds` of them at a time and at the end.

        A process that is killed loses at most those; each of them is still there as a whole or not at all.
        """
        self._gather_s = seconds
        try:
            yield
        finally:
            self._gather_s = None
            self.commit()

    def commit(self) -> None:
        """Make sure of what is gathered. Nothing happens when there is nothing."""
        if self._connection.in_transaction:
            with translated(self.path):
                self._connection.execute("COMMIT")

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with translated(self.path):
            return self._connection.execute(query, parameters).fetchall()

    def cursor(self, query: str) -> sqlite3.Cursor:
        """For results that are too many for `rows`; do not write while it is read."""
        with translated(self.path):
            return self._connection.execute(query)


def connect(path: str, *, write: bool, schema: str, version: int) -> tuple[sqlite3.Connection, int | None]:
    """Open, or make, a file; the connection and the writer's lock.

    Raises:
        RunFileError: Locked by another process, not a run file, of another version, or the disk is full.
    """
    lock = _lock(path) if write and path != MEMORY else None
    connection: sqlite3.Connection | None = None
    try:
        with translated(path):
            target = path if write else f"{Path(path).absolute().as_uri()}?mode=ro"
            connection = sqlite3.connect(
                target, uri=not write, timeout=2.0, isolation_level=None, check_same_thread=False
            )
            _prepare(connection, path, write=write, schema=schema, wanted=version)
    except BaseException:
        if connection is not None:
            connection.close()
        if lock is not None:
            os.close(lock)
        raise
    return connection, lock


def _lock(path: str) -> int:
    """An exclusive lock on the file, held until the descriptor is closed or the process ends."""
    try:
        Path(path).absolute().parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise RunFileError(
            f"{path}: cannot be opened for writing: {error.strerror}; choose another --run file"
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise RunFileError(
            f"{path}: in use by another codesieve process; wait for it to end, or choose another --run file"
        ) from error
    return descriptor


def _prepare(connection: sqlite3.Connection, path: str, *, write: bool, schema: str, wanted: int) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if write:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
    if version == 0 and write:
        if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise RunFileError(f"{path}: a database of another program; choose another --run file")
        connection.executescript(f"BEGIN IMMEDIATE; {schema} PRAGMA user_version = {wanted}; COMMIT;")
    elif version != wanted:
        raise RunFileError(
            f"{path}: run file of schema version {version}, this codesieve reads {wanted}; "
            "use the version that wrote it, or another --run file"
        )


@contextmanager
def translated(path: str) -> Iterator[None]:
    """SQLite's errors in the user's terms."""
    try:
        yield
    except sqlite3.Error as error:
        text = str(error)
        if "full" in text:
            advice = "the disk is full; free some room and start the same command again: nothing stored is lost"
        elif "locked" in text or "busy" in text:
            advice = "locked by another process; wait for it to end, or choose another --run file"
        elif "not a database" in text or "malformed" in text:
            advice = "not a run file, or damaged; restore it or choose another --run file"
        elif "disk I/O" in text:
            advice = "reading or writing failed (disk full or at fault?); mend that and start the same command again"
        else:
            advice = "the run file cannot be used"
        raise RunFileError(f"{path}: {advice} ({text})") from error
