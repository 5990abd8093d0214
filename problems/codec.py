"""Problem <-> JSON, and the folders in which problems lie.

A folder `<id>/` holds `problem.json` (everything but the statement), `statement.md`, `hidden.json` (read by
`problems.hidden` alone) and `solutions/{correct,wrong}_*.{py,cpp}`. Tests of a `Call` problem are written
as JSON structures in the wire form of `problems.values`: `{"input": [[1, 2], 3], "output": {"tuple": [1,
2]}}`; tests of a `Stdio` problem as strings.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

from problems.checkers import CHECKERS, VALUE_CHECKERS
from problems.errors import ProblemError, ProblemFormatError, ValueFormatError
from problems.fields import Document, Record
from problems.problem import Call, CheckerSpec, Difficulty, Problem, Solution, Stdio, TestCase, TestCode
from problems.values import loads

SCHEMA_VERSION = 1
LANGUAGES = {".py": "python", ".cpp": "cpp"}

_FIELDS = (
    "schema", "id", "statement", "interface", "public_tests", "test_code", "checker", "time_limit_s",
    "memory_limit_bytes", "tags", "rating", "difficulty", "source",
)  # fmt: skip


def dumps_problem(problem: Problem, *, indent: int | None = None) -> str:
    """A problem as JSON text: what `loads_problem` reads back to an equal problem."""
    interface: dict[str, Any] = {"kind": "stdio"}
    if isinstance(problem.interface, Call):
        call = problem.interface
        interface = {"kind": "call", "entry_point": call.entry_point}
        interface |= {name: getattr(call, name) for name in ("signature", "starter_code") if getattr(call, name)}
    checker = problem.checker
    data: dict[str, Any] = {
        "schema": SCHEMA_VERSION,
        "id": problem.id,
        "interface": interface,
        "statement": problem.statement,
        "public_tests": [dump_case(case, problem.interface) for case in problem.public_tests],
        "checker": {"name": checker.name, "absolute": checker.absolute, "relative": checker.relative},
    }
    for name in ("time_limit_s", "memory_limit_bytes", "rating", "difficulty"):
        if getattr(problem, name) is not None:
            data[name] = getattr(problem, name)
    if problem.test_code:
        data["test_code"] = [asdict(each) for each in problem.test_code]
    if problem.tags:
        data["tags"] = list(problem.tags)
    if problem.source:
        data["source"] = problem.source
    text = json.dumps(data, ensure_ascii=False, indent=indent)
    return text if _is_unicode(text) else json.dumps(data, indent=indent)


def loads_problem(text: str, *, path: str = "") -> Problem:
    """The problem of a JSON text. Raises ProblemFormatError with file, line and field."""
    return _problem(Document(text=text, path=path).parse())


def read_problem(path: str | Path) -> Problem:
    """The problem of a folder or of a JSON file; a statement that is not in it lies in `statement.md` beside.

    Raises:
        ProblemFormatError: The file is broken.
        ProblemError: It cannot be read.
    """
    file = Path(path)
    if file.is_dir():
        file = file / "problem.json"
    record = Document(text=read_text(file), path=str(file)).parse()
    if "statement" not in record:
        beside = file.with_name("statement.md")
        if not beside.exists():
            raise record.error(f"missing, and there is no {beside.name} beside the file", "statement")
        statement = read_text(beside)
        if not statement.strip():
            raise ProblemFormatError("the statement is empty", path=str(beside), line=1)
        record.data["statement"] = statement
    problem = _problem(record)
    if isinstance(problem.interface, Call) is not (problem.checker.name in VALUE_CHECKERS):
        needed = "'value'" if isinstance(problem.interface, Call) else "one that compares text"
        raise record.error(f"'{problem.checker.name}' does not fit the interface, which needs {needed}", "checker")
    return problem


def read_solutions(folder: str | Path) -> tuple[Solution, ...]:
    """The programs `correct_*` and `wrong_*` in a problem's folder `solutions/`, in order of their names."""
    found = []
    for file in sorted((Path(folder) / "solutions").glob("*")):
        label = file.name.partition("_")[0]
        if file.suffix not in LANGUAGES or label not in ("correct", "wrong"):
            raise ProblemError(f"{file}: a solution is named correct_*.py, wrong_*.py, correct_*.cpp or wrong_*.cpp")
        found.append(
            Solution(
                language=LANGUAGES[file.suffix],
                source=read_text(file),
                correct=label == "correct",
                name=file.name,
            )
        )
    return tuple(found)


def read_text(path: Path) -> str:
    """A UTF-8 file, CRLF turned to LF. Raises ProblemError that says why it cannot be read."""
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise ProblemError(f"{path}: no such file") from error
    except (OSError, ValueError) as error:
        raise ProblemError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ProblemFormatError(
            f"not UTF-8: byte 0x{data[error.start]:02x}; save the file as UTF-8", path=str(path), line=line
        ) from error
    return text.replace("\r\n", "\n")


def load_cases(record: Record, name: str, interface: Stdio | Call) -> tuple[TestCase, ...]:
    """The tests in the list `name`; two with the same input are refused."""
    found: dict[str, TestCase] = {}
    for each in record.records(name):
        case = _load_case(each, interface)
        if case.input in found:
            raise each.error("this input stands in the list twice; remove one", "input")
        found[case.input] = case
    return tuple(found.values())


def dump_case(case: TestCase, interface: Stdio | Call) -> dict[str, Any]:
    """One test as a JSON structure."""
    structure = json.loads if isinstance(interface, Call) else str
    data: dict[str, Any] = {"input": structure(case.input)}
    if case.output is not None:
        data["output"] = structure(case.output)
    if case.name:
        data["name"] = case.name
    return data


def check_schema(record: Record) -> None:
    """Refuse a file of another schema version."""
    version = record.integer("schema")
    if version != SCHEMA_VERSION:
        raise record.error(f"version {version} is not known; this program reads version {SCHEMA_VERSION}", "schema")


def _problem(record: Record) -> Problem:
    check_schema(record)
    record.refuse_others(*_FIELDS)
    interface = _interface(record)
    return Problem(
        id=load_id(record),
        statement=record.filled("statement"),
        interface=interface,
        public_tests=load_cases(record, "public_tests", interface),
        test_code=_test_code(record, interface),
        **load_details(record, "value" if isinstance(interface, Call) else "tokens"),
    )


def _test_code(record: Record, interface: Stdio | Call) -> tuple[TestCode, ...]:
    if "test_code" not in record:
        return ()
    if isinstance(interface, Stdio):
        raise record.error("only a function has tests that call it", "test_code")
    found = []
    for each in record.records("test_code"):
        each.refuse_others("name", "source", "functions", "modules", "context")
        code = TestCode(
            name=each.text("name"),
            source=each.text("source"),
            functions=each.texts("functions"),
            modules=each.texts("modules", []),
            context=each.text("context", ""),
        )
        found.append(code)
    return tuple(found)


def load_details(record: Record, default_checker: str) -> dict[str, Any]:
    """The fields of a `Problem` that any format may carry: checker, limits, tags, rating, difficulty, source."""
    return {
        "checker": _checker(record, default_checker),
        "time_limit_s": _time_limit(record),
        "memory_limit_bytes": _bounded(record, "memory_limit_bytes", 1, 1 << 50),
        "tags": record.texts("tags", []),
        "rating": _bounded(record, "rating", 800, 3500),
        "difficulty": _difficulty(record),
        "source": record.text("source", ""),
    }


def load_id(record: Record) -> str:
    """The field `id`, without white space in it."""
    found = record.filled("id")
    if not found.isprintable() or " " in found:
        raise record.error("an id has no white space and no control characters", "id")
    return found


def _interface(record: Record) -> Stdio | Call:
    if record.value("interface") == "stdio":
        return Stdio()
    asked = record.record("interface")
    kind = asked.text("kind")
    if kind == "stdio":
        asked.refuse_others("kind")
        return Stdio()
    if kind != "call":
        raise asked.error(f"'{kind}' is not known; it is 'stdio' or 'call'", "kind")
    asked.refuse_others("kind", "entry_point", "signature", "starter_code")
    if not asked.text("entry_point").isidentifier():
        raise asked.error(f"'{asked.text('entry_point')}' is no name of a function", "entry_point")
    return Call(
        entry_point=asked.text("entry_point"),
        signature=asked.text("signature", ""),
        starter_code=asked.text("starter_code", ""),
    )


def _load_case(record: Record, interface: Stdio | Call) -> TestCase:
    record.refuse_others("input", "output", "name")
    name = record.text("name", "")
    if isinstance(interface, Stdio):
        output = record.text("output") if "output" in record else None
        return TestCase(input=record.text("input"), output=output, name=name)
    record.items("input")
    result = _wire(record, "output") if "output" in record else None
    return TestCase(input=_wire(record, "input"), output=result, name=name)


def _wire(record: Record, name: str) -> str:
    """A JSON structure as wire text, kept as it was written (a set keeps its order)."""
    try:
        text = json.dumps(record.value(name), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        if not _is_unicode(text):
            text = json.dumps(record.value(name), separators=(",", ":"), allow_nan=False)
        loads(text)
    except (ValueFormatError, ValueError) as error:
        raise record.error(str(error), name) from error
    return text


def _checker(record: Record, default: str) -> CheckerSpec:
    if "checker" not in record:
        return CheckerSpec(name=default)
    if isinstance(record.value("checker"), str):
        return CheckerSpec(name=_checker_name(record, "checker"))
    asked = record.record("checker")
    asked.refuse_others("name", "absolute", "relative")
    tolerances = {name: asked.number(name, 0.0) for name in ("absolute", "relative")}
    for name, value in tolerances.items():
        if value < 0:
            raise asked.error(f"a tolerance is not negative, this is {value}", name)
    return CheckerSpec(name=_checker_name(asked, "name"), **tolerances)


def _checker_name(record: Record, field: str) -> str:
    name = record.text(field)
    if name not in CHECKERS:
        raise record.error(f"'{name}' is no checker; there are: {', '.join(CHECKERS)}", field)
    return name


def _time_limit(record: Record) -> float | None:
    if "time_limit_s" not in record:
        return None
    seconds = record.number("time_limit_s")
    if seconds <= 0:
        raise record.error(f"a limit is above 0, this is {seconds}", "time_limit_s")
    return seconds


def _bounded(record: Record, name: str, low: int, high: int) -> int | None:
    if name not in record:
        return None
    found = record.integer(name)
    if not low <= found <= high:
        raise record.error(f"must lie between {low} and {high}, this is {found}", name)
    return found


def _difficulty(record: Record) -> Difficulty | None:
    if "difficulty" not in record:
        return None
    asked = record.text("difficulty")
    for known in get_args(Difficulty):
        if asked == known:
            return known  # type: ignore[no-any-return]
    raise record.error(f"'{asked}' is not known; it is {', '.join(get_args(Difficulty))}", "difficulty")


def _is_unicode(text: str) -> bool:
    """False for lone surrogates, which cannot be written as UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
