"""Labelled pools -> weights of `blend`: a listwise logistic model, strongly regularised, cross-validated over problems.

The chance that a cluster is chosen is the softmax of the weighted features; the weights maximise the mean log-chance
that a sample of the chosen cluster is right, over the problems that have a right sample, less l2/2 x |w|^2.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from benchmarks.selection.prepared import Prepared
from codegen.ranking.blend import Weights, parts, scores
from codegen.ranking.features import FEATURES, features

L2 = 0.003
WITH_TESTS = FEATURES
WITHOUT_TESTS = tuple(name for name in FEATURES if name != "tests")
FOLDS = 10
_STEPS = 50
_CLOSE = 1e-4
_TIE = 1e-9

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Attributes:
    features: Clusters x FEATURES.
    right: By cluster, share of right samples among those that go first.
    given: Scores of the clusters where weights do not decide them: of programs that passed all public tests. What these
        pools say of the features is fitted all the same.
    """

    problem_id: str
    features: Floats
    right: Floats
    given: Floats | None = None

    def first_is_right(self, weights: Weights) -> float:
        """Share of right samples in the cluster that these weights put first; the mean where several are first."""
        found = self.given
        if found is None:
            found = self.features @ np.array([weights[name] for name in FEATURES])
        return float(self.right[found >= found.max() - _TIE].mean())


def example(prepared: Prepared) -> Example | None:
    """None for a problem without candidates or without a right one."""
    if not any(prepared.passed[index] for index in prepared.pool.candidates):
        return None
    first = [next(parts(group.members, prepared.pool)) for group in prepared.pool.clusters]
    right = [np.mean([prepared.passed[index] for index in members]) for members in first]
    return Example(
        problem_id=prepared.problem_id,
        features=features(prepared.pool),
        right=np.array(right),
        given=scores(prepared.pool, {}) if prepared.pool.filtered else None,
    )


def without_tests(prepared: Prepared) -> Prepared:
    """The same problem as if nobody had written tests."""
    samples = {index: (replace(each, asserts=None), shown) for index, (each, shown) in prepared.samples.items()}
    return replace(prepared, samples=samples)


def fit(examples: Iterable[Example], *, used: Collection[str] = WITH_TESTS, l2: float = L2) -> Weights:
    """Weights of the features that are used; the others get 0."""
    chosen = [place for place, name in enumerate(FEATURES) if name in used]
    data = list(examples)
    weights = dict.fromkeys(FEATURES, 0.0)
    if not data or not chosen:
        return weights
    found = _climb(
        np.concatenate([each.features[:, chosen] for each in data]),
        np.concatenate([each.right for each in data]),
        np.array([len(each.right) for each in data]),
        l2,
    )
    return weights | {FEATURES[place]: float(value) for place, value in zip(chosen, found, strict=True)}


def _climb(inputs: Floats, right: Floats, sizes: npt.NDArray[np.int64], l2: float) -> Floats:
    """Maximise by expectation-maximisation with one Newton step of the convex part each time.

    Args:
        inputs: Clusters of all problems x features.
        sizes: Clusters a problem.
    """
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    problem = np.repeat(np.arange(len(sizes)), sizes)
    weights = np.zeros(inputs.shape[1])
    for _ in range(_STEPS):
        logits = inputs @ weights
        chance = np.exp(logits - np.maximum.reduceat(logits, starts)[problem])
        chance /= np.add.reduceat(chance, starts)[problem]
        posterior = chance * right
        posterior /= np.add.reduceat(posterior, starts)[problem] + 1e-300
        weighed = inputs * chance[:, None]
        means = np.add.reduceat(weighed, starts)
        curvature = (weighed.T @ inputs - means.T @ means) / len(sizes) + l2 * np.eye(len(weights))
        step = np.linalg.solve(curvature, inputs.T @ (posterior - chance) / len(sizes) - l2 * weights)
        weights = weights + step
        if np.abs(step).max() < _CLOSE:
            break
    return weights


def folds(problem_ids: Sequence[str], *, seed: int = 0, count: int = FOLDS) -> list[frozenset[str]]:
    """A split of the problems into parts of equal size."""
    order = np.random.default_rng(seed).permutation(len(problem_ids))
    return [frozenset(problem_ids[place] for place in part) for part in np.array_split(order, count)]


def cross_fitted(
    examples: Sequence[Example],
    problem_ids: Sequence[str],
    *,
    used: Collection[str] = WITH_TESTS,
    l2: float = L2,
    seed: int = 0,
    count: int = FOLDS,
) -> dict[str, Weights]:
    """For each problem the weights fitted on the folds that do not hold it."""
    found: dict[str, Weights] = {}
    for part in folds(problem_ids, seed=seed, count=count):
        weights = fit([each for each in examples if each.problem_id not in part], used=used, l2=l2)
        found |= dict.fromkeys(part, weights)
    return found
