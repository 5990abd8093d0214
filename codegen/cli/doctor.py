"""`codesieve doctor`: everything that codesieve needs, and how to get what is missing."""

from __future__ import annotations

import json
import platform
from importlib.metadata import PackageNotFoundError, version

import click

from codegen.cli.options import json_option, sandbox_option
from codegen.version import __version__

PACKAGES = ("torch", "transformers", "docker", "hypothesis")


@click.command()
@sandbox_option
@json_option
def doctor(sandbox: str, as_json: bool) -> int:
    """Check packages, models and sandbox. Exit code 3 when programs cannot be run here."""
    from codegen.models.cache import cache_dir
    from codegen.models.fetch import cached_path
    from codegen.models.table import EMBEDDED_MODELS
    from sandbox.doctor import diagnose

    packages = {name: _version(name) for name in PACKAGES}
    models = {name: cached_path(name) is not None for name in EMBEDDED_MODELS}
    found = diagnose(sandbox)
    if as_json:
        whole = {
            "codesieve": __version__,
            "python": platform.python_version(),
            "packages": packages,
            "cache": str(cache_dir()),
            "models": models,
            "sandbox": found.as_dict(),
        }
        click.echo(json.dumps(whole))
        return 0 if found.ok else 3
    click.echo(f"{'codesieve':<18} {__version__}, Python {platform.python_version()}")
    for name, known in packages.items():
        click.echo(f"{name:<18} {known or 'missing: reinstall codesieve'}")
    click.echo(f"{'cache':<18} {cache_dir()}")
    for name, here in models.items():
        click.echo(f"{name:<18} {'fetched' if here else f'not fetched: codesieve models pull {name}'}")
    click.echo(found.text())
    return 0 if found.ok else 3


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
