"""Which languages a sandbox offers: those whose hello program does there what it should."""

from __future__ import annotations

from sandbox.errors import SandboxError
from sandbox.execution import Limits, Sandbox
from sandbox.languages import HELLO_INPUT, LANGUAGES, said_hello

_LIMITS = Limits(cpu_s=5.0, wall_s=20.0, memory_bytes=256 << 20, output_bytes=1 << 16)
_SHOWN = 300


def try_out(sandbox: Sandbox, language: str) -> tuple[str | None, str]:
    """(version of its runtime, "") when the language is offered, else (None, reason)."""
    if language not in LANGUAGES:
        return None, f"no language '{language}'"
    try:
        run = sandbox.run(LANGUAGES[language].hello_program(), (HELLO_INPUT,), _LIMITS)
    except SandboxError as error:
        return None, str(error)
    version = said_hello(run.executions[0]) if run.executions else None
    if version is not None:
        return version, ""
    ended = run.executions[0] if run.executions else run.build
    said = ended.stderr.decode(errors="replace").strip()[-_SHOWN:] if ended else ""
    return None, f"its hello program ended with {ended.status.value if ended else 'nothing'}: {said}"
