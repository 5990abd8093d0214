"""Markdown statement -> problem: `Stdio` with its Input/Output examples, or `Call` around a Python stub in it.

YAML front matter may stand first; limits are taken from it or from the text ("time limit per test: 2
seconds").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from problems.codec import load_details, load_id
from problems.errors import ProblemFormatError
from problems.fields import Document, Place, Record
from problems.formats.examples import as_tests, read_examples
from problems.formats.samples import Block, blocks_of, read_samples
from problems.formats.stub import loads_stub, looks_like_stub, signature_of
from problems.problem import Call, Problem, Stdio

_FIELDS = ("id", "title", "checker", "tags", "rating", "difficulty", "time_limit", "memory_limit", "source")
_FRONT = re.compile(r"\ufeff?---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*$\n?", re.DOTALL | re.MULTILINE)
_MAX_FRONT = 10_000
_PYTHON = ("", "py", "python", "python3")
_TIME_UNITS = {"ms": 0.001, "millisecond": 0.001, "s": 1.0, "sec": 1.0, "second": 1.0, "minute": 60.0, "min": 60.0}
_MEMORY_UNITS = {
    "b": 1,
    "byte": 1,
    "k": 1 << 10,
    "kilobyte": 1 << 10,
    "m": 1 << 20,
    "megabyte": 1 << 20,
    "g": 1 << 30,
    "gigabyte": 1 << 30,
}
_TIME = r"(\d+(?:\.\d+)?)\s*(ms|milliseconds?|s|secs?|seconds?|min|minutes?)\b"
_MEMORY = r"(\d+(?:\.\d+)?)\s*(bytes?|[kmg]i?b?|kilobytes?|megabytes?|gigabytes?)\b"
_SAID_TIME = re.compile(r"time[ \t-]+limit(?:\s+per\s+test(?:\s+case)?)?\W{0,20}" + _TIME, re.IGNORECASE)
_SAID_MEMORY = re.compile(r"memory[ \t-]+limit(?:\s+per\s+test(?:\s+case)?)?\W{0,20}" + _MEMORY, re.IGNORECASE)


def loads_markdown(text: str, *, problem_id: str = "stdin", path: str = "") -> Problem:
    """The problem of a Markdown text. A statement without examples has no public tests.

    Args:
        problem_id: Where the front matter names none.

    Raises:
        ProblemFormatError: The statement is empty, or the front matter broken.
    """
    text = text.replace("\r\n", "\n")
    record, body = _front_matter(text, path)
    if not body.strip():
        line = text.count("\n", 0, len(text) - len(body)) + 1
        raise ProblemFormatError("the statement is empty; write what the program shall do", path=path, line=line)
    blocks = blocks_of(body)
    samples = read_samples(body, blocks)
    stub = None if samples else _stub(blocks, body)
    details = load_details(record, "tokens")
    details["time_limit_s"] = details["time_limit_s"] or _said(_SAID_TIME, _TIME_UNITS, body)
    memory = _said(_SAID_MEMORY, _MEMORY_UNITS, body)
    details["memory_limit_bytes"] = details["memory_limit_bytes"] or (int(memory) if memory else None)
    details["source"] = details["source"] or path
    if stub and "checker" not in record:
        details["checker"] = stub.checker
    return Problem(
        id=load_id(record) if "id" in record else problem_id,
        statement=body.strip() + "\n",
        interface=stub.interface if stub else Stdio(),
        public_tests=stub.public_tests if stub else samples,
        **details,
    )


def _stub(blocks: list[Block], body: str) -> Problem | None:
    """The stub in the text, where there is exactly one; its examples may stand in the text around it."""
    stubs = []
    for block in blocks:
        if block.kind != "code" or block.label.lower() not in _PYTHON or not looks_like_stub(block.text):
            continue
        try:
            stubs.append((block.text, loads_stub(block.text)))
        except ProblemFormatError:
            continue  # a program with a body: part of the explanation
    if len(stubs) != 1:
        return None
    code, stub = stubs[0]
    if stub.public_tests or not isinstance(stub.interface, Call):
        return stub
    tests, checker = as_tests(read_examples(body, signature_of(code)))
    return Problem(id=stub.id, statement=stub.statement, interface=stub.interface, public_tests=tests, checker=checker)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Yaml(Document):
    """A document in YAML: fields are found by their lines."""

    def error(self, message: str, name: str = "", place: Place | None = None) -> ProblemFormatError:  # noqa: ARG002
        field = (
            re.search(rf"^{re.escape(re.split(r'[.[]', name)[0])}[ \t]*:", self.text, re.MULTILINE) if name else None
        )
        line = self.first_line + (self.text.count("\n", 0, field.start()) if field else 0)
        return ProblemFormatError(message, path=self.path, line=line, field=name)


def _front_matter(text: str, path: str) -> tuple[Record, str]:
    """The fields of the front matter in the codec's names, and the text behind it."""
    match = _FRONT.match(text)
    if match and len(match.group(1)) > _MAX_FRONT:
        raise ProblemFormatError(f"front matter of more than {_MAX_FRONT} characters", path=path, line=1)
    document = _Yaml(text=match.group(1) if match else "", path=path, first_line=2)
    data = _yaml(document) if match else {}
    if not isinstance(data, dict):
        return Record(document=_Yaml(text="", path=path), place=(), data={}), text  # a rule, then prose
    record = Record(document=document, place=(), data=data)
    record.refuse_others(*_FIELDS)
    named = dict(data)
    for field, name, pattern, units in (
        ("time_limit", "time_limit_s", _TIME, _TIME_UNITS),
        ("memory_limit", "memory_limit_bytes", _MEMORY, _MEMORY_UNITS),
    ):
        if field in named:
            value = named.pop(field)
            amount = _amount(re.fullmatch(pattern, str(value).strip(), re.IGNORECASE), units)
            if amount is None and (isinstance(value, bool) or not isinstance(value, (int, float))):
                example = "2 s" if name == "time_limit_s" else "256 MB"
                raise record.error(f"'{value}' is no limit; write it like '{example}'", field)
            amount = float(value) if amount is None else amount
            named[name] = amount if name == "time_limit_s" else round(amount)
    if isinstance(named.get("tags"), str):
        named["tags"] = [tag.strip() for tag in named["tags"].split(",") if tag.strip()]
    if isinstance(named.get("id"), int) and not isinstance(named["id"], bool):
        named["id"] = str(named["id"])
    return Record(document=document, place=(), data=named), text[match.end() if match else 0 :]


def _yaml(document: Document) -> Any:
    import yaml  # only front matter needs it

    try:
        data = yaml.safe_load(document.text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = document.first_line + (mark.line if mark else 0)
        raise ProblemFormatError(f"front matter is no YAML: {error.problem}", path=document.path, line=line) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ProblemFormatError("front matter is no YAML", path=document.path, line=document.first_line) from error
    return {} if data is None else data


def _said(pattern: re.Pattern[str], units: dict[str, Any], text: str) -> float | None:
    return _amount(pattern.search(text), units)


def _amount(match: re.Match[str] | None, units: dict[str, Any]) -> float | None:
    if match is None:
        return None
    unit = match.group(2).lower()
    size = units.get(unit) or units.get(unit.rstrip("s")) or units.get(unit[0], 1)
    amount = float(match.group(1)) * size
    return amount if 0 < amount < 1e15 else None
