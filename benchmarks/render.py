"""Figures of a benchmark as lines for a terminal. Percentages with one decimal, intervals beside them."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.metrics import Estimate
from benchmarks.results import BenchResult


def lines(result: BenchResult) -> Iterator[str]:
    """The table that `codesieve bench` prints."""
    yield (
        f"{result.suite}: {result.problems} problem{'s' * (result.problems != 1)}, "
        f"{result.samples} sample{'s' * (result.samples != 1)} each, {result.model}"
    )
    yield f"{'':<28}{'%':>7}   95% interval over problems"
    for k, each in result.pass_at_k.items():
        yield row(f"pass@{k}", each)
    for k, each in result.pass_at_k_salvaged.items():
        yield row(f"pass@{k} with salvage", each)
    for selector, figures in result.n_at_k.items():
        for name, each in figures.items():
            if name.endswith(f"@{result.samples}"):  # smaller k: with --json
                yield row(f"{name} {selector}", each)
    if result.first is not None:
        yield row("first submission", result.first)
    if result.first_minus_pass_at_1 is not None:
        yield row("first submission - pass@1", result.first_minus_pass_at_1, signed=True)
    if result.first_minus_pass_at_1_salvaged is not None:
        yield row("  the same with salvage", result.first_minus_pass_at_1_salvaged, signed=True)
    if result.questions and "cluster" in result.selector_minus_pass_at_1:
        yield row("majority vote - one sample", result.selector_minus_pass_at_1["cluster"], signed=True)
    if result.budget:
        saved = 100 * (1 - result.drawn / result.budget)
        yield f"samples drawn: {result.drawn} of at most {result.budget} ({saved:.1f}% saved)"
    total = result.passed + sum(result.failures.values())
    kinds = ", ".join(f"{kind} {count}" for kind, count in result.failures.items()) or "none"
    yield f"passed {result.passed} of {total} samples; failures: {kinds}"
    if result.self_judged:
        yield f"self-judged: {result.self_judged} problems, whose tests a candidate is compiled into and could see"
    for language, found in result.by_language.items():
        shown = ", ".join(f"pass@{k} {100 * value:.1f}" for k, value in found["pass_at_k"].items())
        yield f"{language}: {found['samples']} samples a problem, {shown}"
    yield from _difficulty(result)
    spent = ", ".join(f"{stage} {value:.0f} s" for stage, value in result.seconds.items())
    yield f"time: {spent or 'none'}; {result.tokens} tokens"


def row(name: str, each: Estimate, *, signed: bool = False) -> str:
    sign = "+" if signed else ""
    return f"{name:<28}{100 * each.value:{sign}7.1f}   [{100 * each.low:{sign}.1f}, {100 * each.high:{sign}.1f}]"


def _difficulty(result: BenchResult) -> Iterator[str]:
    if not result.by_difficulty:
        return
    columns = list(dict.fromkeys(name for figures in result.by_difficulty.values() for name in figures))
    yield "difficulty  " + "  ".join(name.replace("_", " ") for name in columns)
    for label, figures in result.by_difficulty.items():
        cells = []
        for name in columns:
            value = figures.get(name)
            text = "" if value is None else f"{value:.0f}" if name == "problems" else f"{100 * value:.1f}"
            cells.append(f"{text:>{len(name)}}")
        yield f"{label:<12}" + "  ".join(cells)
