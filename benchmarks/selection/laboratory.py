"""Every selector on every problem of a pool -> figures: n@k by problem, and where the loss comes from.

n@k for k below the number drawn takes k samples at random and does the whole selection again. Problems are the unit of
chance; the interval of a difference resamples problems, the same on both sides.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.metrics import Estimate, estimate, pass_at_k
from benchmarks.selection.counting import TIE_BREAKS, any_of_first, first_is_right, tiers
from benchmarks.selection.prepared import Prepared
from codegen.errors import NotFeedableError
from codegen.ranking import RANKERS, Group, Pool, Ranker, load_ranker
from codegen.ranking.observed import has_tests

NS = (1, 3, 10)
KS = (10, 30, 100)
ORACLE = "oracle"
REGRETS = ("no_correct", "examples_unread", "tests_lie", "smaller", "other")


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much is resampled: fewer for a quick look, more for figures that are quoted."""

    draws: int = 4
    tie_breaks: int = 6


QUICK = Effort()
FULL = Effort(draws=40, tie_breaks=TIE_BREAKS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Of one selector.

    Attributes:
        by_problem: "n@k" -> problem id -> share solved.
        regret: Problem id -> kind of loss -> share of the problem lost that way, at one submission out of all samples.
        seconds: Ranking all problems once, all samples drawn.
    """

    by_problem: dict[str, dict[str, float]] = field(default_factory=dict)
    regret: dict[str, dict[str, float]] = field(default_factory=dict)
    seconds: float = 0.0

    def estimate(self, name: str) -> Estimate:
        return estimate(list(self.by_problem[name].values()))


RankerOf = Callable[[str], Ranker]
"""Problem id -> the ranker to use for it: one that was cross-validated differs by problem."""


def measure(
    problems: Sequence[Prepared],
    rankers: Mapping[str, RankerOf],
    *,
    effort: Effort = QUICK,
    on_problem: Callable[[], object] = lambda: None,
    on_left_out: Callable[[str, str], object] = print,
) -> dict[str, Figures]:
    """Figures of each selector, and of the oracle that picks a right sample wherever there is one."""
    found = {ORACLE: Figures()} | {name: Figures() for name in rankers}
    left_out: set[str] = set()
    samples = min(len(each.passed) for each in problems)
    ks = sorted({k for k in KS if k <= samples} | {samples})
    seconds = dict.fromkeys(rankers, 0.0)
    for prepared in problems:
        _oracle(found[ORACLE], prepared, ks)
        for k, number, pool in _pools(prepared, ks, effort):
            draws = 1 if k == len(prepared.passed) else effort.draws
            breaks = TIE_BREAKS if draws == 1 else effort.tie_breaks
            for name in rankers.keys() - left_out:
                begun = time.perf_counter()
                try:
                    groups = rankers[name](prepared.problem_id)(pool) if pool.candidates else []
                except NotFeedableError as reason:
                    left_out.add(name)
                    on_left_out(name, str(reason))
                    continue
                seconds[name] += (time.perf_counter() - begun) if draws == 1 else 0.0
                for n in (n for n in NS if n <= k):
                    value = _solved(name, groups, pool, prepared, n, breaks, seed=number)
                    by_problem = found[name].by_problem.setdefault(f"{n}@{k}", {})
                    by_problem[prepared.problem_id] = by_problem.get(prepared.problem_id, 0.0) + value / draws
                if draws == 1 or k == len(prepared.passed):
                    found[name].regret[prepared.problem_id] = regret(groups, pool, prepared)
        on_problem()
    return {
        name: Figures(by_problem=each.by_problem, regret=each.regret, seconds=seconds.get(name, 0.0))
        for name, each in found.items()
        if name not in left_out
    }


def default_rankers() -> dict[str, RankerOf]:
    """All rankers of the product, each the same for every problem."""

    def always(ranker: Ranker) -> RankerOf:
        return lambda problem_id: ranker  # noqa: ARG005

    return {name: always(load_ranker(name)) for name in RANKERS}


def regret(groups: Sequence[Group], pool: Pool, prepared: Prepared) -> dict[str, float]:
    """What is lost at one submission, by kind.

    "no_correct": no sample is right. "examples_unread": there are no examples to filter by, where others have some.
    "tests_lie": what was chosen passes more generated tests than the best right cluster. "smaller": it is larger.
    """
    lost = 1.0 - first_is_right(groups, prepared.passed)
    kinds = dict.fromkeys(REGRETS, 0.0)
    if lost > 0:
        kinds[_kind(groups, pool, prepared)] = lost
    return kinds


def _kind(groups: Sequence[Group], pool: Pool, prepared: Prepared) -> str:
    right = [group for group in pool.clusters if any(prepared.passed[index] for index in group.members)]
    if not any(prepared.passed):
        return "no_correct"
    if prepared.examples_unread or not right:
        return "examples_unread" if prepared.examples_unread else "other"
    wrong = [index for group in tiers(groups)[0] for index in group.members if not prepared.passed[index]]
    if has_tests(pool.candidates):
        chosen = max(sum(pool.candidates[index].asserts or b"") for index in wrong)
        best = max(sum(pool.candidates[index].asserts or b"") for group in right for index in group.members)
        if chosen > best:
            return "tests_lie"
    size = max(group.size for group in pool.clusters if set(group.members) & set(wrong))
    return "smaller" if size > max(group.size for group in right) else "other"


def _solved(
    name: str, groups: Sequence[Group], pool: Pool, prepared: Prepared, n: int, breaks: int, *, seed: int
) -> float:
    if name == "random" and pool.candidates:  # its expectation is known
        drawn = len(pool.candidates)
        return pass_at_k(drawn, sum(prepared.passed[index] for index in pool.candidates), min(n, drawn))
    if n == 1:
        return first_is_right(groups, prepared.passed)
    return any_of_first(groups, pool, prepared.passed, n, seed, tie_breaks=breaks)


def _oracle(figures: Figures, prepared: Prepared, ks: Sequence[int]) -> None:
    drawn, right = len(prepared.passed), sum(prepared.passed)
    for k in ks:
        for n in (n for n in NS if n <= k):
            figures.by_problem.setdefault(f"{n}@{k}", {})[prepared.problem_id] = pass_at_k(drawn, right, k)
    figures.regret[prepared.problem_id] = dict.fromkeys(REGRETS, 0.0) | {"no_correct": float(not right)}


def _pools(prepared: Prepared, ks: Sequence[int], effort: Effort) -> Iterator[tuple[int, int, Pool]]:
    """(k, seed, pool) for every draw."""
    drawn = len(prepared.passed)
    chance = random.Random(prepared.problem_id)  # noqa: S311
    for k in ks:
        if k == drawn:
            yield k, k, prepared.pool
            continue
        for number in range(effort.draws):
            yield k, 1000 * k + number, prepared.drawn(chance.sample(range(drawn), k))
