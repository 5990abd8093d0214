"""Recording + matrices -> what a ranker is given: the samples that run, with or without the examples as a filter."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.selection.matrices import DIGEST_BYTES, Matrices
from benchmarks.selection.pools import Recording
from codegen.clustering import Cluster, cluster
from codegen.fingerprints import NONE, Fingerprint, Outcome
from codegen.programs import code_size
from codegen.ranking import Candidate, Pool

_NONE = NONE[: 2 * DIGEST_BYTES]


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """One problem for the laboratory.

    Attributes:
        pool: Everything that may be submitted when all samples are drawn.
        passed: By sample.
        filtered: Whether there were examples to filter by.
        asked: Whether examples were asked for.
    """

    problem_id: str
    pool: Pool
    passed: tuple[bool, ...]
    filtered: bool
    asked: bool = False

    @property
    def examples_unread(self) -> bool:
        return self.asked and not self.filtered

    def drawn(self, chosen: Sequence[int]) -> Pool:
        """The pool as it would be had only these samples been drawn."""
        kept = set(chosen)
        clusters = [
            Cluster(members=members, fingerprint=each.fingerprint)
            for each in self.pool.clusters
            if (members := tuple(index for index in each.members if index in kept))
        ]
        return Pool(
            candidates={index: each for index, each in self.pool.candidates.items() if index in kept},
            clusters=sorted(clusters, key=lambda each: (-each.size, each.members[0])),
            seed=self.pool.seed,
            drawn=len(chosen),
        )


def prepare(recording: Recording, matrices: Matrices, *, examples: bool) -> Prepared:
    """The survivors of a problem.

    Args:
        examples: Whether the statement's examples are known: they filter, and inputs derived from them tell apart.
    """
    plan = matrices.plan
    places = plan.telling(examples=examples)
    candidates: dict[int, Candidate] = {}
    sizes: dict[str, int] = {}
    fingerprints: dict[int, Fingerprint] = {}
    known: dict[str, Fingerprint] = {}
    filtered = examples and bool(plan.examples)
    for index, (key, source) in enumerate(zip(matrices.keys, recording.programs, strict=True)):
        row = matrices.rows[key]
        if filtered and not all(row.examples):
            continue
        if key not in known:
            sizes[key] = code_size(source, recording.language)
            known[key] = Fingerprint(outcomes=tuple(_outcome(row.outcomes[place]) for place in places))
        fingerprints[index] = known[key]
        candidates[index] = Candidate(
            index=index,
            key=key,
            passed=sum(row.examples) if examples else 0,
            asserts=bytes(row.asserts),
            length=sizes[key],
            logprob=recording.logprobs[index] if recording.logprobs else None,
            review=recording.reviews[index] if recording.reviews else None,
        )
    seed = zlib.crc32(recording.problem.id.encode())
    return Prepared(
        problem_id=recording.problem.id,
        pool=Pool(candidates=candidates, clusters=cluster(fingerprints), seed=seed, drawn=len(recording.passed)),
        passed=recording.passed,
        filtered=filtered,
        asked=examples,
    )


def _outcome(digest: str) -> Outcome:
    return Outcome(digest=NONE if digest == _NONE else digest, preview="")
