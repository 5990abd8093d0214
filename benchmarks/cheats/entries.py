"""Every way by which a program can come to be called right: each takes a cheat and says what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from benchmarks.cheats.collection import CHEATS, TARGETS, Cheat
from benchmarks.judge import prepare, score_program
from codegen.cli.run import compare
from codegen.config import Settings
from codegen.engine import Engine
from codegen.judging import judge, limits_for
from codegen.models.scripted import ScriptedModel
from codegen.programs import executable
from problems.hidden import HiddenTests
from sandbox.execution import Grain, Limits, Program, Sandbox

_LIMITS = Limits(cpu_s=0.5, wall_s=1.5, memory_bytes=128 << 20, output_bytes=1 << 20)


def by_solve(cheat: Cheat, sandbox: Sandbox) -> str:
    """A model writes it: does it survive the public tests and get handed in?"""
    problem = TARGETS[cheat.kind].problem
    model = ScriptedModel({problem.id: [f"```{cheat.language}\n{cheat.source}\n```\n"]})
    settings = Settings(samples=2, generated_inputs=4, languages=(cheat.language,), wall_s=_LIMITS.wall_s)
    with Engine(model=model, sandbox=sandbox, settings=settings) as engine:
        report = engine.solve(problem)
    if report.submissions:
        return "AC"
    return next((verdict for verdict in report.verdicts if verdict != "AC"), "none")


def by_judge(cheat: Cheat, sandbox: Sandbox) -> str:
    """The judge, on the hidden tests, a process an input."""
    return _judged(cheat, sandbox, Grain.PER_INPUT)


def by_judge_in_a_batch(cheat: Cheat, sandbox: Sandbox) -> str:
    """The judge, all inputs in one process."""
    return _judged(cheat, sandbox, Grain.PER_BATCH)


def _judged(cheat: Cheat, sandbox: Sandbox, grain: Grain) -> str:
    target = TARGETS[cheat.kind]
    program = executable(target.problem, cheat.source, cheat.language)
    limits = limits_for(target.problem, _LIMITS)
    return judge(program, target.hidden.cases, target.problem, sandbox, limits, grain=grain).verdict.value


def by_bench(cheat: Cheat, sandbox: Sandbox) -> str:
    """The benchmark's score."""
    return _scored(cheat, sandbox, TARGETS[cheat.kind].hidden)


def by_test_code(cheat: Cheat, sandbox: Sandbox) -> str:
    """The benchmark's score by test code, which runs in a box of its own and calls the program."""
    hidden = TARGETS[cheat.kind].as_code
    assert hidden is not None, "only calls have test code"
    return _scored(cheat, sandbox, hidden)


def _scored(cheat: Cheat, sandbox: Sandbox, hidden: HiddenTests) -> str:
    problem = TARGETS[cheat.kind].problem
    limits = limits_for(problem, _LIMITS)
    return score_program(prepare(problem, hidden), cheat.source, cheat.language, sandbox, limits).verdict.value


def by_run(cheat: Cheat, sandbox: Sandbox) -> str:
    """`codesieve run --expect`: what the command does once its files are read."""
    cases = TARGETS[cheat.kind].hidden.cases
    program = Program(language=cheat.language, source=cheat.source)
    run = sandbox.run(program, [case.input.encode() for case in cases], _LIMITS)
    words = compare(run, [case.output or "" for case in cases])
    return "AC" if run.built and all(word == "AC" for word in words) else "not accepted"


ENTRIES: dict[str, Callable[[Cheat, Sandbox], str]] = {
    "solve": by_solve,
    "judge": by_judge,
    "judge in a batch": by_judge_in_a_batch,
    "bench": by_bench,
    "test code": by_test_code,
    "run": by_run,
}
ONLY = {"judge in a batch": "call", "test code": "call", "run": "stdio"}
"""Entry -> the only kind of program that it takes."""

_REFUSED = frozenset({"WA", "TLE", "MLE", "OLE", "RTE", "CE", "no program", "not accepted"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What became of one cheat, by entry."""

    name: str
    kind: str
    verdicts: dict[str, str]

    @property
    def accepted(self) -> tuple[str, ...]:
        """Entries that called it right."""
        return tuple(entry for entry, verdict in self.verdicts.items() if verdict == "AC")

    @property
    def clean(self) -> bool:
        """Every entry gave a verdict, and none called it right."""
        return all(verdict in _REFUSED for verdict in self.verdicts.values())

    def as_dict(self) -> dict[str, Any]:
        """For `--json`, with the keys of `codesieve sandbox check`."""
        return {
            "name": self.name,
            "kind": self.kind,
            "expected": "refused",
            "found": "accepted" if self.accepted else "refused" if self.clean else "no verdict",
            "clean": self.clean,
            "entries": self.verdicts,
        }


def entries_for(cheat: Cheat) -> tuple[str, ...]:
    """In the order in which they are tried: state that one leaves behind is there for the next."""
    taken = tuple(entry for entry in ENTRIES if ONLY.get(entry, cheat.kind) == cheat.kind)
    return tuple(entry for entry in taken if cheat.entries is None or entry in cheat.entries)


def attempt(cheat: Cheat, sandbox: Sandbox) -> Attempt:
    """Send it through every entry. Raises SandboxError when there is no sandbox any more."""
    verdicts = {entry: ENTRIES[entry](cheat, sandbox) for entry in entries_for(cheat)}
    return Attempt(name=cheat.name, kind=cheat.kind, verdicts=verdicts)


def attempt_all(
    sandbox: Sandbox,
    cheats: Iterable[Cheat] = CHEATS,
    *,
    on_attempt: Callable[[Attempt], object] = lambda _: None,
) -> tuple[Attempt, ...]:
    """All of them, one after the other."""
    attempts: list[Attempt] = []
    for cheat in cheats:
        attempts.append(attempt(cheat, sandbox))
        on_attempt(attempts[-1])
    return tuple(attempts)
