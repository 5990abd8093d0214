"""JSON objects read field by field, so that every complaint names file, line and field.

The text is parsed by `json` first; only when something is wrong is it walked again to find the line of a
field.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from problems.errors import ProblemFormatError

Place = tuple[str | int, ...]
"""Keys and positions from the top of a document to one value."""

_REQUIRED: Any = object()
_KINDS = {dict: "an object", list: "a list", str: "a string", bool: "true or false", type(None): "null"}
_MAX_DEPTH = 1000
_TOKEN = re.compile(r'[{}\[\],:]|"(?:[^"\\]|\\.)*"|[^\s{}\[\],:"]+', re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A JSON text and where it came from.

    Attributes:
        first_line: Number of the text's first line in its file, for files of one JSON text a line.
        relaxed: Published data sets hold NaN and Infinity, as Python writes them, and are not written by hand.
    """

    text: str
    path: str = ""
    first_line: int = 1
    relaxed: bool = False

    def parse(self) -> Record:
        """The object that the text holds. Raises ProblemFormatError for anything else."""
        value = self._value()
        if not isinstance(value, dict):
            raise self.error(f"one JSON object is needed, this is {kind(value)}")
        return Record(document=self, place=(), data=value)

    def parse_list(self) -> list[Callable[[], Record]]:
        """The objects of the list that the text holds, each to be asked for: one that is none raises then."""
        value = self._value()
        if not isinstance(value, list):
            raise self.error(f"a JSON list is needed, this is {kind(value)}")

        def record(position: int) -> Record:
            if not isinstance(value[position], dict):
                raise self.error(f"an object is needed, this is {kind(value[position])}", place=(position,))
            return Record(document=self, place=(position,), data=value[position])

        return [partial(record, position) for position in range(len(value))]

    def _value(self) -> Any:
        strict = {} if self.relaxed else {"object_pairs_hook": _unique, "parse_constant": _refuse_constant}
        try:
            return json.loads(self.text, **strict)  # type: ignore[arg-type]
        except _DuplicateError as error:
            raise self.error(f"'{error.key}' stands twice in one object; remove one", error.key) from error
        except json.JSONDecodeError as error:
            line = self.first_line + error.lineno - 1
            raise ProblemFormatError(f"not JSON: {error.msg}", path=self.path, line=line) from error
        except (ValueError, RecursionError) as error:
            raise self.error(f"JSON that cannot be read: {error}") from error

    def error(self, message: str, name: str = "", place: Place | None = None) -> ProblemFormatError:
        """An error about the value at `place`, or about a field known by name only."""
        line = self.first_line
        for found, at in _places(self.text) if name or place else ():
            if found == place or (place is None and name and found and found[-1] == name):
                line = self.first_line + at - 1
        return ProblemFormatError(message, path=self.path, line=line, field=name or field_name(place or ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One JSON object of a document, with typed access. Every method raises ProblemFormatError."""

    document: Document
    place: Place
    data: dict[str, Any]

    def __contains__(self, name: str) -> bool:
        return name in self.data

    def error(self, message: str, *steps: str | int) -> ProblemFormatError:
        """An error about what stands at `steps` below this object."""
        place = self.place + steps
        present = self.place if len(steps) == 1 and steps[0] not in self.data else place
        return self.document.error(message, field_name(place), present)

    def refuse_others(self, *known: str) -> None:
        """Complain about the first field that is not among the known ones."""
        for name in self.data:
            if name not in known:
                raise self.error(f"unknown field; known here: {', '.join(known)}", name)

    def value(self, name: str, default: Any = _REQUIRED) -> Any:
        if name in self.data:
            return self.data[name]
        if default is _REQUIRED:
            raise self.error("missing", name)
        return default

    def text(self, name: str, default: str = _REQUIRED) -> str:
        return self._typed(name, default, str, "a string")  # type: ignore[no-any-return]

    def filled(self, name: str) -> str:
        """A string that does not only hold white space."""
        found = self.text(name)
        if not found.strip():
            raise self.error("is empty", name)
        return found

    def items(self, name: str, default: list[Any] = _REQUIRED) -> list[Any]:
        return self._typed(name, default, list, "a list")  # type: ignore[no-any-return]

    def texts(self, name: str, default: list[str] = _REQUIRED) -> tuple[str, ...]:
        found = self.items(name, default)
        for position, item in enumerate(found):
            if not isinstance(item, str):
                raise self.error(f"a string is needed, this is {kind(item)}", name, position)
        return tuple(found)

    def number(self, name: str, default: float = _REQUIRED) -> float:
        found = self.value(name, default)
        if not isinstance(found, (int, float)) or isinstance(found, bool):
            raise self.error(f"a number is needed, this is {kind(found)}", name)
        try:
            number = float(found)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise self.error("the number is too large", name)
        return number

    def integer(self, name: str) -> int:
        found = self.value(name)
        if not isinstance(found, int) or isinstance(found, bool):
            raise self.error(f"a whole number is needed, this is {kind(found)}", name)
        return found

    def record(self, name: str) -> Record:
        found = self._typed(name, _REQUIRED, dict, "an object")
        return Record(document=self.document, place=(*self.place, name), data=found)

    def records(self, name: str) -> Iterator[Record]:
        """The objects of a list; an absent list is an empty one."""
        for position, item in enumerate(self.items(name, [])):
            if not isinstance(item, dict):
                raise self.error(f"an object is needed, this is {kind(item)}", name, position)
            yield Record(document=self.document, place=(*self.place, name, position), data=item)

    def _typed(self, name: str, default: Any, wanted: type, called: str) -> Any:
        found = self.value(name, default)
        if found is not default and not isinstance(found, wanted):
            raise self.error(f"{called} is needed, this is {kind(found)}", name)
        return found


def parse_json(text: str) -> Any:
    """Any JSON value, as Python writes it. Raises ValueError, also for what is nested too deep."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def kind(value: Any) -> str:
    """What a JSON value is, in words."""
    return _KINDS.get(type(value)) or f"the number {str(value)[:20]}"


def field_name(place: Place) -> str:
    """("tests", 0, "input") -> "tests[0].input"."""
    parts = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in place]
    return "".join(parts).removeprefix(".")


class _DuplicateError(ValueError):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _DuplicateError(key)
        found[key] = value
    return found


def _refuse_constant(name: str) -> Any:
    raise ValueError(f'{name} is no JSON; a number that is not finite is written {{"float": "{name.lower()}"}}')


def _places(text: str) -> Iterator[tuple[Place, int]]:
    """Every key and list item of a JSON text, with its line. For what is no JSON, nonsense."""
    path: list[str | int] = []
    opened: list[str] = []
    line, end, previous, key = 1, 0, "", ""
    for token in _TOKEN.finditer(text):
        if len(path) > _MAX_DEPTH:
            return
        line += text.count("\n", end, token.start())
        end = token.start()
        mark = token.group()
        if mark in "}]" and opened:
            opened.pop()
            path.pop()
        elif mark == ":" and opened and opened[-1] == "{":
            path[-1] = key
            yield tuple(path), line
        elif mark == "," and opened and opened[-1] == "[":
            path[-1] = int(path[-1]) + 1
        elif mark not in ",:}]":
            if opened and opened[-1] == "[" and previous in ("[", ","):
                yield tuple(path), line
            if mark in "{[":
                opened.append(mark)
                path.append("" if mark == "{" else 0)
            elif mark.startswith('"'):
                key = _plain(mark)
        previous = mark


def _plain(literal: str) -> str:
    try:
        return str(json.loads(literal))
    except ValueError:
        return literal
