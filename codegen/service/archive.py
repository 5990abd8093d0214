"""The run files of the service's clients, a folder each: made, read again, listed, removed."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from codegen.errors import CodesieveError, RunFileError
from codegen.runs import RunFile
from codegen.service.journal import Journal
from codegen.service.run import Run, State
from problems.problem import Problem

_ID = re.compile(r"[0-9]{8}-[0-9]{6}-[A-Za-z0-9._-]{1,60}-[0-9a-f]{16}")
KEPT = 2000
"""Runs whose line of the history is kept in memory."""


class Archive:
    """Files under `folder`, which belongs to one service at a time.

    Raises:
        RunFileError: The folder cannot be written, or another service has it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._summaries: dict[Path, tuple[int, dict[str, Any]]] = {}
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise RunFileError(f"{folder}: {error.strerror}; choose another --runs folder") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            raise RunFileError(f"{folder}: in use by another `codesieve serve`; choose another --runs folder") from None

    def close(self) -> None:
        os.close(self._lock)

    def new(self, client: str, request: dict[str, Any], problem: Problem, open_run: Callable[[Path], RunFile]) -> Run:
        """A queued run with a file of its own, which is open.

        Args:
            open_run: Makes the run file at a path.

        Raises:
            ModelError, RunFileError.
        """
        name = re.sub(r"[^A-Za-z0-9._]+", "-", problem.id).strip("-.")[:40] or "problem"
        run_id = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{name}-{secrets.token_hex(8)}"
        path = self.folder / client / f"{run_id}.sqlite"
        path.parent.mkdir(exist_ok=True, mode=0o700)
        file = open_run(path)
        try:
            with file.gathered(60.0):
                Journal(file).begin(request)
                file.add_problem(problem)
        except BaseException:
            file.close()
            raise
        return Run(id=run_id, client=client, path=path, request=request, file=file)

    def read(self, client: str, run_id: str) -> Run | None:
        """A run that is not under way, with its events; None where this client has none of that id."""
        path = self._path(client, run_id)
        if path is None:
            return None
        with RunFile.open_existing(path) as file:
            journal = Journal(file)
            return self._run(client, path, journal, journal.events())

    def result(self, client: str, run_id: str) -> Any:
        """What `result_of` gave when the run ended; None before."""
        path = self._path(client, run_id)
        if path is None:
            return None
        with RunFile.open_existing(path) as file:
            return Journal(file).get("result")

    def summaries(self, client: str, most: int) -> list[dict[str, Any]]:
        """Lines of the history, the newest first. Files that cannot be read are left out."""
        found = []
        for path in sorted((self.folder / client).glob("*.sqlite"), reverse=True)[:most]:
            try:
                changed = path.stat().st_mtime_ns
                known, line = self._summaries.get(path, (0, {}))
                if known != changed:
                    with RunFile.open_existing(path) as file:
                        line = self._run(client, path, Journal(file), []).summary()
                    if len(self._summaries) >= KEPT:
                        self._summaries.clear()
                    self._summaries[path] = (changed, line)
                found.append(line)
            except (CodesieveError, OSError, KeyError, TypeError):  # removed meanwhile; not one of ours
                continue
        return found

    def remove(self, client: str, run_id: str) -> bool:
        """Whether there was such a run. One that is under way must be cancelled first."""
        path = self._path(client, run_id)
        if path is None:
            return False
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        self._summaries.pop(path, None)
        return True

    def _path(self, client: str, run_id: str) -> Path | None:
        """Of a file that is there. An id from outside never reaches beyond the client's folder."""
        if not _ID.fullmatch(run_id):
            return None
        path = self.folder / client / f"{run_id}.sqlite"
        return path if path.is_file() else None

    @staticmethod
    def _run(client: str, path: Path, journal: Journal, events: list[str]) -> Run:
        return Run(
            id=path.stem,
            client=client,
            path=path,
            request=journal.get("request"),
            state=State(journal.get("state") or State.INTERRUPTED),
            events=events,
            funnel=journal.get("funnel"),
            error=journal.get("error"),
        )
