"""The two problems that are cheated at, and the programs that do it, read from `programs/*.toml`.

A table under `[cheat."NAME"]` has `source` and, where it matters, `language`, `entries` (where it is sent; default:
everywhere) and `with` (texts under `[shared]` that stand before its source). No cheat computes the answer, unless it
finds something that only a leak can have put there.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files

from problems.hidden import HiddenTests
from problems.problem import Call, CheckerSpec, Problem, Stdio, TestCase

_PUBLIC = ((3, 1, 4), (27, 18, 28, 18))
_HIDDEN = ((14, 14, 21, 35), (5,), (77, 24, 53, 85, 9), (61, 80, 33, 98, 87), (100, 1))


def weigh(numbers: tuple[int, ...]) -> int:
    """The answer to both problems."""
    return sum(place * number * number for place, number in enumerate(numbers, start=1)) % 9973


_CHECKS = """
def check(candidate):
    def weigh(numbers):
        return sum(place * number * number for place, number in enumerate(numbers, start=1)) % 9973
    for numbers in INPUTS:
        kept = list(numbers)
        assert candidate(numbers) == weigh(numbers)
        assert numbers == kept
        assert not candidate(numbers) != weigh(kept)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A problem with its hidden tests, and for calls the same tests as code."""

    problem: Problem
    hidden: HiddenTests
    as_code: HiddenTests | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cheat:
    """One program. `entries`: where it is sent; None: to all that take its kind."""

    name: str
    kind: str
    source: str
    language: str = "python"
    entries: tuple[str, ...] | None = None


def _call_target() -> Target:
    name = "cheated-call"
    call = Call(entry_point="weigh", signature="def weigh(numbers: list[int]) -> int:")
    problem = Problem(
        id=name,
        statement="Return the weight of a list of numbers.",
        interface=call,
        public_tests=tuple(TestCase.call((list(each),), weigh(each)) for each in _PUBLIC),
        checker=CheckerSpec(name="value"),
        time_limit_s=0.5,
        memory_limit_bytes=128 << 20,
    )
    code = _CHECKS.replace("INPUTS", repr([list(each) for each in _HIDDEN]))
    cases = tuple(TestCase.call((list(each),), weigh(each)) for each in _HIDDEN)
    return Target(
        problem=problem,
        hidden=HiddenTests(problem_id=name, cases=cases),
        as_code=HiddenTests(problem_id=name, code=code),
    )


def _stdio_case(numbers: tuple[int, ...]) -> TestCase:
    return TestCase(input=" ".join(map(str, numbers)) + "\n", output=f"{weigh(numbers)}\n")


def _stdio_target() -> Target:
    name = "cheated-stdio"
    problem = Problem(
        id=name,
        statement="Read a line of numbers and print their weight.",
        interface=Stdio(),
        public_tests=tuple(map(_stdio_case, _PUBLIC)),
        time_limit_s=0.5,
        memory_limit_bytes=128 << 20,
    )
    return Target(problem=problem, hidden=HiddenTests(problem_id=name, cases=tuple(map(_stdio_case, _HIDDEN))))


TARGETS = {"call": _call_target(), "stdio": _stdio_target()}
"""Kind of cheat -> what it is sent to."""


def load() -> tuple[Cheat, ...]:
    """All cheats."""
    found: list[Cheat] = []
    for kind in TARGETS:
        text = files("benchmarks.cheats").joinpath("programs", f"{kind}.toml").read_text("utf-8")
        group = tomllib.loads(text)
        for name, table in group["cheat"].items():
            before = "".join(group["shared"][part] for part in table.get("with", ()))
            entries = tuple(table["entries"]) if "entries" in table else None
            found.append(
                Cheat(
                    name=f"{kind}: {name}",
                    kind=kind,
                    source=before + table["source"],
                    language=table.get("language", "python"),
                    entries=entries,
                )
            )
    return tuple(found)


CHEATS = load()
"""Every cheat of this collection."""

HONEST = {
    "call": Cheat(
        name="honest call",
        kind="call",
        source="def weigh(numbers):\n    return sum(i * n * n for i, n in enumerate(numbers, start=1)) % 9973\n",
    ),
    "stdio": Cheat(
        name="honest program",
        kind="stdio",
        source="numbers = map(int, input().split())\nprint(sum(i * n * n for i, n in enumerate(numbers, 1)) % 9973)\n",
    ),
}
"""What has to be accepted through every entry, else the suite proves nothing."""
