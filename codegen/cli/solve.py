"""`codesieve solve`: the whole way from a problem to ranked programs."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from codegen.cli import options as o
from codegen.models.placement import Precision

if TYPE_CHECKING:
    from problems.problem import Problem


@click.command()
@click.argument("problem")
@o.model_option
@o.dtype_option
@o.samples_or_auto_option
@o.max_samples_option
@o.submissions_option
@o.language_option
@o.prompts_option
@o.sandbox_option
@o.seed_option
@o.max_tokens_option
@o.ranker_option
@o.model_tests_option
@o.repair_option
@o.confidence_option
@click.option(
    "--model-inputs",
    type=click.IntRange(0, 100),
    default=0,
    metavar="N",
    help="Inputs that the model is to write too, to tell programs apart.",
)
@click.option(
    "--tests",
    "test_paths",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    metavar="FILE",
    help="Tests (pytest, unittest) that call the function; they count like its examples. May be given again.",
)
@click.option("--ask", is_flag=True, help="Ask which output is right where programs differ, until they do not.")
@o.run_option(required=False)
@o.json_option
def solve(
    problem: str,
    model: str,
    dtype: Precision,
    samples: int,
    max_samples: int | None,
    submissions: int,
    languages: tuple[str, ...],
    prompts: str,
    sandbox: str,
    seed: int,
    max_tokens: int,
    ranker: str,
    model_tests: int,
    repair: int,
    min_confidence: float,
    model_inputs: int,
    test_paths: tuple[Path, ...],
    ask: bool,
    run_path: str | None,
    as_json: bool,
) -> int:
    """Sample programs for PROBLEM, run them, and print the ones that prove themselves.

    PROBLEM is a Markdown statement, a Python stub, a problem folder, a suite id such as humaneval/HumanEval/0, the id
    of a bundled problem, or - for standard input. Exit code 0 when a program survived, 1 when none did.
    """
    from codegen.cli.asking import answering
    from codegen.cli.progress import Progress
    from codegen.cli.render import print_report
    from codegen.engine import Engine
    from codegen.executor import LocalExecutor
    from problems.library import find

    if ask and problem == "-":
        raise click.UsageError("--ask needs standard input for your answers; give the problem as a file, not as '-'")
    asked = find(problem)
    for path in test_paths:
        asked = with_test_file(asked, path)
    settings = o.settings_of(
        samples=samples,
        max_samples=max_samples,
        seed=seed,
        submissions=submissions,
        languages=languages,
        prompts=prompts,
        ranker=ranker,
        model_tests=model_tests,
        repair=repair,
        min_confidence=min_confidence,
        max_tokens=max_tokens,
        model_inputs=model_inputs,
    )
    run = run_path or default_run_path(asked.id)
    click.echo(f"run file: {run}", err=True)
    try:
        with (
            Engine(model=model, sandbox=sandbox, settings=settings, executor=LocalExecutor(dtype=dtype)) as engine,
            Progress() as progress,
        ):
            show = answering(asked, progress.show) if ask else progress.show
            report = engine.solve(asked, run=run, on_event=show, ask=ask)
    except KeyboardInterrupt:
        click.echo(f"\ninterrupted; to go on, start the same command again with --run {run}", err=True)
        raise
    if settings.auto:
        click.echo(f"{report.funnel.drawn} of at most {settings.samples} samples were drawn", err=True)
    elif report.funnel.drawn < samples:
        click.echo(
            f"{model} has {report.funnel.drawn} samples of {asked.id}, fewer than the {samples} asked for", err=True
        )
    if as_json:
        click.echo(json.dumps(report.to_json(), ensure_ascii=False))
    else:
        print_report(report)
    return 0 if report.funnel.survived else 1


def with_test_file(problem: Problem, path: Path) -> Problem:
    """The problem with the tests of a file that call its function.

    Raises:
        ProblemError: The file cannot be read, or none of its tests calls the function.
    """
    from problems.codec import read_text
    from problems.errors import ProblemFormatError
    from problems.formats.pytests import with_tests
    from problems.formats.stub import beside
    from problems.problem import Call

    call = problem.interface
    source = Path(problem.source)
    whole = read_text(source) if source.suffix == ".py" and source.is_file() else None
    name = call.entry_point if isinstance(call, Call) else ""
    text = whole if whole is not None else call.starter_code if isinstance(call, Call) else ""
    found = with_tests(problem, read_text(path), name=path.name, module=source.stem or name, context=beside(text, name))
    if found == problem:
        raise ProblemFormatError(
            f"no test in it calls {name}; it must import it from {source.stem or name}", path=str(path)
        )
    return found


def default_run_path(problem_id: str) -> str:
    """$XDG_STATE_HOME/codesieve/runs/<time>-<problem>.sqlite"""
    from codegen.config import state_dir

    name = re.sub(r"[^A-Za-z0-9._-]+", "-", problem_id).strip("-.") or "problem"
    folder: Path = state_dir() / "runs"
    return str(folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{name[:60]}.sqlite")
