"""Run file with scores -> figures of a benchmark: pass@k, n@k by selector, failures by kind, with intervals."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from benchmarks.by_group import ByLanguage, by_difficulty
from benchmarks.metrics import Estimate, estimate, paired, pass_at_k, shown_ks
from benchmarks.resampling import Draws, resamples_for
from benchmarks.score import read_scores, texts_of
from codegen.clustering import Cluster
from codegen.ranking import RANKERS, Pool
from codegen.runs import RunFile
from codegen.sampling import Sample
from codegen.selection import pool_of
from problems.problem import Problem

NO_PROGRAM = "no program"
NOT_SCORED = "not scored"


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

    @property
    def draws(self) -> Draws:
        """Selections from parts of the samples."""
        return Draws(self.pool, self.used, name=self.problem.id)


def problem_result(run: RunFile, problem: Problem) -> ProblemResult:
    """Read one problem of a run file."""
    scores = read_scores(run, problem.id)
    raw: dict[int, bool] = {}
    used: dict[int, bool] = {}
    right: dict[int, bool] = {}
    own = run.settings.samples
    languages: dict[int, str] = {}
    verdicts: Counter[str] = Counter()
    tokens = 0

    def passing() -> Iterator[tuple[Sample, str | None]]:
        """The samples, counted on their way to the pool: they are read once.

        Those that mend another one depend on it, so neither pass@k nor n@k counts them; submissions may be of them.
        """
        nonlocal tokens
        for sample, key in run.samples(problem.id):
            texts = texts_of(sample)
            tokens += sample.completion.token_count
            right[sample.index] = texts.used in scores and scores[texts.used].passed
            if sample.index >= own:
                continue
            score = scores.get(texts.raw or "")
            kind = NO_PROGRAM if texts.raw is None else NOT_SCORED if score is None else score.verdict.value
            verdicts[kind] += 1
            raw[sample.index] = score is not None and score.passed
            languages[sample.index] = sample.extraction.language
            used[sample.index] = right[sample.index]
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
        submitted=tuple(right[s.sample_index] for s in submissions) if judged else None,
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
        selector_minus_pass_at_1: Selector -> share solved by its first choice out of `samples` less pass@1, both of
            the programs that the sieve used, paired by problem.
        drawn: Samples of all problems together.
        budget: How many they would be at most.
        first: Share solved by the first stored submission.
        questions: Whether these are questions: then `cluster` is the majority vote over printed values.
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
    selector_minus_pass_at_1: Mapping[str, Estimate] = field(default_factory=dict)
    questions: bool = False
    drawn: int = 0
    budget: int = 0
    first: Estimate | None = None

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
            "selector_minus_pass_at_1_salvaged": {
                selector: _shown(each) for selector, each in self.selector_minus_pass_at_1.items()
            },
            "first_submission": _shown(self.first),
            "drawn": self.drawn,
            "saved_share": 1 - self.drawn / self.budget if self.budget else 0.0,
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
    on_problem: Callable[[], object] = lambda: None,
) -> BenchResult:
    """Figures over the given problems of a run; those without a sample are left out.

    Args:
        self_judged: How many of the problems are (see `BenchResult`).
        on_problem: Called after each.

    Raises:
        ValueError: No problem has a sample.
    """
    counts = drawn_counts(run)
    wanted = [problem for problem in problems if counts.get(problem.id)]
    if not wanted:
        raise ValueError(f"{run.path} holds no samples of the problems asked for")
    samples = min(counts[problem.id] for problem in wanted)
    ks = shown_ks(samples)
    selection = _Selection(selectors, samples=samples, problems=len(wanted))
    results = []
    for problem in wanted:
        result = problem_result(run, problem)
        selection.add(result)
        results.append(replace(result, pool=None))  # pools of all problems at once may be large
        on_problem()
    raw = {k: [pass_at_k(r.drawn, sum(r.raw), k) for r in results] for k in ks}
    used = {k: [pass_at_k(r.drawn, sum(r.used), k) for r in results] for k in ks}
    verdicts = sum((Counter(result.verdicts) for result in results), Counter[str]())
    passed = verdicts.pop("AC", 0)
    first = {r.problem.id: float(any(r.submitted[:1])) for r in results if r.submitted is not None}
    ids = [result.problem.id for result in results]
    single = dict(zip(ids, used[1], strict=True))
    return BenchResult(
        suite=suite,
        model=str(run.model["name"]),
        problems=len(results),
        samples=samples,
        pass_at_k={k: estimate(values) for k, values in raw.items()},
        pass_at_k_salvaged={k: estimate(values) for k, values in used.items()},
        n_at_k=selection.estimates(),
        selector_minus_pass_at_1=selection.minus(single),
        drawn=sum(counts[problem.id] for problem in wanted),
        budget=len(wanted) * run.settings.samples if run.settings.auto else 0,
        first=estimate(list(first.values())) if first else None,
        questions=all(result.problem.is_question for result in results),
        passed=passed,
        failures=dict(verdicts.most_common()),
        first_minus_pass_at_1=paired(first, dict(zip(ids, raw[1], strict=True))) if first else None,
        first_minus_pass_at_1_salvaged=paired(first, single) if first else None,
        by_difficulty=by_difficulty(results),
        by_language=selection.by_language(),
        self_judged=self_judged,
        seconds=_seconds(run, ids),
        tokens=sum(result.tokens for result in results),
    )


class _Selection:
    """n@k by selector of the problems seen so far; `add` one after another."""

    def __init__(self, selectors: Sequence[str], *, samples: int, problems: int) -> None:
        self._selectors = list(selectors)
        self._ks = sorted({k for k in shown_ks(samples) if k > 1} | {samples})
        self._resamples = resamples_for(problems)
        self._values: dict[str, dict[str, list[float]]] = {}
        self._first: dict[str, dict[str, float]] = {}
        self._by_language = ByLanguage()

    def add(self, result: ProblemResult) -> None:
        if result.submitted is None or result.pool is None:
            self._by_language.add(result, ())
            return
        found = result.draws.n_at_k(self._selectors, self._ks, resamples=self._resamples)
        self._selectors = list(found)
        for selector, points in found.items():
            for (n, k), value in points.items():
                self._values.setdefault(selector, {}).setdefault(f"{n}@{k}", []).append(value)
            self._first.setdefault(selector, {})[result.problem.id] = points[1, self._ks[-1]]
        self._by_language.add(result, self._selectors)

    def estimates(self) -> dict[str, dict[str, Estimate]]:
        """Of the selectors that every problem could feed."""
        return {
            selector: {name: estimate(values) for name, values in self._values[selector].items()}
            for selector in self._selectors
            if selector in self._values
        }

    def minus(self, single: Mapping[str, float]) -> dict[str, Estimate]:
        """What the first choice out of all samples solves, less `single`, by selector."""
        return {each: paired(self._first[each], single) for each in self._selectors if each in self._first}

    def by_language(self) -> dict[str, dict[str, Any]]:
        return self._by_language.figures(self._selectors)


def drawn_counts(run: RunFile) -> dict[str, int]:
    """Stored samples by problem, without those that mend another one."""
    query = "SELECT problem_id, count(*) FROM samples WHERE idx < ? GROUP BY problem_id"
    return dict(run.rows(query, run.settings.samples))


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
