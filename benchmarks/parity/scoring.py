"""Recorded programs -> scores, by the peers in processes of their own and by this project's judge."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from benchmarks.judge import Paper, score_program, text_key
from benchmarks.parity.samples import Sample
from benchmarks.verdict import Score
from codegen.errors import UsageError
from codegen.judging import limits_for
from sandbox.backends import open_sandbox
from sandbox.execution import Limits

LIMITS = Limits(cpu_s=1.0)
"""EvalPlus's time limit for one test, where the reference is not slow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One scorer's results, in the order of the samples."""

    passed: tuple[bool, ...]
    seconds: float
    scores: tuple[Score, ...] = ()


def by_peer(peer: str, data: Path, samples: Sequence[Sample], *, workers: int) -> Scored:
    """Run one of `peers`. Raises UsageError when it is not installed or fails."""
    job = {"data": str(data), "workers": workers, "samples": [[each.task_id, each.source] for each in samples]}
    with tempfile.TemporaryDirectory(prefix="codesieve-parity-") as folder:
        path = Path(folder) / "job.json"
        path.write_text(json.dumps(job), encoding="utf-8")
        command = [sys.executable, "-m", "benchmarks.parity.peers", peer, str(path)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    found = json.loads((done.stdout.strip().splitlines() or ["{}"])[-1])
    if "passed" not in found:
        reason = found.get("failed", f"it ended with exit code {done.returncode}")
        raise UsageError(f"{peer} failed: {reason}; 'pip install codesieve[bench]' brings it")
    return Scored(passed=tuple(found["passed"]), seconds=found["seconds"])


def here(papers: Mapping[str, Paper], samples: Sequence[Sample], *, sandbox: str, label: str) -> Scored:
    """Every different program once, with full isolation; the clock runs from opening the sandbox on."""
    began = time.monotonic()
    unique = {(each.task_id, text_key(each.source, "python")): each for each in samples}
    with closing(open_sandbox(sandbox)) as box, ThreadPoolExecutor(box.slots) as threads:

        def score(sample: Sample) -> Score:
            paper = papers[sample.task_id]
            return score_program(paper, sample.source, "python", box, limits_for(paper.problem, LIMITS))

        scores = dict(zip(unique, _shown(threads.map(score, unique.values()), len(unique), label), strict=True))
    found = tuple(scores[each.task_id, text_key(each.source, "python")] for each in samples)
    return Scored(passed=tuple(s.passed for s in found), seconds=time.monotonic() - began, scores=found)


def _shown(scores: Iterator[Score], total: int, label: str) -> Iterator[Score]:
    yield from tqdm(scores, total=total, desc=label, unit="program", file=sys.stderr, disable=None)
