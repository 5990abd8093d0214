"""`codesieve report`: a run as a person wants to see it."""

from __future__ import annotations

import json
from pathlib import Path

import click

from codegen.cli import options as o


@click.command()
@o.run_option(required=True)
@click.option("--problem", "problem_id", metavar="ID", help="Only this problem of the run.")
@click.option("--svg", "svg", type=click.Path(dir_okay=False, path_type=Path), metavar="OUT", help="Write a picture.")
@o.json_option
def report(run_path: str, problem_id: str | None, svg: Path | None, as_json: bool) -> int:
    """Show funnel, clusters, submissions and the best program of each problem in a run file."""
    from codegen.cli.render import render
    from codegen.report import build_report, chosen_problems
    from codegen.runs import RunFile

    with RunFile.open_existing(run_path) as run:
        reports = [build_report(run, problem) for problem in chosen_problems(run, problem_id)]
    if as_json:
        click.echo(json.dumps({"problems": [each.to_json() for each in reports]}, ensure_ascii=False))
    else:
        console = render(reports, record=bool(svg))
        if svg:
            svg.write_text(console.export_svg(title="codesieve"), encoding="utf-8")
    return 0 if any(each.funnel.survived for each in reports) else 1
