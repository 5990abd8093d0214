"""EvalPlus's JSONL (Liu et al. 2023): HumanEval+ and MBPP+ rows with base and plus inputs and a reference solution.

The files hold no expected outputs: those are what the reference gives. Inputs are JSON, so MBPP's tuples and sets stand
as lists there; which task takes which type is a table, as in EvalPlus's own loader (evalplus 0.3.1, data/mbpp.py).
Files in EvalPlus's "OriginFmt" hold test code instead and are read as HumanEval and MBPP rows.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from problems import syntax
from problems.errors import ProblemFormatError, ValueFormatError
from problems.fields import Record
from problems.formats.examples import as_tests, read_examples
from problems.formats.humaneval import asked_problem
from problems.formats.places import cache_folder, data_file
from problems.formats.rows import OnBad, identity, read, refuse
from problems.formats.signature import Signature
from problems.problem import Call, Problem
from problems.values import dumps

Set = Literal["humaneval", "mbpp"]

FILES: dict[Set, tuple[str, ...]] = {
    "humaneval": ("HumanEvalPlus-v*.jsonl*", "HumanEvalPlus.jsonl*", "HumanEvalPlus-Mini*.jsonl*"),
    "mbpp": ("MbppPlus-v*.jsonl*", "MbppPlus.jsonl*"),
}
VERSIONS: dict[Set, tuple[str, ...]] = {"humaneval": ("v0.1.10", "v0.1.9"), "mbpp": ("v0.2.0",)}
"""Versions whose rules (types of inputs, special comparisons) are known here."""

_VERSION = re.compile(r"-(v\d[\w.]*?)\.jsonl")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row, its inputs in wire form (a list of arguments each), base inputs first."""

    task_id: str
    entry_point: str
    reference: str
    base_inputs: tuple[str, ...]
    plus_inputs: tuple[str, ...]
    atol: float
    problem: Problem


def located(which: Set, path: str | Path | None = None) -> Path:
    """The file: a path, a folder that holds it, or EvalPlus's own cache. Raises ProblemError."""
    name = {"humaneval": "HumanEvalPlus", "mbpp": "MbppPlus"}[which]
    cache = cache_folder("evalplus")
    kept = [cache / f"{name}-{version}.jsonl" for version in VERSIONS[which]]
    return data_file(path, FILES[which], installed=kept, what={"humaneval": "HumanEval+", "mbpp": "MBPP+"}[which])


def read_rows(which: Set, path: str | Path | None = None, *, on_bad: OnBad = refuse) -> Iterator[Row]:
    """Rows of a file of one of the two sets. Raises as `rows.read`."""
    file = located(which, path)
    version = _VERSION.search(file.name)
    if version and version[1] not in VERSIONS[which]:
        known = ", ".join(VERSIONS[which])
        on_bad(
            ProblemFormatError(
                f"version {version[1]} is not known; known are {known}: its rows are read by the newest rules",
                path=str(file),
                field="version",
            )
        )
    parse = _humaneval if which == "humaneval" else _mbpp
    return read(file, parse, id_field="task_id", on_bad=on_bad)


def read_humaneval_plus(path: str | Path | None = None) -> Iterator[Problem]:
    """The problems of HumanEval+. Raises as `read_rows`."""
    return (row.problem for row in read_rows("humaneval", path))


def read_mbpp_plus(path: str | Path | None = None) -> Iterator[Problem]:
    """The problems of MBPP+. Raises as `read_rows`."""
    return (row.problem for row in read_rows("mbpp", path))


def _humaneval(record: Record) -> Row:
    task_id = identity(record, "task_id")
    problem = asked_problem(record, task_id, record.text("prompt"), record.text("entry_point"))
    return _row(record, task_id, problem, lambda arguments: arguments)


def _mbpp(record: Record) -> Row:
    task_id = identity(record, "task_id")
    return _row(record, task_id, docstring_problem(record, task_id), _typing(task_id))


def docstring_problem(record: Record, task_id: str) -> Problem:
    """A prompt that is a docstring with asserts in it; those about plain values are the public tests."""
    prompt, entry_point = record.text("prompt"), record.text("entry_point")
    if not entry_point.isidentifier():
        raise record.error(f"'{entry_point}' is no name of a function", "entry_point")
    return asserted_problem(
        task_id, prompt.strip().strip('"').strip(), prompt, entry_point, source=record.document.path
    )


def asserted_problem(task_id: str, statement: str, starter: str, entry_point: str, *, source: str) -> Problem:
    """A function that is known by its name and by asserts in the statement, not by a `def` line."""
    anything = Signature(name=entry_point, parameters=(), required=0, variadic=True)
    tests, checker = as_tests(read_examples(statement, anything))
    return Problem(
        id=task_id,
        statement=statement,
        interface=Call(entry_point=entry_point, starter_code=starter),
        public_tests=tests,
        checker=checker,
        source=source,
    )


def _row(record: Record, task_id: str, problem: Problem, typed: Callable[[list[Any]], Any]) -> Row:
    atol = record.number("atol")
    if atol < 0:
        raise record.error(f"a tolerance is not negative, this is {atol}", "atol")
    base, plus = (_inputs(record, name, typed) for name in ("base_input", "plus_input"))
    if not base and not plus:
        raise record.error("no inputs, neither here nor in plus_input", "base_input")
    return Row(
        task_id=task_id,
        entry_point=record.text("entry_point"),
        reference=_reference(record),
        base_inputs=base,
        plus_inputs=plus,
        atol=atol,
        problem=problem,
    )


def _reference(record: Record) -> str:
    reference = record.text("prompt") + record.text("canonical_solution")
    try:
        tree = syntax.parse(reference.replace("\r\n", "\n"))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise record.error(f"behind the prompt no Python: {error}", "canonical_solution") from error
    name = record.text("entry_point")
    if not any(getattr(node, "name", getattr(node, "id", None)) == name for node in ast.walk(tree)):
        raise record.error(f"behind the prompt nothing of the name '{name}'", "canonical_solution")
    return reference


def _inputs(record: Record, name: str, typed: Callable[[list[Any]], Any]) -> tuple[str, ...]:
    if record.value(name) == {}:  # Mbpp/793 says so where it means none
        return ()
    found = []
    for position, arguments in enumerate(record.items(name)):
        if not isinstance(arguments, list):
            raise record.error("a list of arguments is needed", name, position)
        try:
            found.append(dumps(list(typed(arguments))))
        except (ValueFormatError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise record.error(f"arguments of another form than the task's: {error}", name, position) from error
    return tuple(found)


# -- which task takes which type ---------------------------------------------------------------------------------


def _tuples(value: Any, depth: int) -> Any:
    """Lists as tuples from `depth` levels further down on, one level only."""
    return tuple(value) if depth == 0 else [_tuples(item, depth - 1) for item in value]


def _tuple_of_tuples(value: Any) -> Any:
    return tuple(tuple(item) if isinstance(item, list) else item for item in value)


def _deep(value: Any) -> Any:
    return tuple(_deep(item) for item in value) if isinstance(value, list) else value


_TYPES: tuple[tuple[tuple[int, ...], Callable[[list[Any]], Any]], ...] = (
    (
        (2, 116, 132, 143, 222, 261, 273, 394, 399, 421, 424, 429, 470, 560, 579, 596, 616, 630, 726, 740, 744, 809),
        lambda given: _tuples(given, 1),
    ),
    ((63, 64, 70, 94, 120, 237, 272, 299, 400, 409, 417, 438, 473, 614, 780), lambda given: _tuples(given, 2)),
    ((75, 413, 444, 753), lambda given: [_tuples(given[0], 1), given[1]]),
    ((106, 750), lambda given: [given[0], tuple(given[1])]),
    ((115,), lambda given: [[set(item) if isinstance(item, list) and item else {} for item in given[0]]]),
    ((124,), lambda given: [float(given[0]), complex(given[1])]),
    ((250, 405, 446, 617, 720, 763, 808), lambda given: [tuple(given[0]), given[1]]),
    ((259, 401, 445), lambda given: [_tuple_of_tuples(item) for item in given]),
    ((278,), lambda given: [_tuple_of_tuples(given[0])]),
    ((307,), lambda given: [tuple(given[0]), given[1], given[2]]),
    ((722,), lambda given: [{key: tuple(value) for key, value in given[0].items()}, *given[1:]]),
    ((252,), lambda given: [complex(given[0])]),
    ((580, 615, 791), _deep),
)


def _typing(task_id: str) -> Callable[[list[Any]], Any]:
    """What makes the arguments of a task out of what JSON could hold of them."""
    number = task_id.rpartition("/")[2]
    for tasks, typed in _TYPES:
        if number in map(str, tasks):
            return typed
    return lambda arguments: arguments
