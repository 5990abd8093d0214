"""One warm engine for all connections of a server, made anew when its model or its sandbox is changed."""

from __future__ import annotations

import threading

from codegen.editor.options import Options
from codegen.engine import Engine

CLOSING_S = 5.0
"""How long a server that is told to exit waits for threads that load a model."""


class Engines:
    """`get` the engine for some options; `close` them all."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._engines: dict[tuple[str, str, int], Engine] = {}

    def get(self, options: Options) -> Engine:
        """Returns at once: model and sandbox are opened when first needed."""
        key = (options.model, options.sandbox, options.seed)
        with self._lock:
            if key not in self._engines:
                self._engines[key] = Engine(model=options.model, sandbox=options.sandbox, settings=options.settings)
            return self._engines[key]

    def keep(self, options: Options) -> None:
        """Close, in a thread, all engines but the one for these options."""
        key = (options.model, options.sandbox, options.seed)
        with self._lock:
            others = [each for each in self._engines if each != key]
            closing = [self._engines.pop(each) for each in others]
        for engine in closing:
            threading.Thread(target=engine.close, name="codesieve-close", daemon=True).start()

    def close(self) -> None:
        with self._lock:
            engines = list(self._engines.values())
            self._engines.clear()
        for engine in engines:
            engine.close(CLOSING_S)
