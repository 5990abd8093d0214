"""The terminal report: the funnel as bars, the clusters, the best program in colour."""

from __future__ import annotations

import io
from collections.abc import Iterable

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from codegen.report import Report

BAR_WIDTH = 40
PREVIEW = 60
STAGES = (
    ("drawn", "samples drawn"),
    ("with_program", "with a program"),
    ("unique", "different programs"),
    ("survived", "passed the examples"),
    ("clusters", "behaviours"),
    ("submitted", "submitted"),
)


def print_report(report: Report) -> None:
    render([report], record=False)


def render(reports: Iterable[Report], *, record: bool) -> Console:
    """Print reports to stdout. A recording console gives them as SVG afterwards, at 100 columns."""
    console = Console(record=record, width=100 if record else None, highlight=False)
    for report in reports:
        console.print(_view(report))
    return console


def to_text(report: Report) -> str:
    """The report without colour, 100 columns."""
    written = io.StringIO()
    Console(file=written, width=100, highlight=False, no_color=True).print(_view(report))
    return written.getvalue()


def _view(report: Report) -> RenderableType:
    parts: list[RenderableType] = [_heading(report), _funnel(report)]
    if report.verdicts:
        parts.append(Text("samples by verdict: " + "  ".join(f"{k} {v}" for k, v in report.verdicts.items())))
    if report.repairs:
        parts.append(Text(f"repairs: {report.repairs} samples mend another one, {report.repaired} of them passed"))
    if report.clusters:
        parts.append(_clusters(report))
    if report.contrasts:
        parts.append(_contrasts(report))
    parts.append(_best(report))
    return Group(*parts)


def _heading(report: Report) -> Text:
    seconds = report.seconds.get("total", 0.0)
    text = Text(report.problem_id, style="bold")
    text.append(f"   {report.model}, seed {report.seed}, {report.tokens} tokens, {seconds:.1f} s", style="dim")
    return text


def _funnel(report: Report) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(justify="left")
    table.add_column(justify="right")
    table.add_column()
    widest = max(1, report.funnel.drawn)
    for name, label in STAGES:
        count = getattr(report.funnel, name)
        if name == "survived" and not report.filtering:
            label = "built (no examples: filtering off)"
        table.add_row(
            label, str(count), Text("█" * round(BAR_WIDTH * count / widest) or "▏" * bool(count), style="green")
        )
    return table


def _clusters(report: Report) -> Table:
    table = Table(title="clusters of equal behaviour", title_justify="left", box=None, pad_edge=False)
    table.add_column("samples", justify="right")
    table.add_column("programs", justify="right")
    table.add_column("on input")
    table.add_column("gives")
    table.add_column("largest gives")
    for view in report.clusters:
        cells = (_short(text) for text in (view.input, view.output, view.output_of_largest))
        table.add_row(str(view.size), str(view.programs), *cells)
    return table


def _contrasts(report: Report) -> Table:
    """Outputs of the largest clusters, one a column in the order of the table of clusters."""
    table = Table(title="smallest inputs that tell them apart", title_justify="left", box=None, pad_edge=False)
    table.add_column("on input")
    for number in range(1, len(report.contrasts[0].outputs) + 1):
        table.add_column(f"cluster {number}")
    for each in report.contrasts:
        table.add_row(*map(_short, (each.input, *each.outputs)))
    return table


def _best(report: Report) -> RenderableType:
    if not report.handed_in:
        return Text("no program survived", style="red")
    best = report.handed_in[0]
    salvaged = f", salvaged ({', '.join(best.salvaged)})" if best.salvaged else ""
    title = f"submission 1 of {report.funnel.submitted}: cluster of {best.cluster_size}{salvaged}"
    if report.best is None:
        title = f"no program passed all examples; this one comes nearest: {best.public_verdict}{salvaged}"
    syntax = Syntax(
        best.program.rstrip("\n"), best.language, theme="ansi_dark", word_wrap=True, background_color="default"
    )
    return Panel(syntax, title=title, title_align="left")


def _short(text: str) -> Text:
    one_line = text.replace("\n", "⏎")
    return Text(one_line if len(one_line) <= PREVIEW else one_line[: PREVIEW - 1] + "…")
