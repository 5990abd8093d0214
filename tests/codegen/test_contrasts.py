"""The smallest inputs on which the largest clusters differ, in the run file and in the report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codegen.cli.render import to_text
from codegen.clustering import Cluster
from codegen.contrasts import CLUSTERS, Contrast, start_of
from codegen.engine import JUDGE, RANK, SAMPLE
from codegen.fingerprints import Fingerprint, Outcome
from codegen.runs import RunFile
from problems.problem import Call, Problem
from problems.values import loads
from sandbox.testing import FakeSandbox
from tests.codegen.test_asking import BODIES, STUB, engine

PROBLEM = Problem(id="p", statement="", interface=Call(entry_point="f"))
CRASH = "NONZERO_EXIT"


def group(*digests: str) -> Cluster:
    outcomes = tuple(Outcome(digest=digest, preview=digest) for digest in digests)
    return Cluster(members=(0,), fingerprint=Fingerprint(outcomes=outcomes))


@pytest.mark.parametrize(
    ("one", "other", "start"),
    [
        (("a", "b", "c"), ("a", "x", "y"), "[1]"),
        (("a", "b", "c"), ("a", CRASH, "y"), "[5]"),
        (("a", "b", "c"), ("a", CRASH, "c"), "[1]"),
        (("a", "b", "c"), ("a", "-", "c"), ""),
        (("a", "b", "c"), ("a",), ""),
    ],
    ids=["smallest", "outputs first", "crash", "not run", "not observed"],
)
def test_shrinking_starts_from_the_best_known_input(one: tuple[str, ...], other: tuple[str, ...], start: str) -> None:
    assert start_of(group(*one), group(*other), ["[0]", "[1]", "[5]"], PROBLEM) == start


def test_the_largest_clusters_are_shown_with_what_they_give(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite"
    with engine() as chosen:
        report = chosen.solve(STUB, run=path)
    assert report.contrasts
    for each in report.contrasts:
        assert each.minimal
        assert len(each.outputs) == CLUSTERS
        assert len(set(each.outputs)) > 1
        assert all(abs(number) <= 3 for number in loads(each.input))
    told_apart = {
        place for each in report.contrasts for place, out in enumerate(each.outputs) if out != each.outputs[0]
    }
    assert told_apart == {1, 2, 3}
    assert json.loads(json.dumps(report.to_json()))["contrasts"][0] == {
        "input": report.contrasts[0].input,
        "minimal": True,
        "outputs": list(report.contrasts[0].outputs),
    }
    assert "smallest inputs that tell them apart" in to_text(report)
    with RunFile.open_existing(path) as run:
        assert run.contrasts("add") == report.contrasts


def test_what_is_stored_is_not_computed_again(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite"
    with engine() as chosen:
        first = chosen.solve(STUB, run=path)
    sandbox = FakeSandbox({})
    with engine(sandbox) as chosen:
        again = chosen.solve(STUB, run=path)
    assert again.contrasts == first.contrasts
    assert sandbox.calls == []


def test_no_sandbox_is_needed_to_rank(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite"
    with engine() as chosen:
        chosen.solve(STUB, run=path, stages=SAMPLE | JUDGE)
        assert chosen.solve(STUB, run=path, stages=RANK).contrasts == ()


def test_json_form() -> None:
    contrast = Contrast(input="[1]", minimal=True, keys=("a", "b"), outputs=("1", "2"))
    data = {"input": "[1]", "minimal": True, "keys": ["a", "b"], "outputs": ["1", "2"]}
    assert Contrast.from_json(data) == contrast
    assert len(BODIES) > CLUSTERS
