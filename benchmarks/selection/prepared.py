"""Recording + matrices -> what a ranker is given: the samples that run, with or without the examples as a filter."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from benchmarks.selection.matrices import DIGEST_BYTES, Matrices
from benchmarks.selection.pools import Recording
from codegen.clustering import cluster
from codegen.filtering import bar_of, passed_in_turn
from codegen.fingerprints import NONE, Fingerprint, Outcome
from codegen.ranking import Candidate, Pool

_NONE = NONE[: 2 * DIGEST_BYTES]


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """One problem for the laboratory.

    Attributes:
        samples: Those that may go on, by number, with what they do.
        passed: By sample, whether it is right.
        examples: How many examples there are to filter by.
        asked: Whether examples were asked for.
    """

    problem_id: str
    samples: Mapping[int, tuple[Candidate, Fingerprint]]
    passed: tuple[bool, ...]
    examples: int = 0
    asked: bool = False

    @property
    def examples_unread(self) -> bool:
        return self.asked and not self.examples

    @cached_property
    def pool(self) -> Pool:
        """Everything that may be submitted when all samples are drawn."""
        return self.drawn(range(len(self.passed)))

    def drawn(self, chosen: Sequence[int]) -> Pool:
        """The pool as it would be had only these samples been drawn: filtered and clustered anew."""
        known = {index: self.samples[index] for index in sorted(chosen) if index in self.samples}
        bar = bar_of(candidate.passed for candidate, _ in known.values())
        kept = {index: each for index, each in known.items() if each[0].passed >= bar}
        return Pool(
            candidates={index: candidate for index, (candidate, _) in kept.items()},
            clusters=cluster({index: fingerprint for index, (_, fingerprint) in kept.items()}),
            seed=zlib.crc32(self.problem_id.encode()),
            drawn=len(chosen),
            filtered=0 < self.examples == bar,
        )


def prepare(recording: Recording, matrices: Matrices, *, examples: bool) -> Prepared:
    """The samples of a problem.

    Args:
        examples: Whether the statement's examples are known: they filter, and inputs derived from them tell apart.
    """
    plan = matrices.plan
    places = plan.telling(examples=examples)
    further = slice(None if examples else plan.own)
    filtering = examples and bool(plan.examples)
    samples: dict[int, tuple[Candidate, Fingerprint]] = {}
    known: dict[str, Fingerprint] = {}
    for index, key in enumerate(matrices.keys):
        row = matrices.rows[key]
        if filtering and not row.executions:  # it does not build
            continue
        if key not in known:
            known[key] = Fingerprint(outcomes=tuple(_outcome(row.outcomes[place]) for place in places))
        candidate = Candidate(
            index=index,
            key=key,
            passed=passed_in_turn(row.examples) if examples else 0,
            asserts=bytes(row.asserts),
            length=row.size,
            logprob=recording.logprobs[index] if recording.logprobs else None,
            review=recording.reviews[index] if recording.reviews else None,
            further=" ".join(row.outcomes[further]),
        )
        samples[index] = (candidate, known[key])
    return Prepared(
        problem_id=recording.problem.id,
        samples=samples,
        passed=recording.passed,
        examples=len(plan.examples) if examples else 0,
        asked=examples,
    )


def _outcome(digest: str) -> Outcome:
    return Outcome(digest=NONE if digest == _NONE else digest, preview="")
