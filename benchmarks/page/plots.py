"""Plots as SVG to stand in the page: drawn by matplotlib, coloured by the page, so that they follow its dark mode."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from benchmarks.metrics import Estimate

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = "#010203"
_PAGE_COLOURS = {INK: "var(--ink)", "#010204": "var(--line)"}
_CURVES = ("#010211", "#010212", "#010213")
_PAGE_COLOURS |= {colour: f"var(--c{number})" for number, colour in enumerate(_CURVES, start=1)}


def bars(counts: Mapping[str, float], *, unit: str = "") -> str:
    """Horizontal bars, largest scale first as given, each with its number."""
    figure, axes = _figure(height=0.5 + 0.34 * max(1, len(counts)))
    names = list(counts)
    axes.barh(names, list(counts.values()), color=_CURVES[0], height=0.62)
    axes.invert_yaxis()
    widest = max(counts.values(), default=1) or 1
    for place, value in enumerate(counts.values()):
        axes.text(value + widest * 0.01, place, f"{_short(value)}{unit}", va="center", color=INK, fontsize=10.5)
    axes.set_xlim(0, widest * 1.18)
    axes.set_xticks([])
    for side in ("top", "right", "bottom", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0)
    return _svg(figure)


def curves(lines: Mapping[str, Mapping[int, Estimate]]) -> str:
    """Share of problems solved against k, on a logarithmic axis, each curve with its 95% band."""
    figure, axes = _figure(height=3.2)
    ks = sorted({k for points in lines.values() for k in points})
    for colour, (name, points) in zip(_CURVES, lines.items(), strict=False):
        places = sorted(points)
        axes.fill_between(
            places, [points[k].low for k in places], [points[k].high for k in places], color=colour, alpha=0.15, lw=0
        )
        axes.plot(places, [points[k].value for k in places], color=colour, marker="o", ms=3.5, lw=1.8, label=name)
    axes.set_xscale("log")
    axes.set_xticks(ks, [str(k) for k in ks])
    axes.minorticks_off()
    axes.set_ylim(0, 1)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1.0], ["0", "25%", "50%", "75%", "100%"])
    axes.set_xlabel("k, samples drawn", color=INK, fontsize=10.5)
    axes.grid(color="#010204", lw=0.6)
    axes.legend(frameon=False, labelcolor=INK, loc="lower left", bbox_to_anchor=(0, 1), ncols=3, fontsize=10.5)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return _svg(figure)


def _figure(*, height: float) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.2, height), layout="constrained")
    axes = figure.add_subplot()
    axes.tick_params(colors=INK, labelsize=10.5)
    for spine in axes.spines.values():
        spine.set_color("#010204")
    return figure, axes


def _svg(figure: Figure) -> str:
    """Without XML head, size and metadata; text stays text, colours become those of the page."""
    import matplotlib as mpl

    written = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "codesieve", "font.family": "sans-serif"}):
        figure.savefig(written, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = written.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", text, count=1)
    text = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", text, count=1)
    text = re.sub(r"font(?:-family)?: [^;\"]*?'[^;\"]*;?", "", text)
    for colour, name in _PAGE_COLOURS.items():
        text = text.replace(colour, name)
    return text


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"
