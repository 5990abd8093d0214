"""Warm engines for the connections of a server: one for all that ask for the same model, sandbox and seed."""

from __future__ import annotations

import threading
from collections import Counter

from codegen.editor.options import Options
from codegen.engine import Engine

CLOSING_S = 5.0
"""How long a server that is told to exit waits for threads that load a model."""


Key = tuple[str, str, int]


class Engines:
    """`get` the engine for options that are in `use`; it is closed when the last who uses them has `left`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._engines: dict[Key, Engine] = {}
        self._users: Counter[Key] = Counter()

    def get(self, options: Options) -> Engine:
        """Returns at once: model and sandbox are opened when first needed."""
        key = _key(options)
        with self._lock:
            if key not in self._engines:
                self._engines[key] = Engine(model=options.model, sandbox=options.sandbox, settings=options.settings)
            return self._engines[key]

    def use(self, options: Options) -> None:
        with self._lock:
            self._users[_key(options)] += 1

    def leave(self, options: Options) -> None:
        """Closing an engine takes a moment, and happens in a thread."""
        key = _key(options)
        with self._lock:
            self._users[key] -= 1
            engine = self._engines.pop(key, None) if self._users[key] <= 0 else None
        if engine is not None:
            threading.Thread(target=engine.close, name="codesieve-close", daemon=True).start()

    def close(self) -> None:
        with self._lock:
            engines = list(self._engines.values())
            self._engines.clear()
        for engine in engines:
            engine.close(CLOSING_S)


def _key(options: Options) -> Key:
    return options.model, options.sandbox, options.seed
