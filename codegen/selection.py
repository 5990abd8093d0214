"""From a run file to submissions: gather the survivors of a problem, cluster them, rank them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from codegen.answers import apply
from codegen.asserting import held
from codegen.clustering import Cluster, cluster
from codegen.filtering import bar_of, goes_on, survives
from codegen.fingerprints import Fingerprint
from codegen.inputs.testing import expectations
from codegen.programs import code_size
from codegen.ranking import Candidate, Pool, Submission, submit
from codegen.ranking.confidence import confidences
from codegen.runs import RunFile
from codegen.sampling import Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Clusters of the survivors, and what is handed in."""

    clusters: tuple[Cluster, ...]
    submissions: tuple[Submission, ...]


def pool_of(
    run: RunFile, problem_id: str, *, seed: int, samples: Iterable[tuple[Sample, str | None]] | None = None
) -> Pool:
    """The survivors of a problem, or those nearest to it, with their clusters, as rankers want them.

    Args:
        samples: Those of the run file with the keys of their programs, where someone else reads them too.
    """
    judgements = run.judgements(problem_id)
    bar = bar_of(each.passed for each in judgements.values())
    answers = run.answers(problem_id)
    observed = apply(answers, run.fingerprints(problem_id))
    nothing = Fingerprint(outcomes=())
    asserts = _asserts(run, problem_id, observed)
    candidates: dict[int, Candidate] = {}
    fingerprints: dict[int, Fingerprint] = {}
    sizes: dict[str, int] = {}
    drawn = 0
    for sample, key in run.samples(problem_id) if samples is None else samples:
        drawn += 1
        judgement = judgements.get(key) if key else None
        if key is None or judgement is None or not goes_on(judgement, bar) or (answers and key not in observed):
            continue
        if key not in sizes:
            sizes[key] = code_size(sample.extraction.program or "", sample.extraction.language)
        completion = sample.completion
        known = completion.logprob is not None and completion.token_count > 0
        candidates[sample.index] = Candidate(
            index=sample.index,
            key=key,
            passed=judgement.passed,
            asserts=asserts.get(key, b"") if asserts else None,
            length=sizes[key],
            logprob=(completion.logprob or 0.0) / completion.token_count if known else None,
        )
        fingerprints[sample.index] = observed.get(key, nothing)
    filtered = bar > 0 and any(map(survives, judgements.values()))
    return Pool(candidates=candidates, clusters=cluster(fingerprints), seed=seed, drawn=drawn, filtered=filtered)


def _asserts(run: RunFile, problem_id: str, observed: Mapping[str, Fingerprint]) -> dict[str, bytes]:
    """Which of the model's asserts hold, by program; empty where it wrote none that can be read."""
    written = run.tests(problem_id)
    problem = run.problem(problem_id) if written else None
    if problem is None:
        return {}
    found = held(expectations(problem, written), run.inputs(problem_id), observed)
    return found if any(found.values()) else {}


def choose(pool: Pool, ranker: str, *, limit: int, min_confidence: float = 0.0) -> tuple[Submission, ...]:
    """The submissions of a pool with their confidence; those below `min_confidence` are not handed in.

    Raises:
        UsageError: Unknown ranker.
    """
    chosen = submit(pool, ranker, limit=limit)
    sure = confidences(pool, [each.sample_index for each in chosen])
    kept = [(each, value) for each, value in zip(chosen, sure, strict=True) if value >= min_confidence]
    return tuple(replace(each, rank=rank, confidence=round(value, 4)) for rank, (each, value) in enumerate(kept, 1))


def select(run: RunFile, problem_id: str, *, ranker: str, seed: int, limit: int) -> Selection:
    """Choose the submissions of a problem from what is stored. Neither model nor sandbox is needed.

    Raises:
        UsageError: Unknown ranker.
    """
    pool = pool_of(run, problem_id, seed=seed)
    return Selection(clusters=tuple(pool.clusters), submissions=choose(pool, ranker, limit=limit))
