"""Figures of the samples in one language."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.by_group import ByLanguage
from benchmarks.results import ProblemResult
from codegen.clustering import Cluster
from codegen.fingerprints import Fingerprint, Outcome
from codegen.ranking import Candidate, Pool
from problems.problem import Problem, Stdio


def result(passed: str, languages: str) -> ProblemResult:
    flags = tuple(each == "1" for each in passed)
    prints = {True: "right", False: "wrong"}
    clusters = [
        Cluster(
            members=tuple(index for index, each in enumerate(flags) if each is kind),
            fingerprint=Fingerprint(outcomes=(Outcome(digest=name, preview=""),)),
        )
        for kind, name in prints.items()
    ]
    return ProblemResult(
        problem=Problem(id=passed, statement="?", interface=Stdio()),
        raw=flags,
        used=flags,
        verdicts={},
        pool=Pool(
            candidates={index: Candidate(index=index, key=str(index)) for index in range(len(flags))},
            clusters=sorted((each for each in clusters if each.members), key=lambda each: -each.size),
            seed=0,
        ),
        submitted=None,
        tokens=0,
        languages=tuple({"p": "python", "c": "cpp"}[each] for each in languages),
    )


def figures(*results: ProblemResult) -> dict[str, Any]:
    seen = ByLanguage()
    for each in results:
        seen.add(each, ("cluster",))
    return seen.figures(("cluster",))


def test_each_language_is_counted_as_if_alone() -> None:
    found = figures(result("110000", "pppccc"), result("000001", "pppccc"))
    assert set(found) == {"cpp", "python"}
    assert found["python"]["pass_at_k"] == {"1": pytest.approx(1 / 3)}
    assert found["cpp"]["pass_at_k"] == {"1": pytest.approx(1 / 6)}
    # Python's two right programs are the larger cluster of its three, though not of all six.
    assert found["python"]["n_at_k"] == {"cluster": {"1@all": 0.5, "10@all": 0.5}}
    assert found["cpp"]["n_at_k"] == {"cluster": {"1@all": 0.0, "10@all": 0.5}}


def test_one_language_needs_no_table() -> None:
    assert figures(result("10", "pp")) == {}
