"""`python -m benchmarks.selection.scale`: a million samples of one problem are read, filtered, clustered, ranked.

The run file is written first and not counted. What is timed is a process of its own that opens it, reads the samples
from SQLite and ends with ten submissions; memory is the peak of that process.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from codegen.cli.entry import invoke
from codegen.config import Settings
from codegen.programs import program_key
from codegen.runs import RunFile
from codegen.selection import choose, pool_of
from problems.library import from_text
from problems.problem import Problem

SIZES = (10_000, 100_000, 1_000_000)
TEXTS = 50_000
BEHAVIOURS = 3_000
INPUTS = 40
_ROWS = 10_000
_STUB = 'def shift(x: int) -> int:\n    """Shift x.\n\n    >>> shift(1)\n    2\n    """\n'


@click.command()
@click.option("--samples", type=click.IntRange(1), multiple=True, help="Sizes to measure; default 10^4, 10^5, 10^6.")
@click.option("--plot", type=click.Path(dir_okay=False, path_type=Path), help="Write a picture (SVG) there.")
@click.option("--read", type=click.Path(exists=True, dir_okay=False), hidden=True)
@click.option("--json", "as_json", is_flag=True)
def main(samples: tuple[int, ...], plot: Path | None, read: str | None, as_json: bool) -> None:
    """Seconds and memory of selection by the number of samples."""
    if read is not None:
        click.echo(json.dumps(_select(read)))
        return
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for count in samples or SIZES:
            path = Path(folder, f"{count}.sqlite")
            write_run(path, count)
            found.append({"samples": count} | _measured(path))
            path.unlink()
    if plot is not None:
        _draw(found, plot)
    if as_json:
        click.echo(json.dumps({"runs": found}))
    else:
        for row in found:
            click.echo("  ".join(f"{key} {value}" for key, value in row.items()))


def write_run(path: Path, samples: int, *, seed: int = 0) -> None:
    """A run of one problem: texts and behaviours by Zipf's law; about half of the texts fail the public test."""
    problem = from_text(_STUB, name="shift")
    chance = random.Random(seed)  # noqa: S311
    texts = min(TEXTS, samples)
    weights = [1 / (place + 10) for place in range(texts)]
    with RunFile.create_or_resume(path, model={"name": "synthetic"}, settings=Settings()) as run:
        run.add_problem(problem)
        sources = [_source(number) for number in range(texts)]
        keys = [program_key(source, "python") for source in sources]
        _write_programs(run, problem, keys, chance)
        for start in range(0, samples, _ROWS):
            drawn = chance.choices(range(texts), weights=weights, k=min(_ROWS, samples - start))
            with run.transaction() as connection:
                connection.executemany(
                    "INSERT INTO samples (problem_id, idx, seed, variation, text, form, finish_reason, token_count, "
                    "logprob, extraction, program_key) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                    _rows(problem, start, drawn, sources, keys),
                )


def _write_programs(run: RunFile, problem: Problem, keys: Sequence[str], chance: random.Random) -> None:
    weights = [1 / (place + 2) for place in range(BEHAVIOURS)]
    outcomes = [_outcomes(number) for number in range(BEHAVIOURS)]
    with run.transaction() as connection:
        for key, behaviour in zip(keys, chance.choices(range(BEHAVIOURS), weights=weights, k=len(keys)), strict=True):
            right = chance.random() < 0.5
            connection.execute(
                "INSERT INTO judgements VALUES (?,?,?,?,?,?,?)",
                (problem.id, key, "AC" if right else "WA", int(right), 1, "", 0.0),
            )
            if right:
                connection.execute("INSERT INTO fingerprints VALUES (?,?,?)", (problem.id, key, outcomes[behaviour]))


def _rows(
    problem: Problem, start: int, drawn: Sequence[int], sources: Sequence[str], keys: Sequence[str]
) -> Iterator[tuple[Any, ...]]:
    variation = json.dumps({"temperature": 0.8, "style": "direct", "language": "python", "rating": None, "tags": []})
    for index, text in enumerate(drawn, start):
        source = sources[text]
        extraction = json.dumps({"program": source, "language": "python", "salvaged": [], "raw": source})
        yield (problem.id, index, index, variation, source, "recorded", "stop", 60, -30.0, extraction, keys[text])


def _source(number: int) -> str:
    return (
        f"def shift(x: int) -> int:\n    total = {number}\n    for step in range(3):\n"
        "        if step % 2 == 0:\n            total += step * x\n        else:\n            total -= x\n"
        "    return total\n"
    )


def _outcomes(behaviour: int) -> str:
    """Near behaviours agree on many inputs."""
    values = [behaviour if place % 7 == behaviour % 7 else behaviour % (place + 2) for place in range(INPUTS)]
    return json.dumps([{"digest": f"{value:024x}", "preview": str(value)} for value in values])


def _measured(path: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.selection.scale", "--read", str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _select(path: str) -> dict[str, float]:
    begun, cpu = time.perf_counter(), time.process_time()
    with RunFile.open_existing(path) as run:
        (problem,) = run.problems()
        pool = pool_of(run, problem.id, seed=0)
        chosen = choose(pool, "blend", limit=10)
    return {
        "seconds": round(time.perf_counter() - begun, 2),
        "cpu_seconds": round(time.process_time() - cpu, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "survivors": len(pool.candidates),
        "clusters": len(pool.clusters),
        "submissions": len(chosen),
    }


def _draw(found: Sequence[dict[str, float]], path: Path) -> None:
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6, 3.5))
    axes.loglog(
        [row["samples"] for row in found], [row["cpu_seconds"] for row in found], "o-", label="processor seconds"
    )
    axes.loglog([row["samples"] for row in found], [row["peak_mb"] for row in found], "s--", label="peak memory, MB")
    axes.set_xlabel("samples of one problem")
    axes.legend()
    figure.tight_layout()
    figure.savefig(path)


if __name__ == "__main__":
    sys.exit(invoke(main))
