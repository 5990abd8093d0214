"""`codesieve run`: one program in the sandbox."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from codegen.cli.options import check_runtime, json_option, profile_option, runtime_option, sandbox_option
from sandbox.languages import LANGUAGES, language_of_file

if TYPE_CHECKING:
    from sandbox.execution import Run


@click.command()
@click.argument("program", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--input", "inputs", type=click.Path(exists=True, dir_okay=False, path_type=Path), multiple=True, metavar="FILE",
    help="Standard input; give it several times for several runs. Default: empty.",
)  # fmt: skip
@click.option(
    "--expect", "expected", type=click.Path(exists=True, dir_okay=False, path_type=Path), multiple=True,
    metavar="FILE", help="Expected output of the input at the same place, compared token by token.",
)  # fmt: skip
@click.option("--language", type=click.Choice(sorted(LANGUAGES)), help="Default: by the file's ending.")
@click.option("--time", "cpu_s", type=click.FloatRange(0.01), default=3.0, show_default=True, help="CPU seconds.")
@click.option("--memory", "memory_mb", type=click.IntRange(16), default=1024, show_default=True, help="MiB.")
@click.option("--output", "output_mb", type=click.IntRange(1), default=16, show_default=True, help="MiB.")
@sandbox_option
@profile_option
@runtime_option
@json_option
def run(
    program: Path,
    inputs: tuple[Path, ...],
    expected: tuple[Path, ...],
    language: str | None,
    cpu_s: float,
    memory_mb: int,
    output_mb: int,
    sandbox: str,
    profile: str | None,
    runtime: str | None,
    as_json: bool,
) -> int:
    """Run PROGRAM in the sandbox and say how it ended.

    Exit code 0 when it was built and every run ended well (with --expect: with the expected output), else 1.
    """
    from sandbox.backends import open_sandbox
    from sandbox.execution import Limits, Program

    language = language or language_of_file(program.name)
    if language is None:
        raise click.UsageError(f"{program}: language not known by its ending; give --language")
    if expected and len(expected) != max(1, len(inputs)):
        raise click.UsageError(f"{len(expected)} --expect for {max(1, len(inputs))} inputs; give one for each")
    source = program.read_bytes().decode("utf-8", errors="surrogateescape")
    data = [path.read_bytes() for path in inputs] or [b""]
    limits = Limits(
        cpu_s=cpu_s, wall_s=max(10.0, 3 * cpu_s), memory_bytes=memory_mb << 20, output_bytes=output_mb << 20
    )
    check_runtime(sandbox, runtime)
    box = open_sandbox(sandbox, profile=profile, runtime=runtime, languages=(language,))
    try:
        result = box.run(Program(language=language, source=source), data, limits)
    finally:
        box.close()
    if as_json:
        build = _as_json(result.build) if result.build else None
        click.echo(json.dumps({"build": build, "executions": [_as_json(e) for e in result.executions]}))
    elif not result.built and result.build is not None:
        click.echo(result.build.stderr.decode("utf-8", "replace"), err=True)
    verdicts = compare(result, [path.read_text() for path in expected])
    for number, (execution, verdict) in enumerate(zip(result.executions, verdicts, strict=True)):
        if not as_json:
            sys.stdout.buffer.write(execution.stdout)
            sys.stdout.flush()
            click.echo(execution.stderr.decode("utf-8", "replace"), err=True, nl=False)
            click.echo(
                f"[{number}] {verdict}  cpu {execution.cpu_s:.3f} s  wall {execution.wall_s:.3f} s  "
                f"memory {execution.memory_bytes / (1 << 20):.1f} MiB",
                err=True,
            )
    return 0 if result.built and all(verdict in ("AC", "OK") for verdict in verdicts) else 1


def compare(result: Run, expected: Sequence[str]) -> list[str]:
    """A word a run: how it ended, or with expected outputs AC, or WA and why."""
    from problems.checkers import check
    from problems.problem import CheckerSpec
    from sandbox.execution import Status

    words = []
    for number, execution in enumerate(result.executions):
        word = execution.status.value
        if expected and execution.status is Status.OK:
            decision = check(CheckerSpec(name="tokens"), expected[number], execution.stdout)
            word = "AC" if decision.ok else f"WA ({decision.reason})"
        words.append(word)
    return words


def _as_json(execution: Any) -> dict[str, Any]:
    return {
        "status": execution.status.value,
        "exit_code": execution.exit_code,
        "signal": execution.signal,
        "stdout": execution.stdout.decode("utf-8", "replace"),
        "stderr": execution.stderr.decode("utf-8", "replace"),
        "cpu_s": execution.cpu_s,
        "wall_s": execution.wall_s,
        "memory_bytes": execution.memory_bytes,
    }
