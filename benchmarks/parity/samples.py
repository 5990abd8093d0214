"""Recorded HumanEval programs with known verdicts: CodeT's CodeGen-16B pool, and programs of many models."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codegen.errors import UsageError

POOL = "codet/HumanEval_codegen16B_temp0.8_topp0.95_num100_max300_code_solution.jsonl.gz"
POOL_TASKS = "codet/HumanEval_for_code_generation.jsonl.gz"
POOL_VERDICTS = "codet/HumanEval_codegen16B_verdicts.jsonl.gz"
LABELLED = "labelled_samples/humaneval_samples.jsonl.gz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One program.

    Attributes:
        origin: "pool" or "labelled".
        base, plus: Whether it was recorded as passing; None where that was not measured.
    """

    task_id: str
    origin: str
    source: str
    base: bool
    plus: bool | None = None


def read_samples(data: Path, prompts: Mapping[str, tuple[str, str]], *, per_task: int) -> list[Sample]:
    """The first `per_task` programs a task of the pool, and all labelled ones.

    Args:
        data: Folder that holds `codet/` and `labelled_samples/`.
        prompts: Prompt and entry point by task.

    Raises:
        UsageError: A file is missing or damaged.
    """
    return [*_pool(data, per_task), *_labelled(data, prompts)]


def _pool(data: Path, per_task: int) -> Iterator[Sample]:
    tasks = {row["prompt"]: row["task_id"] for row in _rows(data / POOL_TASKS)}
    verdicts = {row["task_id"]: row["status"] for row in _rows(data / POOL_VERDICTS)}
    for row in _rows(data / POOL):
        task = tasks[row["prompt"]]
        for text, status in zip(row["samples"][:per_task], verdicts[task], strict=False):
            yield Sample(task_id=task, origin="pool", source=row["prompt"] + text, base=status == "pass")


def _labelled(data: Path, prompts: Mapping[str, tuple[str, str]]) -> Iterator[Sample]:
    for row in _rows(data / LABELLED):
        prompt, entry_point = prompts[row["task_id"]]
        yield Sample(
            task_id=row["task_id"],
            origin="labelled",
            source=whole(row["code"], prompt, entry_point),
            base=row["measured_base"],
            # A program that fails base fails base and plus together.
            plus=row["measured_plus"] if row["measured_base"] else False,
        )


def whole(code: str, prompt: str, entry_point: str) -> str:
    """A program that was recorded with or without what the prompt begins with."""
    if re.search(rf"^(?:async[ \t]+)?def[ \t]+{entry_point}\b", code, re.MULTILINE):
        return prompt[: prompt.index(f"def {entry_point}")] + "\n" + code
    return prompt + code


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            yield from (json.loads(line) for line in lines if line.strip())
    except (OSError, EOFError, ValueError) as error:
        raise UsageError(f"{path}: cannot be read ({error}); --data names the folder that holds it") from error
