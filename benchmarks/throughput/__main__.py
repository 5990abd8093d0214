"""Benchmarks of the sandbox and of the engine. Each prints a table, or with --json one object, in ten minutes.

--full takes as long as it takes.

python -m benchmarks.throughput sandbox      time of a run beside that of other ways to run a program
python -m benchmarks.throughput stability    labelled programs again and again on a busy machine: verdicts that flip
python -m benchmarks.throughput kill         how long after its limit the last process of a program is gone
python -m benchmarks.throughput accounting   memory, processor and wall time of known programs beside the kernel's own
python -m benchmarks.throughput requests     a warm engine: time to the first event, memory after many requests
python -m benchmarks.throughput generation   tokens per second of n samples beside transformers and llama.cpp
"""

from __future__ import annotations

import json
import sys

import click

from benchmarks.throughput import accounting, generation, kill, requests, speed, stability
from codegen.cli.entry import invoke

_AS_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
_FULL = click.option("--full", is_flag=True, help="Take as long as it takes: more rounds or repeats.")
_TIER = click.option("--sandbox", "tier", default="auto", show_default=True, help="docker, bubblewrap or auto.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def throughput() -> None:
    """Benchmarks of the sandbox and of the engine."""


@throughput.command("sandbox")
@_AS_JSON
@_FULL
def sandbox_command(as_json: bool, full: bool) -> None:
    """Time of a run, in one go with the other ways to run a program, over that of `python3 -I -c pass`."""
    found = speed.measure(rounds=15 if full else 5)
    click.echo(json.dumps(speed.summary(found)) if as_json else speed.table(found))


@throughput.command("stability")
@_AS_JSON
@_FULL
@_TIER
def stability_command(as_json: bool, full: bool, tier: str) -> int:
    """Programs of known verdict, repeated on a busy machine: how many verdicts flip."""
    found = stability.measure(tier, cpu_s=1.0 if full else 0.15)
    click.echo(json.dumps(found.as_json()) if as_json else found.table())
    return 1 if found.flips else 0


@throughput.command("kill")
@_AS_JSON
@_FULL
@_TIER
def kill_command(as_json: bool, full: bool, tier: str) -> None:
    """How long after its limit the last process of a program is gone."""
    found = kill.measure(tier, repeats=100 if full else 20)
    click.echo(json.dumps(kill.summary(found)) if as_json else kill.table(found))


@throughput.command("accounting")
@_AS_JSON
@_FULL
@_TIER
def accounting_command(as_json: bool, full: bool, tier: str) -> None:
    """What the sandbox says of known programs, less what the kernel says: peak memory, processor and wall time."""
    found = accounting.measure(tier, repeats=50 if full else 10)
    click.echo(json.dumps(accounting.summary(found)) if as_json else accounting.table(found))


@throughput.command("requests")
@_AS_JSON
@_FULL
@_TIER
def requests_command(as_json: bool, full: bool, tier: str) -> None:
    """A warm engine: time to the first event of a request, and its memory after 20 and after 200 of them."""
    found = requests.measure(tier, count=1000 if full else requests.LATE)
    click.echo(json.dumps(found.to_json()) if as_json else found.table())


@throughput.command("generation")
@_AS_JSON
@_FULL
def generation_command(as_json: bool, full: bool) -> None:
    """Tokens per second of 1, 16 and 64 samples of a prompt, in one go with other ways to draw them."""
    found = generation.measure(rounds=9 if full else 3, most_s=float("inf") if full else 420)
    click.echo(json.dumps(generation.summary(found)) if as_json else generation.table(found))


if __name__ == "__main__":
    sys.exit(invoke(throughput))
