"""Problem packages of Kattis and the ICPC: a folder with `problem.yaml`, as a contestant sees it.

Read are the legacy format and the newer one (2023-07). What only a judge reads stands in
`problems.formats.kattis_package`. Format: https://www.kattis.com/problem-package-format/
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from problems.errors import ProblemError, ProblemFormatError
from problems.problem import CheckerSpec, Problem, Stdio, TestCase

SETTINGS = "problem.yaml"
_LEGACY, _NEWER = re.compile(r"legacy(-icpc)?"), re.compile(r"20\d\d-\d\d(-draft)?")
_NOT_JUDGED = ("scoring", "multi-pass", "submit-answer")
_TITLE = re.compile(r"\\problemname\{([^}]*)\}")
MIB = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What `problem.yaml` says, defaults filled in.

    Attributes:
        newer: Whether the package is in the newer format.
        interactive: The program talks with the validator.
        custom: Outputs are judged by the package's own validator.
        flags: Of the validator.
        multiplier: Time limit over the time of the slowest accepted submission.
        time_limit_s: None: follows from the accepted submissions.
        resolution_s: Time limits are rounded up to a multiple of it.
    """

    name: str | None
    newer: bool
    interactive: bool
    custom: bool
    flags: tuple[str, ...]
    multiplier: float
    time_limit_s: float | None
    resolution_s: float
    memory_bytes: int
    output_bytes: int
    validation_time_s: float
    validation_memory_bytes: int


def is_package(folder: Path) -> bool:
    return (folder / SETTINGS).is_file()


def read_problem(folder: Path) -> Problem:
    """Statement and sample tests of a package.

    Raises:
        ProblemError: It cannot be read, or is of a kind that is not supported (scoring).
    """
    settings = read_settings(folder)
    statement = read_statement(folder)
    if settings.interactive:
        raise ProblemError(
            f"{folder.name}: an interactive problem has no tests of inputs and outputs; `codesieve check` judges "
            "submissions to it"
        )
    samples = tuple(
        TestCase(input=_text(given), output=_text(answer), name=name)
        for name, given, answer in read_cases(folder, "sample")
    )
    title = settings.name or title_of(statement) or folder.name
    return Problem(
        id=folder.resolve().name,
        statement=f"# {title}\n\n{_TITLE.sub('', statement).strip()}\n",
        interface=Stdio(),
        public_tests=samples,
        checker=checker_of(settings.flags),
        time_limit_s=settings.time_limit_s,
        memory_limit_bytes=settings.memory_bytes,
        source=str(folder),
    )


def read_settings(folder: Path) -> Settings:
    """Raises ProblemError: broken, or a kind of problem that is not judged, which is named."""
    import yaml

    path = folder / SETTINGS
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError) as error:
        raise ProblemError(f"{path}: cannot be read: {error}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # a date that is none is a ValueError
        raise ProblemFormatError(f"no YAML: {' '.join(str(error).split())}", path=str(path)) from error
    if not isinstance(found, dict):
        raise ProblemFormatError("not a mapping", path=str(path))
    return settings_of(found, name=folder.resolve().name, path=str(path), folder=folder)


def settings_of(found: Mapping[str, Any], *, name: str, path: str, folder: Path | None = None) -> Settings:
    """Settings from the fields of a `problem.yaml`. Raises as `read_settings`."""
    version = str(found.get("problem_format_version") or "legacy")
    newer = bool(_NEWER.fullmatch(version))
    if not newer and not _LEGACY.fullmatch(version):
        message = f"'{version}' is not known; known are legacy and 2023-07"
        raise ProblemFormatError(message, path=path, field="problem_format_version")
    validation = str(found.get("validation") or "default").split() or ["default"]
    if not set(validation) <= {"default", "custom", "interactive", "score"}:
        message = f"'{' '.join(validation)}' is not known; known are default and custom [interactive] [score]"
        raise ProblemFormatError(message, path=path, field="validation")
    kinds = found.get("type") or "pass-fail"
    kinds = [str(kind) for kind in kinds] if isinstance(kinds, list) else str(kinds).split()
    if "score" in validation:
        kinds = [*kinds, "scoring"]
    for kind in kinds:
        if kind in _NOT_JUDGED:
            raise ProblemError(
                f"{name}: a {kind} problem; only pass-fail problems are judged, interactive ones included"
            )
    own = newer and folder is not None and any((folder / place).is_dir() for place in VALIDATOR_FOLDERS)
    limits = found.get("limits") or {}
    if not isinstance(limits, dict):
        raise ProblemFormatError("not a mapping", path=path, field="limits")
    numbers = _Numbers(limits, path)
    multipliers = limits.get("time_multipliers")
    ratio = _Numbers(multipliers if isinstance(multipliers, dict) else {}, path)
    return Settings(
        name=_title(found.get("name")),
        newer=newer,
        interactive="interactive" in (*kinds, *validation),
        custom=validation[0] == "custom" or own,
        flags=checked_flags(found.get("validator_flags"), path=path, field="validator_flags"),
        multiplier=ratio.get("ac_to_time_limit", numbers.get("time_multiplier", 2.0 if newer else 5.0)),
        time_limit_s=numbers.get("time_limit", 0.0) or None,
        resolution_s=numbers.get("time_resolution", 1.0),
        memory_bytes=int(numbers.get("memory", 2048) * MIB),
        output_bytes=int(numbers.get("output", 8) * MIB),
        validation_time_s=numbers.get("validation_time", 60),
        validation_memory_bytes=int(numbers.get("validation_memory", 2048) * MIB),
    )


VALIDATOR_FOLDERS = ("output_validator", "output_validators")


def checked_flags(value: Any, *, path: str, field: str) -> tuple[str, ...]:
    """`flags_of` what stands in a file. Raises ProblemFormatError, also for a tolerance that is no number."""
    try:
        flags = flags_of(value)
        tolerances(flags)
    except ValueError as error:
        raise ProblemFormatError(f"flags that cannot be used: {error}", path=path, field=field) from error
    return flags


def flags_of(value: Any) -> tuple[str, ...]:
    """Arguments of a validator, written as one text or as a list. Raises ValueError for quotes that do not close."""
    if value is None:
        return ()
    return tuple(str(part) for part in value) if isinstance(value, list) else tuple(shlex.split(str(value)))


def tolerances(flags: tuple[str, ...]) -> tuple[float | None, float | None]:
    """(absolute, relative) tolerance that the flags of the default validator ask for; None: none."""
    absolute = relative = None
    for flag, value in pairwise(flags):
        if flag in ("float_tolerance", "float_absolute_tolerance"):
            absolute = float(value)
        if flag in ("float_tolerance", "float_relative_tolerance"):
            relative = float(value)
    return absolute, relative


def checker_of(flags: tuple[str, ...]) -> CheckerSpec:
    """The checker that comes nearest to the default validator with these flags."""
    absolute, relative = tolerances(flags)
    if absolute is not None or relative is not None:
        return CheckerSpec(name="floats", absolute=absolute or 0.0, relative=relative or 0.0)
    if "space_change_sensitive" in flags:
        return CheckerSpec(name="exact")
    return CheckerSpec(name="tokens" if "case_sensitive" in flags else "yes_no")


def read_statement(folder: Path) -> str:
    """The statement, the English one if there are several; "" when there is none."""
    places = [path for name in ("problem_statement", "statement") for path in sorted((folder / name).glob("problem*"))]
    texts = [path for path in places if path.suffix in (".tex", ".md")]
    texts.sort(key=lambda path: (".en" not in path.suffixes, len(path.suffixes)))
    return texts[0].read_text(encoding="utf-8", errors="replace") if texts else ""


def title_of(statement: str) -> str | None:
    found = _TITLE.search(statement)
    return found[1].strip() or None if found else None


def read_cases(folder: Path, kind: str) -> list[tuple[str, bytes, bytes]]:
    """(name, input, answer) of every test below data/KIND, groups included, in the judge's order.

    Raises ProblemError for an input without an answer.
    """
    found = []
    for given in sorted((folder / "data" / kind).rglob("*.in"), key=lambda path: path.parts):
        answer = given.with_suffix(".ans")
        if not answer.is_file():
            raise ProblemError(f"{given}: there is no {answer.name} beside it")
        name = given.relative_to(folder / "data").with_suffix("").as_posix()
        found.append((name, given.read_bytes(), answer.read_bytes()))
    return found


class _Numbers:
    def __init__(self, fields: Mapping[str, Any], path: str) -> None:
        self._fields, self._path = fields, path

    def get(self, name: str, default: float) -> float:
        value = self._fields.get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 1e9:
            raise ProblemFormatError(f"'{value}' is no positive number", path=self._path, field=f"limits.{name}")
        return float(value)


def _title(name: Any) -> str | None:
    """A name is one text, or one a language."""
    if isinstance(name, dict):
        name = name.get("en") or next(iter(name.values()), None)
    return str(name) if name else None


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
