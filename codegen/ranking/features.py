"""What `blend` looks at in a cluster: numbers without a scale of their own, so that they mean the same on every pool.

Nothing here depends on how many samples, inputs or tests there are beyond shares and logarithms of shares.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from codegen.ranking.observed import Floats, Observed, has_tests
from codegen.ranking.pool import Pool

FEATURES = ("size", "overlap", "tests", "programs", "length", "failed", "none", "constant")
"""Names of the columns of `features`, in order; docs/selection.md says what each is."""
UNFINISHED = ("length", "none", "constant")
"""Hints that a body was never finished: they say nothing more of programs that passed all public tests. `blend` does
not weigh those; the fit of its weights learns from their other features all the same."""


def features(pool: Pool) -> Floats:
    """Clusters x FEATURES."""
    seen = pool.observed
    width = seen.codes.shape[1]
    columns = [
        np.log(seen.sizes / seen.sizes.sum()),
        log_share(seen.agreement(seen.sizes)),
        _tests(pool),
        _programs(pool),
        _length(pool),
        seen.failed.mean(axis=1) if width else 0 * seen.sizes,
        seen.nones.mean(axis=1) if width else 0 * seen.sizes,
        _constant(seen),
    ]
    found: Floats = np.stack(columns, axis=1)
    if pool.filtered:
        found[:, [FEATURES.index(name) for name in UNFINISHED]] = 0.0
    return found


def log_share(values: Floats) -> Floats:
    """Logarithms of shares of the greatest; zero where all are zero."""
    top = float(values.max(initial=0.0))
    share: Floats = np.log(np.maximum(values / top, 1e-3)) if top > 0 else np.zeros_like(values)
    return share


def _tests(pool: Pool) -> Floats:
    """Share of the generated tests passed."""
    seen = pool.observed
    if not has_tests(pool.candidates) or not seen.tests.of_cluster.shape[1]:
        return np.zeros(len(seen.members))
    rates: Floats = seen.tests.of_cluster.mean(axis=1)
    return rates


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
