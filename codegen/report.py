"""What a run found for one problem, read from the run file: funnel, clusters, submissions, time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from codegen.answers import Answer
from codegen.clustering import Cluster, differing_input
from codegen.config import Settings
from codegen.contrasts import Contrast
from codegen.errors import UsageError
from codegen.events import Submitted
from codegen.filtering import filters, survives
from codegen.judging import Judgement, Verdict
from codegen.runs import RunFile
from codegen.sampling import Sample
from codegen.selection import choose, pool_of
from problems.problem import Problem

CLUSTERS_SHOWN = 10
SHOWN = 20
"""Names of problems in a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """Counts after each stage, never growing from left to right, but that programs may be submitted of which none
    passed all public tests.

    Attributes:
        drawn: Samples.
        with_program: Samples from which a program could be extracted.
        unique: Different programs among them.
        survived: Of these, the ones that passed all public tests.
        clusters: Different behaviours among the survivors.
        submitted: Programs handed in.
    """

    drawn: int
    with_program: int
    unique: int
    survived: int
    clusters: int
    submitted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmittedProgram:
    """A submission with its text.

    Attributes:
        public_verdict: None when the problem has no public tests.
        cluster: Which of the report's clusters it belongs to, from 0; None where behaviours were not observed.
    """

    rank: int
    language: str
    program: str
    cluster_size: int
    public_verdict: str | None
    sample_index: int
    salvaged: tuple[str, ...] = ()
    confidence: float | None = None
    cluster: int | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"salvaged": list(self.salvaged)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterView:
    """A behaviour. `size` counts samples, `programs` different programs; the input is the first one on which this
    cluster and the largest differ (both empty for the largest)."""

    size: int
    programs: int
    input: str = ""
    output: str = ""
    output_of_largest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Result for one problem.

    Attributes:
        submissions: Programs that pass all public tests.
        nearest: Where no program does, which can be a wrong test's fault, those that come nearest, in the same order.
        filtering: False when the problem has no public tests.
        verdicts: Samples by verdict on the public tests; those without a program are under "no program".
        salvaged: Samples whose program was repaired without a model call.
        contrasts: The smallest inputs on which the largest clusters differ; the first output is the first cluster's.
        answers: What a person said about inputs, where questions were asked.
        repairs, repaired: Samples that mend another one, and how many of these passed the public tests.
        seconds: Over all processes that worked on the run: "generate", "execute" (busy time of all slots), "total".
    """

    problem_id: str
    model: str
    seed: int
    funnel: Funnel
    submissions: tuple[SubmittedProgram, ...]
    clusters: tuple[ClusterView, ...]
    verdicts: dict[str, int]
    salvaged: int
    tokens: int
    filtering: bool
    seconds: dict[str, float]
    answers: tuple[Answer, ...] = ()
    contrasts: tuple[Contrast, ...] = ()
    nearest: tuple[SubmittedProgram, ...] = ()
    repairs: int = 0
    repaired: int = 0

    @property
    def best(self) -> SubmittedProgram | None:
        return self.submissions[0] if self.submissions else None

    @property
    def handed_in(self) -> tuple[SubmittedProgram, ...]:
        """What a benchmark counts: the submissions, or where there are none, the nearest."""
        return self.submissions or self.nearest

    def submitted(self) -> Iterator[Submitted]:
        """An event for each submission."""
        for each in self.submissions:
            yield Submitted(
                problem_id=self.problem_id,
                rank=each.rank,
                language=each.language,
                program=each.program,
                cluster_size=each.cluster_size,
            )

    def to_json(self) -> dict[str, Any]:
        """The stable form that `--json` prints. Keys may be added, never renamed or removed."""
        return {
            "problem_id": self.problem_id,
            "model": self.model,
            "seed": self.seed,
            "funnel": asdict(self.funnel),
            "submissions": [each.to_json() for each in self.submissions],
            "nearest": [each.to_json() for each in self.nearest],
            "clusters": [asdict(view) for view in self.clusters],
            "verdicts": self.verdicts,
            "salvaged": self.salvaged,
            "tokens": self.tokens,
            "repairs": self.repairs,
            "repaired": self.repaired,
            "filtering": self.filtering,
            "contrasts": [{"input": c.input, "minimal": c.minimal, "outputs": list(c.outputs)} for c in self.contrasts],
            "answers": [
                {"input": a.input, "verdict": a.verdict.value, "output": a.output or None} for a in self.answers
            ],
            "seconds": {stage: round(value, 3) for stage, value in self.seconds.items()},
        }


@dataclass(slots=True, kw_only=True)
class _Tally:
    """Counts over a problem's samples, taken as they pass by on their way to the pool."""

    judgements: Mapping[str, Judgement]
    verdicts: Counter[str] = field(default_factory=Counter)
    keys: set[str] = field(default_factory=set)
    drawn: int = 0
    with_program: int = 0
    salvaged: int = 0
    tokens: int = 0
    parents: Mapping[int, int] = field(default_factory=dict)
    repaired: int = 0

    def passing(self, samples: Iterable[tuple[Sample, str | None]]) -> Iterator[tuple[Sample, str | None]]:
        for sample, key in samples:
            self.drawn += 1
            self.tokens += sample.completion.token_count
            if key is None:
                self.verdicts["no program"] += 1
            else:
                self.with_program += 1
                self.salvaged += bool(sample.extraction.salvaged)
                self.keys.add(key)
                judgement = self.judgements.get(key)
                self.repaired += sample.index in self.parents and survives(judgement)
                self.verdicts[judgement.verdict.value if judgement else "not judged"] += 1
            yield sample, key


def chosen_problems(run: RunFile, problem_id: str | None = None) -> tuple[Problem, ...]:
    """All problems of a run, or one of them.

    Raises:
        UsageError: There is none.
    """
    known = run.problems()
    if not known:
        raise UsageError(f"{run.path} holds no problem yet")
    chosen = tuple(problem for problem in known if problem_id in (None, problem.id))
    if not chosen:
        names = [problem.id for problem in known]
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        raise UsageError(f"{run.path} has no problem '{problem_id}'; it has {', '.join(names[:SHOWN])}{more}")
    return chosen


def build_report(run: RunFile, problem: Problem) -> Report:
    """Read one problem's result. Works at any moment of a run: what is not there yet counts as zero."""
    return conclude(run, problem, None)


def conclude(run: RunFile, problem: Problem, ranked: Settings | None) -> Report:
    """Choose the submissions and store them, where `ranked` says how, and report; the samples are read once."""
    judgements = run.judgements(problem.id)
    tally = _Tally(judgements=judgements, parents=run.parents(problem.id))
    pool = pool_of(run, problem.id, seed=run.settings.seed, samples=tally.passing(run.samples(problem.id)))
    if ranked is not None:
        limit, least = ranked.submissions, ranked.min_confidence
        chosen = choose(pool, ranked.ranker, limit=limit, min_confidence=least)
        run.set_submissions(problem.id, chosen)
    clusters = pool.clusters if any(each.fingerprint.outcomes for each in pool.clusters) else ()
    home = {index: number for number, each in enumerate(clusters) for index in each.members}
    handed_in = _submitted(run, problem, judgements, home)
    verified = all(each.public_verdict in (None, Verdict.AC.value) for each in handed_in)
    return Report(
        problem_id=problem.id,
        model=str(run.model["name"]),
        seed=run.settings.seed,
        funnel=Funnel(
            drawn=tally.drawn,
            with_program=tally.with_program,
            unique=len(tally.keys),
            survived=sum(survives(judgements.get(key)) for key in tally.keys),
            clusters=len(clusters) if verified else 0,
            submitted=len(handed_in) if verified else 0,
        ),
        submissions=handed_in if verified else (),
        nearest=() if verified else handed_in,
        clusters=_views(run, problem, clusters, {index: c.key for index, c in pool.candidates.items()}),
        verdicts=dict(sorted(tally.verdicts.items())),
        salvaged=tally.salvaged,
        tokens=tally.tokens,
        filtering=filters(problem),
        seconds=run.seconds(problem.id),
        answers=run.answers(problem.id),
        contrasts=run.contrasts(problem.id),
        repairs=len(tally.parents),
        repaired=tally.repaired,
    )


def _submitted(
    run: RunFile, problem: Problem, judgements: Mapping[str, Judgement], home: Mapping[int, int]
) -> tuple[SubmittedProgram, ...]:
    found = []
    for choice in run.submissions(problem.id):
        stored = run.sample(problem.id, choice.sample_index)
        if stored is None:
            continue
        extraction, judgement = stored[0].extraction, judgements.get(stored[1] or "")
        found.append(
            SubmittedProgram(
                rank=choice.rank,
                language=extraction.language,
                program=extraction.program or "",
                cluster_size=choice.cluster_size,
                public_verdict=judgement.verdict.value if judgement and filters(problem) else None,
                sample_index=choice.sample_index,
                salvaged=extraction.salvaged,
                confidence=choice.confidence,
                cluster=home.get(choice.sample_index),
            )
        )
    return tuple(found)


def _views(
    run: RunFile, problem: Problem, clusters: Sequence[Cluster], keys: Mapping[int, str]
) -> tuple[ClusterView, ...]:
    inputs = run.inputs(problem.id)
    views = []
    for group in clusters[:CLUSTERS_SHOWN]:
        found = differing_input(group, clusters[0])
        programs = len({keys[index] for index in group.members})
        if found is None:
            views.append(ClusterView(size=group.size, programs=programs))
        else:
            position, own, largest = found
            view = ClusterView(
                size=group.size,
                programs=programs,
                input=inputs[position].text,
                output=own.preview,
                output_of_largest=largest.preview,
            )
            views.append(view)
    return tuple(views)
