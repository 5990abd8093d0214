"""`codesieve cheats`: wrong programs that try to be accepted, through every entry."""

from __future__ import annotations

import json
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import click

from codegen.cli.options import check_confined, json_option, sandbox_option

if TYPE_CHECKING:
    from benchmarks.cheats.entries import Attempt


@click.command()
@sandbox_option
@json_option
def cheats(sandbox: str, as_json: bool) -> int:
    """Send wrong programs that try to be accepted through solve, judge, bench and run.

    Exit code 0 when every one of them is refused everywhere and honest programs are accepted, else 1.
    """
    from tqdm import tqdm

    from benchmarks.cheats.collection import CHEATS, HONEST
    from benchmarks.cheats.entries import attempt, attempt_all
    from sandbox.backends import open_sandbox

    check_confined(sandbox)
    with closing(open_sandbox(sandbox, slots=2)) as box, tqdm(total=len(CHEATS), disable=None, leave=False) as bar:

        def show(done: Attempt) -> None:
            bar.update()
            if not as_json:
                bar.write(_line(done), file=sys.stdout)

        name = box.name
        honest = [attempt(program, box) for program in HONEST.values()]
        attempts = attempt_all(box, CHEATS, on_attempt=show)
    refused = [f"{each.name}: {each.verdicts}" for each in honest if len(each.accepted) < len(each.verdicts)]
    clean = sum(each.clean for each in attempts)
    if as_json:
        cases = [each.as_dict() for each in attempts]
        click.echo(json.dumps({"sandbox": name, "honest_accepted": not refused, "cases": cases}))
    else:
        for text in refused:
            click.echo(f"FAULT  an honest program is refused: {text}")
        entries = sum(len(each.verdicts) for each in attempts)
        click.echo(f"{name}: {clean} of {len(attempts)} cheats refused by all entries ({entries} attempts)")
    return 0 if clean == len(attempts) and not refused else 1


def _line(done: Attempt) -> str:
    said = ", ".join(f"{entry} {verdict}" for entry, verdict in done.verdicts.items())
    return f"{'clean' if done.clean else 'FAULT'}  {done.name:<60} {said}"
