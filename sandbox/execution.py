"""The sandbox's words: a program, its limits, and how one run on one input ended.

The sandbox knows nothing of problems or of right and wrong. What the guest did is data (`Status`); what the host failed
at is an exception (`sandbox.errors.SandboxError`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class Status(Enum):
    """How a run ended."""

    OK = "OK"
    NONZERO_EXIT = "NONZERO_EXIT"
    SIGNALED = "SIGNALED"
    TIME_LIMIT = "TIME_LIMIT"
    MEMORY_LIMIT = "MEMORY_LIMIT"
    OUTPUT_LIMIT = "OUTPUT_LIMIT"


class Grain(Enum):
    """How many inputs one process sees. Another process after every input, or only after a crash or a limit."""

    PER_INPUT = "per_input"
    PER_BATCH = "per_batch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Source text in a language of `sandbox.languages.LANGUAGES`.

    Attributes:
        entry_point: None: every input is standard input, and the result is what stands on standard output.
            A name (Python and C++): every input is a list of arguments in the tagged-JSON wire form (see
            `sandbox/guest/values.py`), the program is loaded once as a module, the function of that name is called,
            and `Execution.value` is what it returned, in the same form. C++ takes and gives the types of
            `sandbox/calls/calls.hpp`: numbers, bool, string, vector, tuple, pair, optional, map, set, variant, any.
        sources: Further files of the program, (name, text): they lie beside the main one when it is built and, in a
            language that is not compiled, when it runs.
        arguments: Of the command line, after the program's name.
        files: (name, content), in the working directory while it runs. A name that ends in "/" is an empty folder.
        reports: Descriptor 3 is a pipe to the host while it runs; what is written there is `Execution.report`.
    """

    language: str
    source: str
    entry_point: str | None = None
    sources: tuple[tuple[str, str], ...] = ()
    arguments: tuple[str, ...] = ()
    files: tuple[tuple[str, bytes], ...] = ()
    reports: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of one input (and, with the build limits of the language, of one build)."""

    cpu_s: float = 3.0
    wall_s: float = 10.0
    memory_bytes: int = 1 << 30
    output_bytes: int = 16 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One run of a program on one input.

    Attributes:
        exit_code: None when the process was ended by a signal or by a limit.
        signal: Number of the signal that ended it, else None.
        stdout, stderr: At most `Limits.output_bytes` together; stderr keeps its first and last 32 KiB.
        value: With an entry point, the returned value in wire form; None when it returned none (it raised, was
            killed, or its result has no wire form: then the status is NONZERO_EXIT and stderr says why).
        place: In a conversation 1 for the side that ended first, 2 for the other; where that is not known, 0.
        report: The first 64 KiB of what a program that `reports` wrote to descriptor 3.
        cpu_s, wall_s: Seconds used.
        memory_bytes: Peak.
    """

    status: Status
    exit_code: int | None = None
    signal: int | None = None
    stdout: bytes = b""
    stderr: bytes = b""
    value: bytes | None = None
    place: int = 0
    report: bytes = b""
    cpu_s: float = 0.0
    wall_s: float = 0.0
    memory_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One build, many inputs.

    Attributes:
        build: How building ended: the compiler for C++, compiling to bytecode for Python. None when nothing had to be
            built. If its status is not OK, or its exit code not 0, there are no executions.
        executions: One an input, in order; fewer when `keep_going` said stop.
    """

    build: Execution | None
    executions: tuple[Execution, ...]

    @property
    def built(self) -> bool:
        return self.build is None or self.build.status is Status.OK


class Sandbox(Protocol):
    """Runs untrusted programs. Safe to call from `slots` threads at once; a further caller waits."""

    @property
    def name(self) -> str:
        """ "docker", "bubblewrap" or what a third party calls its own."""

    @property
    def slots(self) -> int:
        """How many runs may be under way at once."""

    def run(
        self,
        program: Program,
        inputs: Sequence[bytes],
        limits: Limits,
        *,
        grain: Grain = Grain.PER_INPUT,
        keep_going: Callable[[Execution], bool] | None = None,
    ) -> Run:
        """Build once, run on each input in turn; stop early when `keep_going(execution)` is false.

        Raises:
            SandboxError: Only when the host is at fault (after retries); never for what the program did.
            ValueError: Unknown language, or an entry point with a language that has no calls.
        """

    def converse(self, program: Program, driver: Program, limits: Limits) -> tuple[Execution, Execution]:
        """Run two programs side by side, each one's standard output the other's standard input; how each ended.

        They run in boxes of their own: what `driver` knows (test code, expected values) `program` cannot reach. With an
        entry point, `program` reads a list of arguments in wire form from every line, and answers a line each:
        `{"value": wire form}`, or `{"error": "TypeName: message"}` when the call raised; what it prints goes to its
        stderr. Limits are each side's. What went over the streams is not kept: `stdout` is empty.

        When one of them cannot be built, its execution is that of its build, and the other did not run.

        Raises:
            SandboxError, ValueError: As `run`.
        """

    def close(self) -> None:
        """End everything that was started. Idempotent; a run under way in another thread raises SandboxError."""
