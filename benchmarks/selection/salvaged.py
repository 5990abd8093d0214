"""Recording -> the same after the product's repairs, with the labels that the repaired programs have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from benchmarks.selection.cache import Cache
from benchmarks.selection.labels import labelled
from benchmarks.selection.pools import Recording
from codegen.errors import UsageError
from codegen.salvage import salvage
from problems.hidden import HiddenTests
from problems.problem import Call
from sandbox.execution import Sandbox


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
    hidden = HiddenTests(problem_id=recording.problem.id, code=recording.hidden_code)
    labels = labelled(recording, hidden, changed, cache, sandbox)
    return replace(
        recording,
        programs=repaired,
        passed=tuple(labels.get(text, passed) for text, passed in zip(repaired, recording.passed, strict=True)),
    )
