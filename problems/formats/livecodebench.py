"""LiveCodeBench (Jain et al. 2024), code generation: JSON lines whose tests are JSON text, private ones mostly packed.

Packed is base 64 of zlib of a pickle of one string, and that string is the JSON text. The pickle is read by an
unpickler that can make nothing but built-in values: every class and function that it asks for is refused.
"""

from __future__ import annotations

import base64
import binascii
import io
import pickle
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, NoReturn, get_args

from problems.errors import ProblemError
from problems.fields import Record, kind, parse_json
from problems.formats.pairs import call_case, method_or_function
from problems.formats.places import data_file
from problems.formats.rows import OnBad, identity, packed, read, refuse
from problems.problem import Call, CheckerSpec, Difficulty, Problem, Stdio, TestCase

FILES = ("test.jsonl*", "*.jsonl*")
RELEASES = 6
"""Release vN of the hub's data set is the first N of its files test.jsonl, test2.jsonl, ..."""
MAX_UNPACKED = 1 << 30
_HUB = "livecodebench/code_generation_lite"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One problem with all its tests: the official run grades public and private ones."""

    problem: Problem
    tests: tuple[TestCase, ...]
    contest_date: str


def read_rows(path: str | Path | None = None, *, on_bad: OnBad = refuse) -> Iterator[Row]:
    """Rows of a file, of the files of a folder, or of a release on the hub: "release_v6", which is also the default.

    Raises:
        As `rows.read`; ProblemError also for a release that is not known.
    """
    return chain.from_iterable(read(file, _row, id_field="question_id", on_bad=on_bad) for file in _files(path))


def read_problems(path: str | Path | None = None) -> Iterator[Problem]:
    """The problems of LiveCodeBench. Raises as `read_rows`."""
    return (row.problem for row in read_rows(path))


def _files(path: str | Path | None) -> Iterator[Path]:
    release = str(path) if path is not None else f"release_v{RELEASES}"
    if release.startswith("release_v") and not Path(release).exists():
        number = release.removeprefix("release_v")
        if not number.isdecimal() or not 1 <= int(number) <= RELEASES:
            raise ProblemError(f"LiveCodeBench: version '{release}' is not known; there are release_v1 to v{RELEASES}")
        for part in range(1, int(number) + 1):
            name = f"test{part if part > 1 else ''}.jsonl"
            yield data_file(None, FILES, hub=(_HUB, name), what="LiveCodeBench")
        return
    given = Path(release)
    parts = sorted(given.glob("test*.jsonl*")) if given.is_dir() else []
    yield from parts or [data_file(given, FILES, what="LiveCodeBench")]


def unpack(text: str) -> Any:
    """Tests out of their packed form.

    Raises:
        ValueError: It is not packed so, is too large, or asks for more than a string.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"neither JSON nor base 64: {error}") from error
    unzipping = zlib.decompressobj()
    try:
        plain = unzipping.decompress(data, MAX_UNPACKED)
    except zlib.error as error:
        raise ValueError(f"base 64 of what is not zlib: {error}") from error
    if unzipping.unconsumed_tail:
        raise ValueError(f"more than {MAX_UNPACKED >> 20} MiB when unpacked")
    if not unzipping.eof:
        raise ValueError("the packed text ends too early")
    try:
        found = _StringsOnly(io.BytesIO(plain)).load()
    except (pickle.UnpicklingError, EOFError, ValueError, IndexError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a pickle of a string: {error}") from error
    if not isinstance(found, str):
        raise ValueError(f"the pickle holds {type(found).__name__}, not a string")
    return parse_json(found)


class _StringsOnly(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> NoReturn:
        raise pickle.UnpicklingError(f"it asks for {module}.{name}")

    def persistent_load(self, pid: Any) -> NoReturn:
        raise pickle.UnpicklingError(f"it asks for the object {pid!r}")


def _row(record: Record) -> Row:
    name = identity(record, "question_id")
    starter = record.text("starter_code", "")
    metadata = packed(record, "metadata") if record.value("metadata", "") else {}
    if not isinstance(metadata, dict):
        raise record.error(f"an object is needed, this is {kind(metadata)}", "metadata")
    function = metadata.get("func_name")
    if function is not None and not isinstance(function, str):
        raise record.error("'func_name' is a string", "metadata")
    public = _cases(record, "public_test_cases", packed(record, "public_test_cases"), function, "sample")
    private = _cases(record, "private_test_cases", _private(record), function, "private")
    if not public and not private:
        raise record.error("no tests", "private_test_cases")
    interface = Call(entry_point=method_or_function(starter, function), starter_code=starter) if function else Stdio()
    difficulty: Difficulty | None = next(
        (known for known in get_args(Difficulty) if known == record.text("difficulty", "")), None
    )
    title = record.text("question_title", "")
    content = record.filled("question_content")
    return Row(
        problem=Problem(
            id=name,
            statement=f"# {title}\n\n{content}" if title else content,
            interface=interface,
            public_tests=public,
            checker=CheckerSpec(name="json" if function else "decimal_lines"),
            difficulty=difficulty,
            source=record.document.path,
        ),
        tests=(*public, *private),
        contest_date=record.text("contest_date", ""),
    )


def _private(record: Record) -> Any:
    found = record.value("private_test_cases")
    if not isinstance(found, str):
        return found
    try:
        return parse_json(found)
    except ValueError:
        pass
    try:
        return unpack(found)
    except ValueError as error:
        raise record.error(str(error), "private_test_cases") from error


def _cases(record: Record, field: str, tests: Any, function: str | None, title: str) -> tuple[TestCase, ...]:
    if not isinstance(tests, list):
        raise record.error(f"a list of tests is needed, this is {kind(tests)}", field)
    found = []
    for position, test in enumerate(tests):
        if not isinstance(test, dict) or not all(isinstance(test.get(key), str) for key in ("input", "output")):
            raise record.error("an object with the strings 'input' and 'output' is needed", field, position)
        name = f"{title} {position + 1}"
        testtype = test.get("testtype", "functional" if function else "stdin")
        if testtype == "stdin" and function is None:
            found.append(TestCase(input=test["input"], output=test["output"], name=name))
        elif testtype == "functional" and function is not None:
            try:
                arguments = [parse_json(line) for line in test["input"].split("\n") if line.strip()]
                output = parse_json(test["output"])
            except ValueError as error:
                raise record.error(f"an argument that is not JSON: {error}", field, position) from error
            found.append(call_case(record, arguments, output, name, field, position))
        else:
            wanted = "no 'func_name' in metadata" if function is None else f"'func_name' {function} in metadata"
            raise record.error(f"test type '{testtype}' with {wanted}", field, position)
    return tuple(found)
