"""Recorded samples with labels, as they lie on disk -> `Recording`s, one a problem.

Read are: the CodeT folder (`data/codet`), a MultiPL-E folder (`data/codex_pool_cpp`), programs of many models with
verdicts (`data/labelled_samples`), the project's own pool files (`*.pool.jsonl[.gz]`, described in docs/selection.md)
and run files with scores (`*.sqlite`).
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.parity.samples import whole
from codegen.errors import UsageError
from codegen.inputs.asserted import read_tests
from problems.asserts import Expectation
from problems.codec import loads_problem
from problems.formats.humaneval import Row, installed_path, read_rows
from problems.formats.stub import loads_stub
from problems.problem import Call, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One problem's recorded samples.

    Attributes:
        problem: With its public tests; the laboratory looks at them only when told to.
        programs: Whole texts, in the order of the recording.
        passed: Whether each passes the hidden tests.
        tests: What the model's own test texts say.
        logprobs: Mean log-probability of a token, by sample; None where not known.
        reviews: Mean log-probability of a token of the statement given the program (the reviewer of Coder-Reviewer).
        hidden_code: Test code of the hidden tests, for programs that are changed before they are used; "" unknown.
    """

    problem: Problem
    language: str
    programs: tuple[str, ...]
    passed: tuple[bool, ...]
    tests: tuple[Expectation, ...] = ()
    logprobs: tuple[float, ...] | None = None
    reviews: tuple[float, ...] | None = None
    hidden_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedPool:
    """Attributes:
    name: "codet", "codex-cpp", "labelled", or the file's.
    evaluation_only: Its licence forbids to fit anything on it.
    """

    name: str
    recordings: tuple[Recording, ...]
    evaluation_only: bool = False


def read_pool(path: Path) -> RecordedPool:
    """The pool at `path`, a folder or a file.

    Raises:
        UsageError: Nothing there is a pool; the message says what would be. Names file, row and field of a fault.
    """
    if path.is_dir():
        for pattern, read in (
            ("*code_solution*.jsonl*", _codet),
            ("cpp.jsonl*", _multipl_e),
            ("humaneval_samples.jsonl*", _labelled),
        ):
            if found := sorted(path.glob(pattern)):
                return read(found[0])
        files = sorted(path.glob("*.pool.jsonl*"))
        if files:
            return RecordedPool(name=path.name, recordings=tuple(each for file in files for each in _own(file)))
    elif path.suffix == ".sqlite":
        from benchmarks.selection.run_pool import read_run

        return RecordedPool(name=path.name, recordings=tuple(read_run(path)))
    elif path.is_file():
        return RecordedPool(name=path.name, recordings=tuple(_own(path)))
    raise UsageError(
        f"{path} holds no pool: give a folder with CodeT's *code_solution*.jsonl.gz, MultiPL-E's cpp.jsonl.gz or "
        "*.pool.jsonl files, or a run file (.sqlite)"
    )


# -- CodeT ---------------------------------------------------------------------------------------------------------


def _codet(solutions: Path) -> RecordedPool:
    folder = solutions.parent
    tasks = {row["prompt"]: row for _, row in _rows(_only(folder, "*for_code_generation*.jsonl*"))}
    verdicts = {row["task_id"]: row["status"] for _, row in _rows(_only(folder, "*verdicts*.jsonl*"))}
    written = [row for _, row in _rows(_only(folder, "*test_case*.jsonl*"))]
    originals = _originals(folder)
    found = []
    for number, row in _rows(solutions):
        task = tasks.get(row["prompt"])
        if task is None:
            raise UsageError(f"{solutions}:{number}: field 'prompt': no such prompt in *for_code_generation*.jsonl")
        texts = [text for each in written if each["prompt"].startswith(row["prompt"]) for text in each["samples"]]
        status = verdicts[task["task_id"]]
        found.append(
            Recording(
                problem=_with_examples_of(originals[task["task_id"]], row["prompt"], task["entry_point"]),
                language="python",
                programs=tuple(row["prompt"] + sample for sample in row["samples"]),
                passed=tuple(each == "pass" for each in status),
                tests=read_tests(texts, task["entry_point"]),
                hidden_code=task["test"],
            )
        )
    found.sort(key=lambda each: _number(each.problem.id))
    return RecordedPool(name="codet", recordings=tuple(found))


def _with_examples_of(original: Row, prompt: str, entry_point: str) -> Problem:
    """What the model was asked, with the tests and the checker of the original, whose examples were removed here."""
    whole = original.problem
    asked = loads_stub(prompt, problem_id=original.task_id, name=entry_point)
    return replace(asked, public_tests=whole.public_tests, checker=whole.checker)


def _originals(folder: Path) -> dict[str, Row]:
    """HumanEval's rows by task: of the file beside the pool, or else of the package."""
    beside = folder.parent / "humaneval" / "HumanEval.jsonl.gz"
    return {row.task_id: row for row in read_rows(beside if beside.is_file() else installed_path())}


# -- MultiPL-E -----------------------------------------------------------------------------------------------------


def _multipl_e(file: Path) -> RecordedPool:
    originals = _originals(file.parent)
    found = []
    for _, row in _rows(file):
        original = originals[row["task_id"]].problem
        assert isinstance(original.interface, Call)
        interface = replace(original.interface, starter_code=row["prompt"])
        closing = "}\n" if row["tests"].startswith("}") else ""  # the tests begin with the end of the function
        found.append(
            Recording(
                problem=replace(original, interface=interface),
                language=row["language"],
                programs=tuple(f"{row['prompt']}{text}\n{closing}" for text in row["completions"]),
                passed=tuple(status == "OK" for status in row["statuses"]),
                hidden_code="",
            )
        )
    return RecordedPool(name="codex-cpp", recordings=tuple(found), evaluation_only=True)


# -- programs of many models ---------------------------------------------------------------------------------------


def _labelled(file: Path) -> RecordedPool:
    originals = _originals(file.parent)
    rows: dict[str, list[Mapping[str, Any]]] = {}
    for _, row in _rows(file):
        rows.setdefault(row["task_id"], []).append(row)
    found = []
    for task_id, samples in rows.items():
        problem = originals[task_id].problem
        interface = problem.interface
        assert isinstance(interface, Call)
        found.append(
            Recording(
                problem=problem,
                language="python",
                programs=tuple(whole(each["code"], interface.starter_code, interface.entry_point) for each in samples),
                passed=tuple(bool(each["measured_base"]) for each in samples),
            )
        )
    found.sort(key=lambda each: _number(each.problem.id))
    return RecordedPool(name="labelled", recordings=tuple(found), evaluation_only=True)


# -- the project's own ---------------------------------------------------------------------------------------------


def _own(file: Path) -> Iterator[Recording]:
    for number, row in _rows(file):
        try:
            problem = loads_problem(json.dumps(row["problem"]), path=f"{file}:{number}")
            samples = row["samples"]
            entry = problem.interface.entry_point if isinstance(problem.interface, Call) else ""
            yield Recording(
                problem=problem,
                language=row.get("language", "python"),
                programs=tuple(str(each["program"]) for each in samples),
                passed=tuple(bool(each["passed"]) for each in samples),
                tests=read_tests(row.get("tests", ()), entry) if entry else (),
                logprobs=_numbers(samples, "logprob"),
                reviews=_numbers(samples, "review"),
            )
        except (KeyError, TypeError) as error:
            raise UsageError(f"{file}:{number}: field {error} is missing or of another kind") from error


def _numbers(samples: list[Mapping[str, Any]], field: str) -> tuple[float, ...] | None:
    """None unless all samples have it."""
    values = [each.get(field) for each in samples]
    return None if None in values else tuple(float(value) for value in values if value is not None)


def _rows(path: Path) -> Iterator[tuple[int, Any]]:
    with path.open("rb") as handle:
        packed = handle.read(2) == b"\x1f\x8b"
    with gzip.open(path, "rt", encoding="utf-8") if packed else path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    yield number, json.loads(line)
                except ValueError as error:
                    raise UsageError(f"{path}:{number}: not JSON: {error}") from error


def _only(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise UsageError(f"{folder}: {len(found)} files {pattern}; a CodeT pool has one")
    return found[0]


def _number(problem_id: str) -> tuple[int, str]:
    tail = problem_id.rpartition("/")[2]
    return (int(tail), "") if tail.isdigit() else (0, problem_id)
