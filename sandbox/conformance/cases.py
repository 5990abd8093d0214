"""The hostile programs, read from `programs/*.toml`.

A file holds one group: tables under `[case."NAME"]`, and under `[shared]` texts that a case puts before its source by
`with = ["name"]`. Texts that stand for bytes (input, stdout) have one character a byte. A text may also be a list of
parts, each a text or `[text, times]`, for what is too large to be written out.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from sandbox.execution import Grain, Limits, Program, Status

NOT_BUILT = "NOT_BUILT"
"""The end of a program whose build failed: there is no execution, hence no status."""

Parts = tuple[tuple[str, int], ...]
"""A text: (part, how many times), one after the other."""

_ENDS = frozenset({*(status.value for status in Status), NOT_BUILT})
_SHORT = {"cpu_s": 0.2, "wall_s": 0.6}
_LONG = {"cpu_s": 10.0, "wall_s": 30.0}
_SIZES = {"memory_bytes": 96 << 20, "output_bytes": (1 << 20) + 100}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A program, what it is run on, and how it must end.

    Attributes:
        ends: Allowed ends of the last execution: values of `Status`, or NOT_BUILT. More than one only where honest
            tiers differ.
        each: Instead of `ends`, the end of each execution in turn.
        codes: Exit code or signal number of each execution; None: not looked at.
        source, given, printed: Program, inputs, and what each execution must have printed (None: not looked at), in
            parts: some are 100 MB long, and are put together when they are needed.
        value: What a call must have returned, in wire form; None: not looked at.
        driver: The other side of a conversation, and how it must end; then there are no inputs.
    """

    group: str
    name: str
    language: str
    source: Parts
    entry_point: str | None = None
    given: tuple[Parts, ...]
    grain: Grain = Grain.PER_INPUT
    limits: Limits
    ends: tuple[str, ...]
    each: tuple[str, ...] | None = None
    codes: tuple[int, ...] | None = None
    printed: Parts | None = None
    value: bytes | None = None
    driver: Program | None = None
    driver_ends: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.name

    @property
    def program(self) -> Program:
        return Program(language=self.language, source=_text(self.source), entry_point=self.entry_point)

    @property
    def inputs(self) -> tuple[bytes, ...]:
        return tuple(map(_data, self.given))

    @property
    def stdout(self) -> bytes | None:
        return None if self.printed is None else _data(self.printed)

    @property
    def expected(self) -> str:
        """For people."""
        return " ".join(self.each) if self.each else " or ".join(self.ends)


def _parts(written: str | Sequence[Any]) -> Parts:
    if isinstance(written, str):
        return ((written, 1),)
    return tuple((part, 1) if isinstance(part, str) else (part[0], part[1]) for part in written)


def _text(parts: Parts) -> str:
    return "".join(text * times for text, times in parts)


def _data(parts: Parts) -> bytes:
    return _text(parts).encode("latin-1")


def _limits(ends: Sequence[str], asked: Mapping[str, Any]) -> Limits:
    """Short where the clock is to end it; long where another end must come first on however busy a machine."""
    return Limits(**{**(_SHORT if Status.TIME_LIMIT.value in ends else _LONG), **_SIZES, **asked})


def _case(group: str, name: str, table: dict[str, Any], shared: Mapping[str, str]) -> Case:
    before = tuple((shared[part], 1) for part in table.pop("with", ()))
    each = table.pop("each", None)
    ends = tuple(table.pop("ends", each or (Status.OK.value,)))
    driver = table.pop("driver", None)
    stdout, value = table.pop("stdout", None), table.pop("value", None)
    case = Case(
        group=group,
        name=name,
        language=table.pop("language", "python"),
        source=before + _parts(table.pop("source")),
        entry_point=table.pop("entry_point", None),
        given=tuple(_parts(given) for given in table.pop("inputs", ("",))),
        grain=Grain(table.pop("grain", Grain.PER_INPUT.value)),
        limits=_limits(ends, table.pop("limits", {})),
        ends=ends,
        each=tuple(each) if each else None,
        codes=tuple(table.pop("codes")) if "codes" in table else None,
        printed=None if stdout is None else _parts(stdout),
        value=None if value is None else value.encode(),
        driver=None if driver is None else Program(language="python", source=driver),
        driver_ends=tuple(table.pop("driver_ends", ())),
    )
    unknown = {*table, *((set(ends) | set(case.driver_ends)) - _ENDS)}
    if unknown:
        raise ValueError(f"case '{name}' in {group}.toml: no such field or end: {', '.join(sorted(unknown))}")
    return case


def load() -> tuple[Case, ...]:
    """All cases, by group and in the order of their files. Raises ValueError for one that is not well formed."""
    found: list[Case] = []
    for file in sorted(files("sandbox.conformance").joinpath("programs").iterdir(), key=lambda path: path.name):
        if file.name.endswith(".toml"):
            group = tomllib.loads(file.read_text("utf-8"))
            shared = group.get("shared", {})
            found += [_case(file.name[:-5], name, table, shared) for name, table in group["case"].items()]
    names = [case.name for case in found]
    if len(set(names)) < len(names):
        raise ValueError(f"two cases have one name: {', '.join({name for name in names if names.count(name) > 1})}")
    return tuple(found)


CASES = load()
"""Every case of this collection."""
