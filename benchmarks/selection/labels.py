"""Labels that a pool does not bring: each different text is run on hidden tests once, and what was seen is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tqdm import tqdm

from benchmarks.judge import prepare, score_program
from benchmarks.selection.cache import Cache
from benchmarks.selection.pools import Recording
from benchmarks.suites.evalplus import hidden_tests
from codegen.errors import UsageError
from problems.formats.evalplus import read_rows
from problems.hidden import HiddenTests
from sandbox.execution import Limits, Sandbox

LIMITS = Limits(cpu_s=1.0, wall_s=5.0, memory_bytes=2 << 30)
"""As the CodeGen-16B pool's own labels were made: one second, two GiB."""


def labelled(
    recording: Recording,
    hidden: HiddenTests,
    sources: Iterable[str],
    cache: Cache,
    sandbox: Callable[[], Sandbox],
) -> dict[str, bool]:
    """Source -> whether it passes the hidden tests of the recording's problem."""
    group = "labels:" + _digest(f"{recording.problem.id}\0{hidden!r}\0{LIMITS}")
    known = {key: blob == b"\1" for key, blob in cache.read(group).items()}
    texts = sorted(set(sources))
    found = {source: known[key] for source in texts if (key := _digest(source)) in known}
    waiting = [source for source in texts if source not in found]
    if waiting:
        paper = prepare(recording.problem, hidden)

        def judged(source: str) -> bool:
            return score_program(paper, source, recording.language, sandbox(), LIMITS).passed

        with ThreadPoolExecutor(sandbox().slots) as executor, cache.writer(group) as store:
            for source, passed in zip(waiting, executor.map(judged, waiting), strict=True):
                found[source] = passed
                store(_digest(source), b"\1" if passed else b"\0")
    return found


def by_humaneval_plus(
    recordings: Sequence[Recording], folder: Path | None, cache: Cache, sandbox: Callable[[], Sandbox]
) -> Iterator[tuple[bool, ...]]:
    """By recording the labels of HumanEval+: a sample has to pass HumanEval's own tests and the additional ones.

    Args:
        folder: With HumanEval+'s file; None: EvalPlus's own cache.

    Raises:
        UsageError: A problem is none of HumanEval's, or its programs are not in Python.
        ProblemError: There is no such file.
    """
    rows = {row.task_id: row for row in read_rows("humaneval", folder)}
    for recording in tqdm(recordings, desc="HumanEval+", unit="problem", disable=None):
        row = rows.get(recording.problem.id)
        if row is None or recording.language != "python":
            raise UsageError(f"{recording.problem.id}: HumanEval+ has no tests for it in {recording.language}")
        right = [source for source, passed in zip(recording.programs, recording.passed, strict=True) if passed]
        labels = labelled(recording, hidden_tests(row), right, cache, sandbox)
        yield tuple(labels.get(source, False) for source in recording.programs)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
