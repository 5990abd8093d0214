"""Running the command group: every failure becomes one line on stderr and the exit code of its kind."""

from __future__ import annotations

import os
import sys

import click

USAGE, UNAVAILABLE, INTERRUPTED = 2, 3, 130


def invoke(group: click.Command) -> int:
    """Run the command line in `sys.argv`; returns the exit code (see ARCHITECTURE.md for the list)."""
    try:
        _open_log()
        result = group.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return USAGE
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:  # the reader of stdout went away (`| head`): not an error of ours
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        code = _exit_code(error)
        if code is None:
            raise
        click.echo(f"codesieve: {error}", err=True)
        return code
    return result if isinstance(result, int) else 0


def _open_log() -> None:
    """CODESIEVE_LOG: a file that every anomaly of the sandbox is appended to."""
    if path := os.environ.get("CODESIEVE_LOG"):
        from sandbox.anomalies import log_to

        try:
            log_to(path)
        except OSError as error:
            raise click.UsageError(f"CODESIEVE_LOG={path}: {error.strerror}; name a file that can be written") from None


def _exit_code(error: Exception) -> int | None:
    """None for an error that is a defect of ours: it keeps its traceback."""
    from codegen.errors import CodesieveError
    from problems.errors import ProblemError
    from sandbox.errors import SandboxError

    if isinstance(error, CodesieveError):
        return error.exit_code
    if isinstance(error, ProblemError):
        return USAGE
    if isinstance(error, SandboxError):
        return UNAVAILABLE
    return None
