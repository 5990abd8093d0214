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
from codegen.ranking.blend import Weights
from codegen.ranking.features import FEATURES, features

L2 = 0.001
WITH_TESTS = FEATURES
WITHOUT_TESTS = tuple(name for name in FEATURES if name != "trusted tests")
FOLDS = 10
_STEPS = 300
_RATE = 0.05

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Attributes:
    features: Clusters x FEATURES.
    right: Share of right samples, by cluster.
    """

    problem_id: str
    features: Floats
    right: Floats


def example(prepared: Prepared) -> Example | None:
    """None for a problem without candidates or without a right one."""
    if not any(prepared.passed[index] for index in prepared.pool.candidates):
        return None
    right = [np.mean([prepared.passed[index] for index in group.members]) for group in prepared.pool.clusters]
    return Example(problem_id=prepared.problem_id, features=features(prepared.pool), right=np.array(right))


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
    widest = max(len(each.right) for each in data)
    inputs = np.zeros((len(data), widest, len(chosen)))
    right = np.zeros((len(data), widest))
    absent = np.full((len(data), widest), -1e9)
    for number, each in enumerate(data):
        count = len(each.right)
        inputs[number, :count] = each.features[:, chosen]
        right[number, :count] = each.right
        absent[number, :count] = 0.0
    found = _ascend(inputs, right, absent, l2)
    return weights | {FEATURES[place]: float(value) for place, value in zip(chosen, found, strict=True)}


def _ascend(inputs: Floats, right: Floats, absent: Floats, l2: float) -> Floats:
    """Gradient ascent with Adam (Kingma & Ba 2015); the problem is smooth and has a dozen unknowns."""
    weights, mean, square = (np.zeros(inputs.shape[2]) for _ in range(3))
    for step in range(1, _STEPS + 1):
        logits = inputs @ weights + absent
        chance = np.exp(logits - logits.max(axis=1, keepdims=True))
        chance /= chance.sum(axis=1, keepdims=True)
        posterior = chance * right
        posterior /= posterior.sum(axis=1, keepdims=True) + 1e-300
        gradient = ((posterior - chance)[:, :, None] * inputs).sum(axis=(0, 1)) / len(inputs) - l2 * weights
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.99 * square + 0.01 * gradient**2
        weights = weights + _RATE * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
    return weights


def folds(problem_ids: Sequence[str], *, seed: int = 0, count: int = FOLDS) -> list[frozenset[str]]:
    """A split of the problems into parts of equal size."""
    order = np.random.default_rng(seed).permutation(len(problem_ids))
    return [frozenset(problem_ids[place] for place in part) for part in np.array_split(order, count)]


def cross_fitted(
    examples: Sequence[Example], problem_ids: Sequence[str], *, used: Collection[str] = WITH_TESTS, seed: int = 0
) -> dict[str, Weights]:
    """For each problem the weights fitted on the folds that do not hold it."""
    found: dict[str, Weights] = {}
    for part in folds(problem_ids, seed=seed):
        weights = fit([each for each in examples if each.problem_id not in part], used=used)
        found |= dict.fromkeys(part, weights)
    return found
