"""What a reference solution gives on the inputs of a task: run once in the sandbox, kept in the cache."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import tempfile
import threading
from collections import defaultdict
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from codegen.models.cache import cache_dir
from problems.hidden import ReferenceTests
from problems.problem import Problem
from problems.values import loads
from sandbox.errors import SandboxError
from sandbox.execution import Execution, Grain, Limits, Program, Sandbox, Status

FORMAT = 1
LIMITS = Limits(cpu_s=60.0, wall_s=240.0, memory_bytes=4 << 30, output_bytes=256 << 20)
"""Of the reference. EvalPlus's own runs have 4 GiB, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The reference's results.

    Attributes:
        outputs: In wire form; None where the reference gave none (it ran into a limit).
        ends: How each run ended, by name of its status.
        cpu_s: That each took.
    """

    outputs: tuple[str | None, ...]
    ends: tuple[str, ...]
    cpu_s: tuple[float, ...]


_known: dict[str, Expected] = {}
_locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


def expected_outputs(problem: Problem, tests: ReferenceTests, entry_point: str, sandbox: Sandbox) -> Expected:
    """Results of the reference on all inputs; computed once, by whoever asks first.

    Raises:
        SandboxError: The host failed, or the reference does not even load.
    """
    parts = "\0".join((str(FORMAT), entry_point, tests.solution, *tests.inputs))
    key = hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()
    with _locks[key]:
        if key not in _known:
            file = cache_dir() / "references" / f"{key}.json.gz"
            found = _read(file, len(tests.inputs))
            if found is None:
                found = _run(problem, tests, entry_point, sandbox)
                _write(file, found)
            _known[key] = found
        return _known[key]


def _run(problem: Problem, tests: ReferenceTests, entry_point: str, sandbox: Sandbox) -> Expected:
    program = Program(language="python", source=tests.solution, entry_point=entry_point)
    inputs = [text.encode("utf-8", "surrogatepass") for text in tests.inputs]
    run = sandbox.run(program, inputs, LIMITS, grain=Grain.PER_BATCH)
    if not run.built or len(run.executions) < len(inputs):
        raise SandboxError(f"{problem.id}: the reference solution gave no results; the data are damaged")
    return Expected(
        outputs=tuple(_output(execution) for execution in run.executions),
        ends=tuple(execution.status.value for execution in run.executions),
        cpu_s=tuple(round(execution.cpu_s, 4) for execution in run.executions),
    )


def _output(execution: Execution) -> str | None:
    if execution.status is not Status.OK or execution.value is None:
        return None
    loads(execution.value)
    return execution.value.decode("utf-8", "surrogatepass")


def _read(file: Path, count: int) -> Expected | None:
    try:
        with gzip.open(file, "rt", encoding="utf-8") as stream:
            data = json.load(stream)
        found = Expected(**{name: tuple(values) for name, values in data.items()})
    except (OSError, EOFError, ValueError, TypeError, AttributeError):
        return None
    return found if len(found.outputs) == len(found.ends) == len(found.cpu_s) == count else None


def _write(file: Path, found: Expected) -> None:
    """Whole or not at all; a cache that cannot be written is none."""
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent)
        os.close(handle)
        with gzip.open(name, "wt", encoding="utf-8", compresslevel=1) as stream:
            json.dump(asdict(found), stream)
        Path(name).replace(file)
