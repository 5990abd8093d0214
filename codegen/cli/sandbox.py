"""`codesieve sandbox`: build, inspect and remove what programs run in."""

from __future__ import annotations

import click

from codegen.cli.group import LazyGroup

COMMANDS = {
    "build": ("codegen.cli.sandbox:build", "Build the image of the Docker tier."),
    "doctor": ("codegen.cli.sandbox:diagnose", "Say what isolation is really in force."),
    "rm": ("codegen.cli.sandbox:remove", "Remove image and leftover containers."),
}


@click.group(cls=LazyGroup, table=COMMANDS)
def sandbox() -> None:
    """Build, inspect and remove the sandbox."""
