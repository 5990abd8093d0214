"""Report -> what an editor offers: bodies that passed every example and test, one a behaviour, and how they differ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from codegen import events
from codegen.editor.bodies import Body, body_of
from codegen.judging import Verdict
from codegen.report import Report
from codegen.stream import Stream
from problems.errors import ValueFormatError
from problems.problem import Problem
from problems.values import loads

_SHOWN = 60
"""Characters of a value in a title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """A verified body.

    Attributes:
        samples: How many samples behave like it.
        difference: "on f(0) gives 1, not 2": how it and the first one differ; "" for the first one, and where no input
            is known.
    """

    body: Body
    samples: int
    difference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What came of a function: the best body first. None when no sample passed."""

    name: str
    drawn: int
    survived: int
    clusters: int
    alternatives: tuple[Alternative, ...]
    stopped: str = ""
    trouble: str = ""
    """Why programs could not be judged, or which tests could not be run."""

    @property
    def summary(self) -> str:
        """One line for a person."""
        if not self.alternatives:
            why = f" ({self.trouble})" if self.trouble else ""
            return f"{self.name}: none of {self.drawn} samples passed every example{why}"
        behaviours = f"{self.clusters} behaviours" if self.clusters != 1 else "one behaviour"
        return f"{self.name}: {self.survived} different programs of {self.drawn} samples passed, {behaviours}"


async def synthesize(stream: Stream, problem: Problem, tell: Callable[[str, int], None]) -> Found:
    """Follow a stream to its end; `tell` hears of the funnel, as one line and in percent.

    Raises: As the stream does.
    """
    samples, drawn, judged, survivors, clusters = 1, 0, 0, 0, 0
    model, trouble = "the model is being loaded", ""
    async with stream:
        async for event in stream:
            match event:
                case events.Started():
                    samples = max(1, event.samples)
                case events.ModelLoaded():
                    model = ""
                case events.SampleDrawn():
                    drawn = event.drawn
                case events.ProgramJudged():
                    judged, survivors = event.judged, event.survivors
                    trouble = event.detail if event.verdict in (Verdict.AC, Verdict.IE) else trouble
                case events.ProgramObserved():
                    clusters = event.clusters
                case events.Done():
                    return replace(found_in(event.report, problem), stopped=event.stopped, trouble=trouble)
            counts = f"{drawn}/{samples} drawn, {judged} judged, {survivors} passed"
            tell(model or (f"{counts}, {clusters} behaviours" if clusters else counts), min(99, 100 * drawn // samples))
    raise AssertionError("Done is the last event")


def found_in(report: Report, problem: Problem) -> Found:
    """The first verified body of each behaviour, in the order of the submissions."""
    alternatives: list[Alternative] = []
    seen: set[int | str] = set()
    for each in report.submissions:
        home = each.cluster if each.cluster is not None else each.program
        body = body_of(each.program, problem.id) if each.public_verdict == "AC" and home not in seen else None
        if body is None:
            continue
        seen.add(home)
        difference = _difference(report, each.cluster, problem) if alternatives else ""
        alternatives.append(Alternative(body=body, samples=each.cluster_size, difference=difference))
    return Found(
        name=problem.id,
        drawn=report.funnel.drawn,
        survived=report.funnel.survived,
        clusters=report.funnel.clusters,
        alternatives=tuple(alternatives),
    )


def call_text(name: str, arguments: str) -> str:
    """A call with arguments in wire form, as one would write it."""
    try:
        return f"{name}({', '.join(_short(repr(each)) for each in loads(arguments))})"
    except (ValueFormatError, TypeError):
        return f"{name}({_short(arguments)})"


def value_text(value: str) -> str:
    """A value in wire form, as Python writes it; other texts as they are."""
    try:
        return _short(repr(loads(value)))
    except ValueFormatError:
        return _short(value)


def _difference(report: Report, cluster: int | None, problem: Problem) -> str:
    """On the smallest input that is known to tell this cluster from the first submission's."""
    first = report.submissions[0].cluster
    if cluster is None or first is None or cluster == first:
        return ""
    for each in report.contrasts:
        if max(cluster, first) < len(each.outputs) and each.outputs[cluster] != each.outputs[first]:
            own, other = value_text(each.outputs[cluster]), value_text(each.outputs[first])
            return f"on {call_text(problem.id, each.input)} gives {own}, not {other}"
    if first == 0 and cluster < len(report.clusters) and report.clusters[cluster].input:
        view = report.clusters[cluster]
        own, other = value_text(view.output), value_text(view.output_of_largest)
        return f"on {call_text(problem.id, view.input)} gives {own}, not {other}"
    return ""


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
