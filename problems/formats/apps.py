"""APPS (Hendrycks et al. 2021): the hub's JSON lines, the published folders, and rows whose JSON is not packed.

`input_output` is JSON text (on the hub) or the object itself, with `inputs`, `outputs` and, for functions that are
called, `fn_name`. A folder of the published layout holds question.txt, input_output.json, metadata.json and more.
Rows with `test_list` (MapCoder's selection) give arguments as text, one a line, and each output in a list of one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from problems.errors import ProblemError
from problems.fields import Document, Record
from problems.formats.literals import NotLiteralError, literal
from problems.formats.markdown import loads_markdown
from problems.formats.pairs import call_case, method_or_function, stdio_text
from problems.formats.places import data_file
from problems.formats.rows import OnBad, identity, packed, read, read_records, refuse
from problems.problem import Call, CheckerSpec, Difficulty, Problem, Stdio, TestCase
from problems.values import dumps

FILES = ("test.jsonl*", "train.jsonl*", "selected*.jsonl*", "*.jsonl*")
STDOUT = CheckerSpec(name="floats", absolute=1e-8, relative=1e-5)
"""As the official check: numbers as near as `numpy.allclose` wants them. Its comparison of lines as sets is left out,
since it takes wrong answers for right ones."""
_DIFFICULTIES: dict[str, Difficulty] = {"introductory": "easy", "interview": "medium", "competition": "hard"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One problem with its hidden tests and the first solution that came with it."""

    problem: Problem
    tests: tuple[TestCase, ...]
    reference: str


def read_rows(path: str | Path | None = None, *, on_bad: OnBad = refuse) -> Iterator[Row]:
    """Rows of a file, or of a folder of problem folders. Raises as `rows.read`."""
    folder = Path(path) if path is not None else None
    if folder is not None and folder.is_dir() and not any(folder.glob("*.jsonl*")):
        return read_records(_folders(folder), _row, id_field="id", on_bad=on_bad)
    file = data_file(path, FILES, hub=("codeparrot/apps", "test.jsonl"), what="APPS")
    return read(file, _row, id_field="id", on_bad=on_bad)


def read_problems(path: str | Path | None = None) -> Iterator[Problem]:
    """The problems of APPS. Raises as `read_rows`."""
    return (row.problem for row in read_rows(path))


def _folders(folder: Path) -> Iterator[Record]:
    """The published layout as rows: <folder>/0000/question.txt and so on."""
    inside = sorted(file.parent for file in folder.glob("**/question.txt"))
    if not inside:
        raise ProblemError(f"{folder}: no .jsonl file of APPS and no folder with a question.txt in it")
    for each in inside:
        names = ("input_output.json", "metadata.json", "starter_code.py", "solutions.json")
        data: dict[str, Any] = {
            "id": each.name,
            "question": (each / "question.txt").read_text(encoding="utf-8", errors="replace"),
        }
        for file in (each / name for name in names):
            if file.is_file():
                data[file.stem] = file.read_text(encoding="utf-8", errors="replace")
        yield Record(document=Document(text="", path=str(each)), place=(), data=data)


def _row(record: Record) -> Row:
    name = identity(record, "id" if "id" in record else "problem_id")
    record.data.setdefault("id", name)
    starter = record.value("starter_code", None) or ""
    if not isinstance(starter, str):
        raise record.error("a string is needed", "starter_code")
    statement = record.filled("question" if "question" in record else "description")
    if "test_list" in record:
        return _selected(record, name, statement, starter)
    pairs = packed(record, "input_output")
    if not isinstance(pairs, dict) or not isinstance(pairs.get("inputs"), list):
        raise record.error("an object with 'inputs' and 'outputs' is needed", "input_output")
    inputs, outputs = pairs["inputs"], pairs.get("outputs")
    if not isinstance(outputs, list) or len(outputs) != len(inputs) or not inputs:
        raise record.error("'inputs' and 'outputs' are lists of one length, and not empty", "input_output")
    function = pairs.get("fn_name")
    if function is not None and not isinstance(function, str):
        raise record.error("'fn_name' is a string", "input_output")
    tests = []
    for position, (given, wanted) in enumerate(zip(inputs, outputs, strict=True)):
        title = f"test {position + 1}"
        if function is not None:
            tests.append(call_case(record, given, wanted, title, "input_output", position))
        else:
            text = stdio_text(record, given, "input_output", "inputs", position)
            output = stdio_text(record, wanted, "input_output", "outputs", position)
            tests.append(TestCase(input=text, output=output, name=title))
    interface = Stdio() if function is None else _call(function, starter)
    checker = STDOUT if function is None else CheckerSpec(name="json_or_item")
    problem = _problem(record, name, statement, interface, checker)
    return Row(problem=problem, tests=tuple(tests), reference=_solution(record))


def _call(function: str, starter: str) -> Call:
    return Call(entry_point=method_or_function(starter, function), starter_code=starter)


def _problem(
    record: Record,
    name: str,
    statement: str,
    interface: Stdio | Call,
    checker: CheckerSpec,
    examples: tuple[TestCase, ...] = (),
) -> Problem:
    """The examples of a statement for standard input stand in its text."""
    if isinstance(interface, Stdio) and not examples:
        read_from_text = loads_markdown(statement, problem_id=name)
        examples = read_from_text.public_tests if isinstance(read_from_text.interface, Stdio) else ()
    difficulty = record.value("difficulty", "")
    if "metadata" in record and not difficulty:
        metadata = packed(record, "metadata")
        difficulty = metadata.get("difficulty", "") if isinstance(metadata, dict) else ""
    return Problem(
        id=name,
        statement=statement,
        interface=interface,
        public_tests=examples,
        checker=checker,
        difficulty=_DIFFICULTIES.get(str(difficulty)),
        source=record.document.path,
    )


def _solution(record: Record) -> str:
    solutions = packed(record, "solutions") if record.value("solutions", "") not in ("", None) else []
    return next((each for each in solutions if isinstance(each, str)), "") if isinstance(solutions, list) else ""


# -- rows with arguments as text ---------------------------------------------------------------------------------


def _selected(record: Record, name: str, statement: str, starter: str) -> Row:
    pairs = {field: _texts(record, field) for field in ("sample_io", "test_list")}
    if not pairs["test_list"]:
        raise record.error("no tests", "test_list")
    if not starter.strip():
        tests, examples = (
            tuple(
                TestCase(input=given, output=stdio_text(record, wanted, field, at, "output"), name=f"{title} {at + 1}")
                for at, (given, wanted) in enumerate(pairs[field])
            )
            for field, title in (("test_list", "test"), ("sample_io", "sample"))
        )
        problem = _problem(record, name, statement, Stdio(), STDOUT, examples)
        return Row(problem=problem, tests=tests, reference="")
    rows = [given.split("\n") for _, both in sorted(pairs.items()) for given, _ in both]
    columns = _columns(rows, statement)
    cases = {
        field: tuple(
            TestCase(
                input=dumps([_argument(text, bare) for text, bare in zip(given.split("\n"), columns, strict=False)]),
                output=dumps(wanted[0] if isinstance(wanted, list) and len(wanted) == 1 else wanted),
                name=f"{title} {at + 1}",
            )
            for at, (given, wanted) in enumerate(pairs[field])
        )
        for field, title in (("test_list", "test"), ("sample_io", "sample"))
    }
    function = starter.partition("def ")[2].partition("(")[0].strip()
    if not function.isidentifier():
        raise record.error("no 'def' line", "starter_code")
    problem = _problem(
        record, name, statement, _call(function, starter.lstrip("\n")), CheckerSpec(name="json"), cases["sample_io"]
    )
    return Row(problem=problem, tests=cases["test_list"], reference="")


def _texts(record: Record, field: str) -> list[tuple[str, Any]]:
    return [(each.text("input"), each.value("output")) for each in record.records(field)]


def _columns(rows: list[list[str]], statement: str) -> list[bool]:
    """For each argument whether it is bare text: not a value in every test, or quoted in the statement."""
    found = []
    for column in range(max(map(len, rows))):
        texts = {row[column] for row in rows if column < len(row)}
        quoted = any(f'"{text}"' in statement or f"'{text}'" in statement for text in texts if text)
        found.append(quoted or not all(map(_is_value, texts)))
    return found


def _is_value(text: str) -> bool:
    try:
        literal(text)
    except NotLiteralError:
        return False
    return True


def _argument(text: str, bare: bool) -> Any:
    if bare:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return literal(text)
