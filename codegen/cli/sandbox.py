"""`codesieve sandbox`: build, inspect and remove what programs run in."""

from __future__ import annotations

import json
import shutil
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import click

from codegen.cli.group import LazyGroup
from codegen.cli.options import (
    check_confined,
    check_runtime,
    json_option,
    profile_option,
    runtime_option,
    sandbox_option,
)
from sandbox.profiles import PROFILES

if TYPE_CHECKING:
    from sandbox.conformance import Outcome

COMMANDS = {
    "build": ("codegen.cli.sandbox:build", "Build the image of the Docker tier."),
    "check": ("codegen.cli.sandbox:check", "Run hostile programs and see that each ends as it must."),
    "doctor": ("codegen.cli.sandbox:diagnose", "Say what isolation is really in force."),
    "rm": ("codegen.cli.sandbox:remove", "Remove the images of the Docker tier."),
}


@click.group(cls=LazyGroup, table=COMMANDS)
def sandbox() -> None:
    """Build, inspect and remove the sandbox."""


@click.command()
@click.option(
    "--profile", type=click.Choice(sorted(PROFILES)), default="plain", show_default=True, help="What the image holds."
)
def build(profile: str) -> None:
    """Build the image of the Docker tier, from its Dockerfile or, where no registry answers, with debootstrap."""
    from sandbox.daemon import connect
    from sandbox.image import build_image

    with closing(connect()) as client:
        click.echo(build_image(client, profile))


@click.command("rm")
def remove() -> None:
    """Remove the images of the Docker tier, and the compiled programs that were kept; the next run builds anew."""
    from sandbox.artifacts import builds_dir
    from sandbox.daemon import connect
    from sandbox.image import remove_image

    shutil.rmtree(builds_dir(), ignore_errors=True)
    with closing(connect()) as client:
        for name in remove_image(client):
            click.echo(f"{name} removed", err=True)


@click.command("check")
@sandbox_option
@click.option("--only", multiple=True, metavar="TEXT", help="Only cases with this in their name; repeatable.")
@runtime_option
@json_option
def check(sandbox: str, only: tuple[str, ...], runtime: str | None, as_json: bool) -> int:
    """Run the conformance suite on a sandbox. Exit code 0 when every case is clean, else 1."""
    from tqdm import tqdm

    from sandbox import conformance
    from sandbox.backends import open_sandbox
    from sandbox.conformance import leftovers
    from sandbox.conformance.check import offered
    from sandbox.conformance.render import line

    chosen = [case for case in conformance.CASES if not only or any(part in case.name for part in only)]
    if not chosen:
        raise click.UsageError(f"no case has {' or '.join(map(repr, only))} in its name")
    check_runtime(sandbox, runtime)
    check_confined(sandbox)
    before = leftovers.take()
    with closing(open_sandbox(sandbox, slots=2, runtime=runtime)) as box:
        cases = offered(box, chosen)
        if missing := {case.language for case in chosen} - {case.language for case in cases}:
            click.echo(f"left out, since not offered here: cases in {', '.join(sorted(missing))}", err=True)
        with tqdm(total=len(cases) + 1, disable=None, leave=False) as bar:

            def show(outcome: Outcome) -> None:
                bar.update()
                if not as_json:
                    bar.write(line(outcome), file=sys.stdout)

            name, outcomes = box.name, list(conformance.check(box, cases, on_outcome=show))
    outcomes.append(leftovers.outcome(before))
    clean = sum(outcome.clean for outcome in outcomes)
    if as_json:
        click.echo(json.dumps({"sandbox": name, "cases": [outcome.as_dict() for outcome in outcomes]}))
    else:
        click.echo(line(outcomes[-1]))
        click.echo(f"{name}: {clean} of {len(outcomes)} cases clean")
    return 0 if clean == len(outcomes) else 1


@click.command("doctor")
@sandbox_option
@profile_option
@runtime_option
@json_option
def diagnose(sandbox: str, profile: str | None, runtime: str | None, as_json: bool) -> int:
    """Look at the sandbox from inside. Exit code 3 when it is below what its tier promises, or does not work."""
    from sandbox.doctor import diagnose as examine

    check_runtime(sandbox, runtime)
    found = examine(sandbox, profile=profile, runtime=runtime)
    click.echo(json.dumps(found.as_dict()) if as_json else found.text())
    return 0 if found.ok else 3
