"""`codesieve sandbox`: build, inspect and remove what programs run in."""

from __future__ import annotations

import json
from contextlib import closing

import click

from codegen.cli.group import LazyGroup
from codegen.cli.options import json_option, profile_option, sandbox_option
from sandbox.profiles import PROFILES

COMMANDS = {
    "build": ("codegen.cli.sandbox:build", "Build the image of the Docker tier."),
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
    """Remove the images of the Docker tier; the next run builds a new one."""
    from sandbox.daemon import connect
    from sandbox.image import remove_image

    with closing(connect()) as client:
        for name in remove_image(client):
            click.echo(f"{name} removed", err=True)


@click.command("doctor")
@sandbox_option
@profile_option
@json_option
def diagnose(sandbox: str, profile: str | None, as_json: bool) -> int:
    """Look at the sandbox from inside. Exit code 3 when it is below what its tier promises, or does not work."""
    from sandbox.doctor import diagnose as examine

    found = examine(sandbox, profile=profile)
    click.echo(json.dumps(found.as_dict()) if as_json else found.text())
    return 0 if found.ok else 3
