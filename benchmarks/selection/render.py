"""Figures of the laboratory as one flat object, and as a table for a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from benchmarks.compare import sign_test
from benchmarks.metrics import Estimate, paired
from benchmarks.selection.laboratory import ORACLE, REGRETS, Figures

BLIND = frozenset({"random", "majority-text", "logprob", "coder-reviewer"})
"""Selectors that run nothing."""
COMPARISON = ("minus_reference", "minus_reference_low", "minus_reference_high", "sign_test")
"""Names of what compares a selector with the reference."""


def flat(figures: Mapping[str, Figures], costs: tuple[int, float], *, reference: str) -> dict[str, dict[str, float]]:
    """Selector -> name -> plain number; percent where it is a share (docs/selection.md names them all)."""
    if not figures:
        return {}
    executions, cpu_s = costs
    found: dict[str, dict[str, float]] = {}
    for name, each in _by_value(figures):
        row: dict[str, float] = {}
        for figure, estimate in _estimates(each).items():
            row[figure] = _percent(estimate.value)
        for figure, estimate in _estimates(each).items():
            row[f"{figure}_low"], row[f"{figure}_high"] = _percent(estimate.low), _percent(estimate.high)
        if name != ORACLE and (difference := _difference(each, figures, reference)) is not None:
            values = (_percent(each) for each in (difference.value, difference.low, difference.high))
            row |= dict(zip(COMPARISON, (*values, _sign_test(each, figures[reference])), strict=True))
        row |= {f"regret_{kind}": _percent(value) for kind, value in _regret(each).items()}
        if name != ORACLE:
            row["executions"] = 0 if name in BLIND else executions
            row["cpu_seconds"] = 0.0 if name in BLIND else round(cpu_s, 1)
            row["seconds"] = round(each.seconds, 3)
        found[name] = row
    return found


def lines(figures: Mapping[str, Figures], costs: tuple[int, float], *, reference: str) -> Iterator[str]:
    """Two tables, best first: n@k; then the interval of 1@all, the paired difference, and kinds of loss."""
    columns = list(figures[ORACLE].by_problem)
    first = first_figure(figures[ORACLE])
    yield f"{'selector':<16}" + "".join(f"{each:>8}" for each in columns)
    for name, each in _by_value(figures):
        yield f"{name:<16}" + "".join(_cell(each, column) for column in columns)
    yield ""
    yield f"{'selector':<16}{first:>7}  95% interval   minus {reference:<16}" + "".join(f"{k:>16}" for k in REGRETS)
    for name, each in _by_value(figures):
        estimate = each.estimate(first)
        interval = f"[{_percent(estimate.low):.1f}, {_percent(estimate.high):.1f}]"
        difference = _difference(each, figures, reference) if name != ORACLE else None
        shown = f"{_percent(difference.value):+.1f} {_interval(difference)}" if difference else ""
        yield f"{name:<16}{_percent(estimate.value):>7.1f}  {interval:<15}{shown:<22}" + "".join(
            f"{_percent(value):>16.1f}" for value in _regret(each).values()
        )
    executions, cpu_s = costs
    yield f"{len(figures[ORACLE].regret)} problems, {executions} executions in {cpu_s:.0f} s of processor time"


def first_figure(figures: Figures) -> str:
    """1@k with the greatest k."""
    return max((name for name in figures.by_problem if name.startswith("1@")), key=lambda name: int(name[2:]))


def _by_value(figures: Mapping[str, Figures]) -> list[tuple[str, Figures]]:
    first = first_figure(figures[ORACLE])
    return sorted(figures.items(), key=lambda item: -item[1].estimate(first).value)


def _estimates(figures: Figures) -> dict[str, Estimate]:
    return {name: figures.estimate(name) for name in figures.by_problem}


def _difference(each: Figures, figures: Mapping[str, Figures], reference: str) -> Estimate | None:
    if reference not in figures or each is figures[reference]:
        return None
    first = first_figure(each)
    return paired(each.by_problem[first], figures[reference].by_problem[first])


def _sign_test(each: Figures, other: Figures) -> float:
    first = first_figure(each)
    pairs = [(each.by_problem[first][key], other.by_problem[first][key]) for key in each.by_problem[first]]
    return round(sign_test(sum(a > b for a, b in pairs), sum(a < b for a, b in pairs)), 6)


def _regret(figures: Figures) -> dict[str, float]:
    count = max(len(figures.regret), 1)
    return {kind: sum(each[kind] for each in figures.regret.values()) / count for kind in REGRETS}


def _interval(estimate: Estimate) -> str:
    return f"[{_percent(estimate.low):+.1f}, {_percent(estimate.high):+.1f}]"


def _cell(figures: Figures, column: str) -> str:
    return f"{_percent(figures.estimate(column).value):>8.1f}" if column in figures.by_problem else f"{'':>8}"


def _percent(value: float) -> float:
    return round(100 * value, 3)
