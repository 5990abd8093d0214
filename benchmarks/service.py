"""How soon a warm service answers, and whether it grows: `python -m benchmarks.service --json`.

One `codesieve serve` on recorded samples gets one request after the other over HTTP. First event: from sending the
request to reading the first event of the engine, `started`, of its run. Memory: the service's resident set.
"""

from __future__ import annotations

import http.client
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from codegen.cli import options as o
from codegen.cli.entry import invoke
from problems.codec import read_solutions
from problems.library import DATA

PROBLEM = "steady-readings"


@click.command()
@click.option("--requests", type=click.IntRange(2), default=200, show_default=True, help="How many are sent.")
@click.option("--early", type=click.IntRange(1), default=20, show_default=True, help="Memory is compared with then.")
@click.option("--samples", type=click.IntRange(1), default=8, show_default=True, help="Of each run.")
@o.sandbox_option
@o.json_option
def service(requests: int, early: int, samples: int, sandbox: str, as_json: bool) -> int:
    """Measure a service over REQUESTS runs, one after the other."""
    waits: list[float] = []
    memory: dict[int, int] = {}
    with tempfile.TemporaryDirectory() as folder, _served(Path(folder), samples, sandbox) as (process, printed):
        for number in tqdm(range(1, requests + 1), unit="run", file=sys.stderr):
            waits.append(_one(printed["port"], printed["tokens"]["me"]))
            if number in (early, requests):
                memory[number] = _resident_bytes(process.pid)
    measured = {
        "requests": requests,
        "first_event_s": _summary(waits[early:] or waits),
        "memory_bytes": {str(number): value for number, value in memory.items()},
        "growth": round(memory[requests] / memory[early] - 1, 4) if early in memory else None,
    }
    click.echo(json.dumps(measured) if as_json else "\n".join(f"{name}: {value}" for name, value in measured.items()))
    return 0


@contextmanager
def _served(folder: Path, samples: int, sandbox: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """A service on the bundled problem's own solutions, right and wrong, going round."""
    sources = [each.source for each in read_solutions(DATA / PROBLEM)]
    recorded = folder / "samples.jsonl"
    rows = ({"task_id": PROBLEM, "solution": sources[i % len(sources)]} for i in range(samples))
    recorded.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    command = (
        sys.executable, "-m", "benchmarks.cli", "serve", "--port", "0", "--json", "--model", f"replay:{recorded}",
        "--samples", str(samples), "--sandbox", sandbox, "--runs", str(folder / "runs"),
    )  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.terminate()


def _one(port: int, token: str) -> float:
    """Seconds to the first event of a run that is then followed to its end."""
    headers = {"Authorization": f"Bearer {token}"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    begun = time.perf_counter()
    connection.request("POST", "/api/runs", json.dumps({"problem": PROBLEM}), headers)
    started = json.loads(connection.getresponse().read())
    connection.request("GET", f"/api/runs/{started['id']}/events", headers=headers)
    response = connection.getresponse()
    while b'"event":"started"' not in response.readline():
        continue
    waited = time.perf_counter() - begun
    ended = response.read().endswith(b'"state":"done"}\n\n')
    connection.close()
    if not ended:
        raise click.ClickException(f"run {started['id']} did not end well; `codesieve report` shows its file")
    return waited


def _resident_bytes(pid: int) -> int:
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(fields["VmRSS"].split()[0]) * 1024


def _summary(values: Sequence[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        "median": round(statistics.median(ordered), 4),
        "p95": round(ordered[int(0.95 * (len(ordered) - 1))], 4),
        "largest": round(ordered[-1], 4),
    }


if __name__ == "__main__":
    sys.exit(invoke(service))
