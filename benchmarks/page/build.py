"""Collect, draw, write: the page of a run. Its size is bounded, whatever the run holds."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from benchmarks.judge import text_key
from benchmarks.metrics import Estimate
from benchmarks.page import details as shown
from benchmarks.page import plots
from benchmarks.page.figures import Figures, grid, row
from benchmarks.resampling import resamples_for
from benchmarks.results import drawn_counts, problem_result
from benchmarks.score import read_scores
from benchmarks.verdict import Score
from codegen.report import Report, build_report
from codegen.runs import RunFile
from problems.problem import Problem

MAX_DETAILS_BYTES = 24 << 20
"""Of all problems' views together, packed. Problems beyond have a row in the table and a view that says so."""

STAGES = {
    "drawn": "samples drawn",
    "with_program": "with a program",
    "unique": "different programs",
    "survived": "passed the examples",
    "clusters": "behaviours",
    "submitted": "submitted",
}
KINDS = {
    "AC": "passed (AC)",
    "WA": "wrong answer (WA)",
    "RTE": "run-time error (RTE)",
    "TLE": "time limit (TLE)",
    "MLE": "memory limit (MLE)",
    "OLE": "output limit (OLE)",
    "CE": "does not compile (CE)",
}


def write_page(
    run: RunFile,
    out: Path,
    *,
    problems: Sequence[Problem],
    on_problem: Callable[[], object] = lambda: None,
    most_bytes: int = MAX_DETAILS_BYTES,
) -> None:
    """Write the page of these problems of a run.

    Args:
        on_problem: Called after each.
        most_bytes: Bound of `MAX_DETAILS_BYTES`.

    Raises:
        OSError: `out` cannot be written.
    """
    scored = bool(run.rows("SELECT 1 FROM scores LIMIT 1"))
    counts = drawn_counts(run)
    fewest = min((counts.get(problem.id, 0) for problem in problems), default=0)
    figures = Figures(
        ranker=run.settings.ranker,
        ks=grid(fewest) if fewest else (),
        resamples=resamples_for(len(problems)),
        scored=scored,
    )
    table: list[dict[str, Any]] = []
    packed: list[str] = []
    size = 0
    for problem in problems:
        report, result = build_report(run, problem), problem_result(run, problem)
        figures.add(report, result)
        table.append(row(report, result, scored=scored))
        text = shown.pack(shown.details(problem, report, list(_scores(run, report)))) if size < most_bytes else ""
        size += len(text)
        packed.append(text)
        on_problem()
    out.write_text(_rendered(run, figures, table, packed), encoding="utf-8")


def _scores(run: RunFile, report: Report) -> Iterator[Score | None]:
    scores = read_scores(run, report.problem_id)
    for each in report.handed_in:
        yield scores.get(text_key(each.program, each.language))


def _rendered(run: RunFile, figures: Figures, table: list[dict[str, Any]], packed: list[str]) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("benchmarks.page", "static"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    script, style = _static("page.js"), _static("page.css")
    curves = figures.curves()
    return environment.get_template("page.html.j2").render(
        title=_title(run, figures),
        facts=list(_facts(run, figures)),
        headline=list(_headline(curves)),
        curves=Markup(plots.curves(curves)) if curves else None,  # noqa: S704 (made by matplotlib of numbers)
        curve_rows=_curve_rows(curves),
        ranker=figures.ranker,
        selector_rows=_selector_rows(figures.selectors()),
        funnel=_bars({label: figures.funnel[name] for name, label in STAGES.items() if _reached(figures, name)}),
        failures=_bars({KINDS.get(kind, kind): count for kind, count in figures.failures.most_common()}),
        failures_title="Samples by verdict of the hidden tests" if figures.scored else "Samples by verdict",
        seconds=_bars({stage: value for stage, value in figures.seconds.items() if stage != "total"}, unit=" s"),
        scored=figures.scored,
        left_out=sum(not text for text in packed),
        table=Markup(_json(table)),  # noqa: S704 (no < is left in it)
        packed=packed,
        style=Markup(style),  # noqa: S704 (ours)
        script=Markup(script),  # noqa: S704 (ours)
        policy=f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{_digest(script)}'; img-src data:",
    )


def _title(run: RunFile, figures: Figures) -> str:
    count = f"{figures.problems} problem{'s' * (figures.problems != 1)}"
    return f"{str(run.model['name']).rpartition('/')[2]} on {count}"


def _facts(run: RunFile, figures: Figures) -> Iterator[tuple[str, str]]:
    settings = run.settings
    yield "model", str(run.model["name"])
    yield "samples a problem", str(settings.samples)
    yield "problems", str(figures.problems)
    yield "languages", ", ".join(settings.languages)
    yield "ranker", settings.ranker
    yield "seed", str(settings.seed)
    if figures.tokens:
        drawn = max(1, figures.funnel["drawn"])
        yield "tokens", f"{figures.tokens:,} ({figures.tokens / drawn:,.0f} a sample)"
    yield "time", f"{figures.seconds['total']:,.0f} s"


def _reached(figures: Figures, stage: str) -> bool:
    """Samples that were only scored have no later stages."""
    return stage in ("drawn", "with_program", "unique") or figures.judged


def _headline(curves: Mapping[str, Mapping[int, Estimate]]) -> Iterator[tuple[str, str, str]]:
    """Name, value and interval of the figures that come first."""
    wanted = [("pass@k", k) for k in (1, 10, 100)]
    wanted += [(name, max(curves[name])) for name in ("1@k", "10@k") if curves.get(name)]
    for name, k in wanted:
        if k in curves.get(name, {}):
            each = curves[name][k]
            yield (
                name.replace("k", str(k)),
                f"{100 * each.value:.1f}%",
                f"{100 * each.low:.1f} to {100 * each.high:.1f}",
            )


def _curve_rows(curves: Mapping[str, Mapping[int, Estimate]]) -> list[tuple[str, list[str]]]:
    """The plot's numbers as a table, for those who cannot see it."""
    ks = sorted({k for points in curves.values() for k in points})
    rows = [("k", [str(k) for k in ks])]
    for name, points in curves.items():
        cells = (points.get(k) for k in ks)
        rows.append(
            (name, [f"{100 * c.value:.1f} [{100 * c.low:.1f}, {100 * c.high:.1f}]" if c else "" for c in cells])
        )
    return rows if curves else []


def _selector_rows(selectors: Mapping[str, Mapping[str, Estimate]]) -> list[tuple[str, list[str]]]:
    """A head, then n@k of every selector on all samples."""
    names = list(next(iter(selectors.values()), {}))
    rows = [("selector", names)]
    for selector, found in selectors.items():
        cells = (found[name] for name in names)
        rows.append((selector, [f"{100 * c.value:.1f} [{100 * c.low:.1f}, {100 * c.high:.1f}]" for c in cells]))
    return rows if selectors else []


def _bars(counts: Mapping[str, float], *, unit: str = "") -> Any:
    from markupsafe import Markup

    return Markup(plots.bars(counts, unit=unit)) if counts else None  # noqa: S704 (made by matplotlib; it escapes)


def _json(value: Any) -> str:
    """JSON that can stand in a script element: nothing in it ends the element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for sign, code in (
        ("&", "\\u0026"),
        ("<", "\\u003c"),
        (">", "\\u003e"),
        ("\u2028", "\\u2028"),
        ("\u2029", "\\u2029"),
    ):
        text = text.replace(sign, code)
    return text


def _static(name: str) -> str:
    return files("benchmarks.page").joinpath("static", name).read_text(encoding="utf-8")


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
