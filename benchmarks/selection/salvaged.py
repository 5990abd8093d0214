"""Recording -> the same after the product's repairs, with the labels that the repaired programs have."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from benchmarks.judge import prepare, score_program
from benchmarks.selection.cache import Cache
from benchmarks.selection.pools import Recording
from codegen.errors import UsageError
from codegen.salvage import salvage
from problems.hidden import HiddenTests
from problems.problem import Call
from sandbox.execution import Limits, Sandbox

_LIMITS = Limits(cpu_s=1.0, wall_s=5.0, memory_bytes=2 << 30)
"""As the pool's own labels were made: one second, two GiB."""


def salvaged(recording: Recording, cache: Cache, sandbox: Callable[[], Sandbox]) -> Recording:
    """What `codegen.salvage` makes of each program; those that it changes are judged again.

    Raises:
        UsageError: The pool does not bring its hidden tests, so changed programs cannot be labelled.
    """
    if not recording.hidden_code or not isinstance(recording.problem.interface, Call):
        raise UsageError(f"{recording.problem.id}: --salvage needs the hidden tests, and this pool brings none")
    interface = recording.problem.interface
    repaired = tuple(
        salvage(source, language=recording.language, entry_point=interface.entry_point, starter=interface.starter_code)[
            0
        ]
        for source in recording.programs
    )
    changed = {text for text, source in zip(repaired, recording.programs, strict=True) if text != source}
    labels = _labels(recording, sorted(changed), cache, sandbox) if changed else {}
    return replace(
        recording,
        programs=repaired,
        passed=tuple(labels.get(text, passed) for text, passed in zip(repaired, recording.passed, strict=True)),
    )


def _labels(recording: Recording, sources: list[str], cache: Cache, sandbox: Callable[[], Sandbox]) -> dict[str, bool]:
    group = "labels:" + _digest(f"{recording.problem.id}\0{recording.hidden_code}\0{_LIMITS}")
    known = {key: blob == b"\1" for key, blob in cache.read(group).items()}
    found = {source: known[key] for source in sources if (key := _digest(source)) in known}
    waiting = [source for source in sources if source not in found]
    if waiting:
        hidden = HiddenTests(problem_id=recording.problem.id, code=recording.hidden_code)
        paper = prepare(recording.problem, hidden)

        def judged(source: str) -> bool:
            return score_program(paper, source, recording.language, sandbox(), _LIMITS).passed

        with ThreadPoolExecutor(sandbox().slots) as executor, cache.writer(group) as store:
            for source, passed in zip(waiting, executor.map(judged, waiting), strict=True):
                found[source] = passed
                store(_digest(source), b"\1" if passed else b"\0")
    return found


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
