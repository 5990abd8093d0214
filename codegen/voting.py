"""Programs that print an answer -> votes: what was printed, how often, and a program that prints it.

Majority voting over sampled programs (self-consistency, Wang et al. 2022, 2203.11171; over programs PAL, Gao et al.
2022, 2211.10435). A vote is a sample; values are compared as `problems.printed` reads them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from codegen.ranking.pool import by_preference
from codegen.runs import RunFile
from codegen.selection import pool_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One answer.

    Attributes:
        votes: Samples whose program prints it.
        share: Of all votes.
        program: Of these programs, the one that was written most often, then the likeliest, then the shortest.
    """

    answer: str
    votes: int
    share: float
    program: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballot:
    """The answers to a question, most votes first; equal ones in the order in which they were first given.

    Attributes:
        samples: Drawn; those whose program fails or prints nothing have no vote.
    """

    question: str
    samples: int
    candidates: tuple[Candidate, ...]

    @property
    def votes(self) -> int:
        return sum(each.votes for each in self.candidates)

    @property
    def winner(self) -> Candidate | None:
        return self.candidates[0] if self.candidates else None

    @property
    def runner_up(self) -> Candidate | None:
        return self.candidates[1] if len(self.candidates) > 1 else None

    def to_json(self) -> dict[str, Any]:
        """The stable form that `--json` prints. Keys may be added, never renamed or removed."""
        winner, second = self.winner, self.runner_up
        return {
            "question": self.question,
            "answer": winner.answer if winner else None,
            "share": winner.share if winner else 0.0,
            "votes": self.votes,
            "samples": self.samples,
            "program": winner.program if winner else None,
            "language": winner.language if winner else None,
            "runner_up": asdict(second) if second else None,
            "answers": [asdict(each) for each in self.candidates],
        }


def vote(run: RunFile, problem_id: str) -> Ballot:
    """Count what a run holds for a question. Neither model nor sandbox is needed."""
    statement = next((each.statement for each in run.problems() if each.id == problem_id), "")
    pool = pool_of(run, problem_id, seed=run.settings.seed)
    given = [each for each in pool.clusters if each.fingerprint.outcomes and each.fingerprint.outcomes[0].ok]
    total = sum(each.size for each in given)
    candidates = []
    for each in given:
        stored = run.sample(problem_id, by_preference(each.members, pool.candidates)[0])
        assert stored is not None, "a candidate of the pool"
        candidates.append(
            Candidate(
                answer=each.fingerprint.outcomes[0].preview,
                votes=each.size,
                share=each.size / total,
                program=stored[0].extraction.program or "",
                language=stored[0].extraction.language,
            )
        )
    return Ballot(question=statement, samples=pool.drawn, candidates=tuple(candidates))
