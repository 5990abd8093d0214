"""What the service keeps in a run file beside the run itself: who asked for it, its events in order, how it ended."""

from __future__ import annotations

import json
from typing import Any

from codegen.runs import RunFile

_TABLES = (
    "CREATE TABLE IF NOT EXISTS service (key TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS service_events (number INTEGER PRIMARY KEY, json TEXT NOT NULL)",
)


class Journal:
    """The service's tables of an open run file. Events are numbered from 1."""

    def __init__(self, run: RunFile) -> None:
        self._run = run

    def begin(self, request: dict[str, Any]) -> None:
        """Make the tables. Once a run."""
        with self._run.transaction() as connection:
            for table in _TABLES:
                connection.execute(table)
        self.set("request", request)

    def set(self, key: str, value: Any) -> None:
        with self._run.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO service VALUES (?,?)", (key, json.dumps(value)))

    def get(self, key: str) -> Any:
        """None for what was never set."""
        found = self._run.rows("SELECT json FROM service WHERE key = ?", key)
        return json.loads(found[0][0]) if found else None

    def add_event(self, number: int, text: str) -> None:
        with self._run.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO service_events VALUES (?,?)", (number, text))

    def events(self) -> list[str]:
        """As far as they are numbered without a gap."""
        rows = self._run.rows("SELECT number, json FROM service_events ORDER BY number")
        return [text for place, (number, text) in enumerate(rows, 1) if number == place]
