"""What `blend` looks at in a cluster: numbers without a scale of their own, so that they mean the same on every pool.

Nothing here depends on how many samples, inputs or tests there are beyond shares and logarithms of shares.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from codegen.ranking import aces
from codegen.ranking.observed import Floats, Observed, has_tests
from codegen.ranking.pool import Pool

FEATURES = (
    "size",
    "overlap",
    "tests",
    "trusted tests",
    "overlap by tests",
    "programs",
    "length",
    "failed",
    "none",
    "constant",
    "logprob",
)
"""Names of the columns of `features`, in order; docs/selection.md says what each is."""


def features(pool: Pool) -> Floats:
    """Clusters x FEATURES."""
    seen = pool.observed
    columns = [
        np.log(seen.sizes / seen.sizes.sum()),
        _log_share(seen.agreement(seen.sizes)),
        *_of_tests(pool),
        _programs(pool),
        _length(pool),
        seen.failed.mean(axis=1) if seen.codes.shape[1] else 0 * seen.sizes,
        seen.nones.mean(axis=1) if seen.codes.shape[1] else 0 * seen.sizes,
        _constant(seen),
        _logprob(pool),
    ]
    found: Floats = np.stack([np.asarray(column, dtype=np.float64) for column in columns], axis=1)
    return found


def _log_share(values: Floats) -> Floats:
    """Logarithms of shares of the greatest; zero where all are zero."""
    top = float(values.max(initial=0.0))
    share: Floats = np.log(np.maximum(values / top, 1e-3)) if top > 0 else np.zeros_like(values)
    return share


def _of_tests(pool: Pool) -> tuple[Floats, Floats, Floats]:
    """By generated tests: log share passed, the same weighted by trust, and value spread over the overlap."""
    seen = pool.observed
    if not has_tests(pool.candidates) or not seen.tests.of_cluster.shape[1]:
        nothing = np.zeros(len(seen.members))
        return nothing, nothing, nothing
    tests = seen.tests
    passed = tests.of_cluster.sum(axis=1)
    trust = aces.weights(tests.rows, tests.counts)
    trusted = tests.of_cluster @ trust
    rates = passed / tests.of_cluster.shape[1]
    return (
        _log_share(passed + 1),
        _log_share(trusted + 0.05 * trust.sum()),
        _log_share(seen.agreement(seen.sizes * rates)),
    )


def _programs(pool: Pool) -> Floats:
    """Log of different programs a cluster: a behaviour that was written in several ways."""
    counts = [len({pool.candidates[index].key for index in group.members}) for group in pool.clusters]
    return np.log(np.array(counts, dtype=np.float64))


def _length(pool: Pool) -> Floats:
    """Log of mean length over the median of all: short bodies are often stubs."""
    lengths = {index: max(candidate.length, 1) for index, candidate in pool.candidates.items()}
    middle = float(np.median(list(lengths.values())))
    found = [np.mean([lengths[index] for index in group.members]) / middle for group in pool.clusters]
    return np.log(np.array(found, dtype=np.float64))


def _constant(seen: Observed) -> Floats:
    """1 for a cluster that gives one output on all inputs, where others give several."""
    same = np.array([_most_common_share(row) for row in seen.codes])
    return same - float(same.min(initial=1.0)) if len(same) else same


def _most_common_share(row: Sequence[int]) -> float:
    known = [code for code in row if code >= 0]
    return max(np.unique(known, return_counts=True)[1]) / len(known) if known else 1.0


def _logprob(pool: Pool) -> Floats:
    """Mean log-probability of a token, less that of all; zero where not known."""
    known = {index: candidate.logprob for index, candidate in pool.candidates.items() if candidate.logprob is not None}
    if len(known) < len(pool.candidates):
        return np.zeros(len(pool.clusters))
    middle = float(np.mean(list(known.values())))
    return np.array([np.mean([known[index] for index in group.members]) - middle for group in pool.clusters])
