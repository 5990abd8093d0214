"""`codesieve models`: the embedded models on this machine."""

from __future__ import annotations

import json

import click

from codegen.cli.group import LazyGroup
from codegen.cli.options import json_option

COMMANDS = {
    "list": ("codegen.cli.models:list_models", "Embedded models: size, licence, fetched or not."),
    "pull": ("codegen.cli.models:pull", "Fetch a model (resumes; the SHA-256 is checked)."),
    "rm": ("codegen.cli.models:remove", "Delete a fetched model and its converted copy."),
}


@click.group(cls=LazyGroup, table=COMMANDS)
def models() -> None:
    """List, fetch and remove embedded models."""


@click.command("list")
@json_option
def list_models(as_json: bool) -> None:
    """Embedded models: size, licence, fetched or not."""
    from codegen.models.fetch import cached_path
    from codegen.models.table import EMBEDDED_MODELS

    rows = [
        {
            "name": entry.name,
            "size_bytes": entry.size_bytes,
            "licence": entry.licence,
            "sha256": entry.sha256,
            "cached": cached_path(entry.name) is not None,
        }
        for entry in EMBEDDED_MODELS.values()
    ]
    if as_json:
        click.echo(json.dumps({"models": rows}))
        return
    for row in rows:
        state = "fetched" if row["cached"] else "not fetched"
        click.echo(f"{row['name']:<22} {int(str(row['size_bytes'])) / 1e6:>8.0f} MB  {row['licence']}  {state}")
    click.echo(
        "--model also takes a hub id (org/name), a folder, a .gguf file, openai:ADDRESS#NAME or replay:PATH", err=True
    )


@click.command()
@click.argument("name")
def pull(name: str) -> None:
    """Fetch the model NAME."""
    from codegen.models.fetch import pull as fetch

    click.echo(str(fetch(name)))


@click.command("rm")
@click.argument("name")
def remove(name: str) -> None:
    """Delete the fetched model NAME and its converted copy."""
    from codegen.models.fetch import remove as delete

    freed = delete(name)
    click.echo(f"{name}: {freed / 1e6:.0f} MB freed", err=True)
