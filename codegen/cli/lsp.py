"""`codesieve lsp`: the language server."""

from __future__ import annotations

import click

from codegen.cli import options as o


@click.command()
@click.option("--tcp", metavar="HOST:PORT", help="Listen there, e.g. 127.0.0.1:7777, in place of standard input.")
@o.model_option
@o.samples_option
@o.sandbox_option
@o.seed_option
@click.option(
    "--time",
    type=click.FloatRange(0, min_open=True),
    default=120.0,
    show_default=True,
    metavar="SECONDS",
    help="Draw samples for so long at most.",
)
def lsp(tcp: str | None, model: str, samples: int, sandbox: str, seed: int, time: float) -> int:
    """Serve an editor: bodies for Python functions that wait for one, verified by their examples and tests.

    The editor's settings (section "codesieve": model, samples, sandbox, time, seed, tests, check) go before these.
    """
    try:
        from codegen.editor.serving import serve_stdio, serve_tcp
    except ImportError as error:
        raise click.UsageError(f"the language server needs '{error.name}': pip install 'codesieve[editor]'") from error
    from codegen.editor.options import Options

    options = Options(model=model, samples=samples, sandbox=sandbox, seed=seed, time=time)
    if tcp is None:
        return serve_stdio(options)
    host, colon, port = tcp.rpartition(":")
    if not colon or not port.isdecimal():
        raise click.UsageError(f"--tcp {tcp}: give HOST:PORT, e.g. 127.0.0.1:7777")
    if host.strip("[]") not in ("", "127.0.0.1", "::1", "localhost"):
        raise click.UsageError(
            f"--tcp {tcp}: whoever can connect can use the server, so it listens on this machine alone; "
            "give 127.0.0.1:PORT and forward that port (ssh -L)"
        )
    return serve_tcp(host.strip("[]") or "127.0.0.1", int(port), options)
