"""The language server with a model that says what it is told to, as slowly as it is told: for tests.

Usage: scripted_server.py SECONDS_TO_LOAD SECONDS_A_SAMPLE
"""

from __future__ import annotations

import re
import sys
import time
from dataclasses import replace

from codegen.editor.engines import Engines
from codegen.editor.options import Options
from codegen.editor.serving import serve_stdio
from codegen.engine import Engine
from codegen.models.scripted import ScriptedModel
from codegen.prompts import Prompt

BODIES = {
    "clamp": [
        "return max(low, min(x, LIMIT))",
        "return x",
        "return min(x, LIMIT) if x > 0 else 0",
        "return min(x, 10)",
    ],
    "twice": [
        "return n + n",
        "import math\n    return math.prod([n, 2])",
        "return n * n",
        "return 2 * n if n < 9 else 0",
    ],
    "spread": ["return _gap(values)\n\n\ndef _gap(values):\n    return max(values) - min(values)"],
}


class _Model(ScriptedModel):
    def __init__(self, load_s: float, sample_s: float) -> None:
        super().__init__(self._body, form="plain", batch_size=4, before=lambda _: time.sleep(sample_s))
        self._load_s = load_s

    def load(self) -> None:
        time.sleep(self._load_s)
        self._load_s = 0.0

    def _body(self, prompt: Prompt) -> str:
        bodies = BODIES[re.sub(r"\d", "", prompt.problem_id)]
        return f"    {bodies[prompt.index % len(bodies)]}\n"


class _Engines(Engines):
    def __init__(self, load_s: float, sample_s: float) -> None:
        super().__init__()
        self._times = load_s, sample_s

    def get(self, options: Options) -> Engine:
        with self._lock:
            if not self._engines:
                model = _Model(*self._times)
                settings = replace(options.settings, generated_inputs=16)
                self._engines["", "", 0] = Engine(model=model, sandbox=options.sandbox, settings=settings)
            return self._engines["", "", 0]

    def leave(self, options: Options) -> None:
        """One engine for all."""


if __name__ == "__main__":
    load, sample = map(float, sys.argv[1:])
    sys.exit(serve_stdio(Options(sandbox="bubblewrap", samples=8), _Engines(load, sample)))
