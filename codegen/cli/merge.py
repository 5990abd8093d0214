"""`codesieve merge`: the run files of `bench --shard` become one."""

from __future__ import annotations

import json
from pathlib import Path

import click

from codegen.cli.options import json_option

_PATH = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("out", type=_PATH)
@click.argument("parts", nargs=-1, required=True, type=_PATH, metavar="PART...")
@json_option
def merge(out: Path, parts: tuple[Path, ...], as_json: bool) -> int:
    """Make the run file OUT from the run files of parts of the problems.

    The parts must have the same settings and model, and each problem's samples must be in one of them. The figures of
    OUT are those of one run: `codesieve bench SUITE ... --run OUT` prints them.
    """
    from codegen.merge import merge_runs

    found = merge_runs(out, parts)
    if as_json:
        whole = {"run": str(out), "parts": len(parts), "problems": found.problems, "samples": found.samples}
        click.echo(json.dumps(whole))
    else:
        click.echo(f"{out}: {found.problems} problems, {found.samples} samples from {len(parts)} parts")
    return 0
