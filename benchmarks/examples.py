"""How well examples are read out of statements: `python -m benchmarks.examples SUITE [--data PATH] [--json]`.

Every example that was read is run on the problem's own solution. One that it does not meet was read wrongly, or the
statement is wrong itself: such problems are named.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

import click
from tqdm import tqdm

from benchmarks.suites import Entry, entries
from codegen.judging import Verdict, judge, limits_for
from codegen.programs import executable
from sandbox.backends import open_sandbox
from sandbox.execution import Limits, Sandbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What was read of one problem. `contradicting`: which examples its solution does not meet, and how it ended."""

    problem_id: str
    examples: int
    contradicting: str = ""


@click.command()
@click.argument("suite")
@click.option("--data", metavar="PATH", help="The suite's data, where they are not in their usual place.")
@click.option("--sandbox", default="auto", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def main(suite: str, data: str | None, sandbox: str, as_json: bool) -> None:
    """Read the examples of SUITE's problems and hold them against the problems' own solutions."""
    chosen = list(entries(suite, data=data))
    with closing(open_sandbox(sandbox)) as box, ThreadPoolExecutor(box.slots) as threads:
        found = list(tqdm(threads.map(lambda entry: read(entry, box), chosen), total=len(chosen), unit="problem"))
    figures = summary(found)
    if as_json:
        click.echo(json.dumps(figures))
        return
    for name, value in figures.items():
        click.echo(f"{name:16} {value}")


def read(entry: Entry, sandbox: Sandbox) -> Read:
    """The examples of one problem, judged one by one on its solution, so that one wrong example hides no other."""
    problem = entry.problem
    count = len(problem.public_tests)
    if not count or not entry.reference:
        return Read(problem_id=problem.id, examples=count)
    program = executable(problem, entry.reference, "python")
    limits = limits_for(problem, Limits(cpu_s=5))
    wrong = []
    for test in problem.public_tests:
        judgement = judge(program, [test], problem, sandbox, limits)
        if judgement.verdict is not Verdict.AC:
            wrong.append(judgement.detail)
    return Read(problem_id=problem.id, examples=count, contradicting="; ".join(wrong))


def summary(found: Sequence[Read]) -> dict[str, object]:
    return {
        "problems": len(found),
        "read": sum(each.examples > 0 for each in found),
        "examples": sum(each.examples for each in found),
        "contradicting": {each.problem_id: each.contradicting for each in found if each.contradicting},
        "unread": [each.problem_id for each in found if not each.examples],
    }


if __name__ == "__main__":
    main()
