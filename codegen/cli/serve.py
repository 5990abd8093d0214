"""`codesieve serve`: the engine over HTTP, and a page, for this machine."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import click

from codegen.cli import options as o
from codegen.cli.entry import INTERRUPTED
from codegen.models.placement import Precision

_SWITCH_S = 0.0005
"""Answers are not to wait for threads that compute: ten times as often as usual the interpreter is handed on."""


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8642, show_default=True, help="To listen on; 0 for any free one."
)
@o.model_option
@o.dtype_option
@o.samples_option
@o.submissions_option
@o.language_option
@o.sandbox_option
@o.seed_option
@o.max_tokens_option
@o.ranker_option
@click.option(
    "--client",
    "clients",
    multiple=True,
    default=("me",),
    show_default="me",
    metavar="NAME",
    help="Who may use it; each has a URL of its own, and sees its own runs alone.",
)
@click.option(
    "--runs",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Where run files go. Default: under the state folder.",
)
@click.option("--open", "in_browser", is_flag=True, help="Open the page in a browser.")
@o.json_option
def serve(
    port: int,
    model: str,
    dtype: Precision,
    samples: int,
    submissions: int,
    languages: tuple[str, ...],
    sandbox: str,
    seed: int,
    max_tokens: int,
    ranker: str,
    clients: tuple[str, ...],
    folder: Path | None,
    in_browser: bool,
    as_json: bool,
) -> int:
    """Serve the engine and its page on 127.0.0.1, until interrupted.

    Prints the URL of the page, with the token without which nothing is answered. --samples is what a run draws where
    its request does not say. Exit code 0 after SIGTERM, 130 after SIGINT.
    """
    from codegen.config import state_dir
    from codegen.engine import Engine
    from codegen.errors import UsageError
    from codegen.executor import LocalExecutor

    try:
        from codegen.service import Server, Service
        from codegen.service.clients import Clients
        from codegen.service.server import as_json as printed
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("starlette", "sse_starlette", "uvicorn", "h11"):
            raise
        raise UsageError(f"serve needs the package {error.name}; pip install 'codesieve[serve]'") from error

    settings = o.settings_of(
        samples=samples,
        seed=seed,
        submissions=submissions,
        languages=languages,
        ranker=ranker,
        max_tokens=max_tokens,
    )
    with Engine(model=model, sandbox=sandbox, settings=settings, executor=LocalExecutor(dtype=dtype)) as engine:
        service = Service(engine, folder=folder or state_dir() / "served", clients=Clients(clients))
        server = Server(service, port=port)
        if as_json:
            click.echo(printed(server))
        else:
            for name, url in server.urls().items():
                click.echo(url if len(clients) == 1 else f"{name}  {url}")
        click.echo(f"runs: {service.folder}\nCtrl-C ends the service; runs under way can go on later", err=True)
        if in_browser:
            click.launch(next(iter(server.urls().values())))
        sys.setswitchinterval(_SWITCH_S)
        server.serve_until_told()
    return INTERRUPTED if server.signal == signal.SIGINT else 0
