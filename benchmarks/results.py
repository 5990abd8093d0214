"""Run file with scores -> figures of a benchmark: pass@k, n@k by selector, failures by kind, with intervals."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from benchmarks.by_group import by_difficulty, by_language
from benchmarks.metrics import Estimate, estimate, n_at_k, paired, pass_at_k, shown_ks
from benchmarks.score import read_scores, texts_of
from codegen.clustering import Cluster
from codegen.ranking import RANKERS, Pool, feedable, submit
from codegen.runs import RunFile
from codegen.sampling import Sample
from codegen.selection import pool_of
from problems.problem import Problem

NO_PROGRAM = "no program"
NOT_SCORED = "not scored"
SUBMISSIONS = (1, 10)
"""The n of n@k."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemResult:
    """What is known of one problem's samples.

    Attributes:
        raw, used: Whether each sample passes as the model wrote it, and as the sieve used it.
        verdicts: Samples by verdict of the text as written; "no program" where there was none to run.
        pool: The survivors of the public tests with their clusters; None when nothing was judged.
        submitted: Whether each stored submission passes, best first; None when nothing was ranked.
        tokens: That the model wrote.
        languages: Of each sample.
    """

    problem: Problem
    raw: tuple[bool, ...]
    used: tuple[bool, ...]
    verdicts: Mapping[str, int]
    pool: Pool | None
    submitted: tuple[bool, ...] | None
    tokens: int
    languages: tuple[str, ...] = ()

    @property
    def drawn(self) -> int:
        return len(self.raw)


def problem_result(run: RunFile, problem: Problem) -> ProblemResult:
    """Read one problem of a run file."""
    scores = read_scores(run, problem.id)
    raw: dict[int, bool] = {}
    used: dict[int, bool] = {}
    languages: dict[int, str] = {}
    verdicts: Counter[str] = Counter()
    tokens = 0

    def passing() -> Iterator[tuple[Sample, str | None]]:
        """The samples, counted on their way to the pool: they are read once."""
        nonlocal tokens
        for sample, key in run.samples(problem.id):
            texts = texts_of(sample)
            score = scores.get(texts.raw or "")
            kind = NO_PROGRAM if texts.raw is None else NOT_SCORED if score is None else score.verdict.value
            verdicts[kind] += 1
            raw[sample.index] = score is not None and score.passed
            languages[sample.index] = sample.extraction.language
            used[sample.index] = texts.used in scores and scores[texts.used].passed
            tokens += sample.completion.token_count
            yield sample, key

    judged = bool(run.judgements(problem.id))
    pool = pool_of(run, problem.id, seed=run.settings.seed, samples=passing()) if judged else None
    if pool is None:
        deque(passing(), maxlen=0)
    place = {index: position for position, index in enumerate(sorted(raw))}
    flags = tuple(used[index] for index in sorted(used))
    submissions = run.submissions(problem.id)
    return ProblemResult(
        problem=problem,
        raw=tuple(raw[index] for index in sorted(raw)),
        used=flags,
        verdicts=dict(verdicts),
        pool=_renumbered(pool, place) if pool is not None else None,
        submitted=tuple(used[s.sample_index] for s in submissions) if judged else None,
        tokens=tokens,
        languages=tuple(languages[index] for index in sorted(languages)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchResult:
    """Figures of a whole run. Fractions, never percent.

    Attributes:
        samples: Fewest samples that a problem has: the greatest k there is.
        pass_at_k: By k; of the texts as the model wrote them, with no public test in between.
        pass_at_k_salvaged: The same of the programs that the sieve used.
        n_at_k: Selector -> "n@k" -> share solved.
        failures: Samples that do not pass, by kind.
        first_minus_pass_at_1: Share solved by the first stored submission less pass@1, paired by problem.
        by_difficulty, by_language: See `benchmarks.by_group`.
        self_judged: Problems whose tests are part of the program that they test, so that a program could cheat.
    """

    suite: str
    model: str
    problems: int
    samples: int
    pass_at_k: Mapping[int, Estimate]
    pass_at_k_salvaged: Mapping[int, Estimate]
    n_at_k: Mapping[str, Mapping[str, Estimate]]
    passed: int
    failures: Mapping[str, int]
    first_minus_pass_at_1: Estimate | None
    first_minus_pass_at_1_salvaged: Estimate | None
    by_difficulty: Mapping[str, Mapping[str, float]]
    by_language: Mapping[str, Mapping[str, Any]]
    self_judged: int
    seconds: Mapping[str, float]
    tokens: int

    def to_json(self) -> dict[str, Any]:
        """The stable form that `--json` prints. Keys may be added, never renamed or removed."""
        intervals: dict[str, list[float]] = {}
        for name, figures in (("pass_at", self.pass_at_k), ("pass_at_salvaged", self.pass_at_k_salvaged)):
            intervals |= {f"{name}_{k}": [each.low, each.high] for k, each in figures.items()}
        for selector, by_name in self.n_at_k.items():
            intervals |= {f"{selector}_{name}": [each.low, each.high] for name, each in by_name.items()}
        return {
            "suite": self.suite,
            "model": self.model,
            "problems": self.problems,
            "samples": self.samples,
            "pass_at_k": {str(k): each.value for k, each in self.pass_at_k.items()},
            "pass_at_k_salvaged": {str(k): each.value for k, each in self.pass_at_k_salvaged.items()},
            "n_at_k": {
                selector: {name: each.value for name, each in by_name.items()}
                for selector, by_name in self.n_at_k.items()
            },
            "n_at_k_programs": "salvaged",
            "intervals": intervals,
            "first_submission_minus_pass_at_1": _shown(self.first_minus_pass_at_1),
            "first_submission_minus_pass_at_1_salvaged": _shown(self.first_minus_pass_at_1_salvaged),
            "passed": self.passed,
            "failures": dict(self.failures),
            "by_language": {language: dict(figures) for language, figures in self.by_language.items()},
            "self_judged": self.self_judged,
            "by_difficulty": {label: dict(figures) for label, figures in self.by_difficulty.items()},
            "seconds": {stage: round(value, 3) for stage, value in self.seconds.items()},
            "tokens": self.tokens,
        }


def bench_result(
    run: RunFile,
    *,
    suite: str,
    problems: Sequence[Problem],
    selectors: Sequence[str] = tuple(RANKERS),
    self_judged: int = 0,
) -> BenchResult:
    """Figures over the given problems of a run; those without a sample are left out.

    `self_judged`: how many of the problems are (see `BenchResult`).

    Raises:
        ValueError: No problem has a sample.
    """
    results = [result for problem in problems if (result := problem_result(run, problem)).drawn]
    if not results:
        raise ValueError(f"{run.path} holds no samples of the problems asked for")
    samples = min(result.drawn for result in results)
    ks = shown_ks(samples)
    raw = {k: [pass_at_k(r.drawn, sum(r.raw), k) for r in results] for k in ks}
    used = {k: [pass_at_k(r.drawn, sum(r.used), k) for r in results] for k in ks}
    verdicts = sum((Counter(result.verdicts) for result in results), Counter[str]())
    passed = verdicts.pop("AC", 0)
    ranked = [result for result in results if result.submitted is not None]
    pools = [result.pool for result in ranked if result.pool is not None]
    first = {r.problem.id: float(any((r.submitted or ())[:1])) for r in ranked}
    ids = [result.problem.id for result in results]
    return BenchResult(
        suite=suite,
        model=str(run.model["name"]),
        problems=len(results),
        samples=samples,
        pass_at_k={k: estimate(values) for k, values in raw.items()},
        pass_at_k_salvaged={k: estimate(values) for k, values in used.items()},
        n_at_k={name: _n_at_k(ranked, name, samples) for name in selectors if feedable(name, pools)} if ranked else {},
        passed=passed,
        failures=dict(verdicts.most_common()),
        first_minus_pass_at_1=paired(first, dict(zip(ids, raw[1], strict=True))) if first else None,
        first_minus_pass_at_1_salvaged=paired(first, dict(zip(ids, used[1], strict=True))) if first else None,
        by_difficulty=by_difficulty(results),
        by_language=by_language(results, tuple(name for name in selectors if ranked and feedable(name, pools))),
        self_judged=self_judged,
        seconds=_seconds(run, ids),
        tokens=sum(result.tokens for result in results),
    )


def _n_at_k(results: Sequence[ProblemResult], ranker: str, samples: int) -> dict[str, Estimate]:
    """1@k and 10@k for k of 10, 100, ... and all samples."""
    ks = sorted({k for k in shown_ks(samples) if k > 1} | {samples})
    found = {}
    for k in ks:
        for n in (n for n in SUBMISSIONS if n <= k):
            values = [problem_n_at_k(result, ranker, n=n, k=k) for result in results]
            found[f"{n}@{k}"] = estimate(values)
    return found


def problem_n_at_k(result: ProblemResult, ranker: str, *, n: int, k: int) -> float:
    """Chance that one of n submissions that the ranker chooses from k of the problem's samples passes."""
    pool = result.pool
    if pool is None or not pool.candidates:
        return 0.0

    return n_at_k(
        result.used, lambda chosen: handed_in(result, ranker, chosen, limit=n), n=n, k=k, seed=result.problem.id
    )


def handed_in(result: ProblemResult, ranker: str, chosen: Sequence[int], *, limit: int) -> list[int]:
    """What the ranker hands in, best first, had only the chosen samples been drawn."""
    drawn = restricted(result.pool, chosen) if result.pool is not None else None
    if drawn is None or not drawn.candidates:
        return []
    return [submission.sample_index for submission in submit(drawn, ranker, limit=limit)]


def restricted(pool: Pool, chosen: Sequence[int]) -> Pool:
    """The pool as it would be had only these samples been drawn: candidates and clusters, in their order."""
    kept = set(chosen)
    clusters = [
        Cluster(members=members, fingerprint=each.fingerprint)
        for each in pool.clusters
        if (members := tuple(index for index in each.members if index in kept))
    ]
    return Pool(
        candidates={index: each for index, each in pool.candidates.items() if index in kept},
        clusters=sorted(clusters, key=lambda each: (-each.size, each.members[0])),
        seed=pool.seed,
    )


def _renumbered(pool: Pool, place: Mapping[int, int]) -> Pool:
    """Sample numbers -> positions among the samples that are there (a run may have gaps)."""
    if all(index == position for index, position in place.items()):
        return pool
    return Pool(
        candidates={place[i]: replace(each, index=place[i]) for i, each in pool.candidates.items()},
        clusters=[
            Cluster(members=tuple(place[i] for i in each.members), fingerprint=each.fingerprint)
            for each in pool.clusters
        ],
        seed=pool.seed,
    )


def _seconds(run: RunFile, ids: Sequence[str]) -> dict[str, float]:
    total: Counter[str] = Counter()
    for problem_id in (*ids, ""):
        total.update(run.seconds(problem_id))
    return dict(total)


def _shown(found: Estimate | None) -> dict[str, Any] | None:
    return asdict(found) if found is not None else None
