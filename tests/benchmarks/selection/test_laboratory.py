"""The laboratory on a pool of its own format, run in a box that answers from a table."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.selection.cache import Cache
from benchmarks.selection.fitting import example, fit, folds
from benchmarks.selection.laboratory import ORACLE, default_rankers, measure
from benchmarks.selection.matrices import Matrices, execute
from benchmarks.selection.pools import Recording, read_pool
from benchmarks.selection.prepared import prepare
from benchmarks.selection.render import flat, lines
from codegen.errors import UsageError
from codegen.inputs.asserted import read_tests
from problems.codec import dumps_problem
from problems.library import from_text
from problems.values import dumps, loads
from sandbox.execution import Execution, Program, Status
from sandbox.testing import FakeSandbox

STUB = 'def double(x: int) -> int:\n    """Twice x.\n\n    >>> double(3)\n    6\n    """\n'
BODIES: dict[str, Callable[[int], int]] = {"x * 2": lambda x: x * 2, "x + x": lambda x: x + x, "x + 3": lambda x: x + 3}
SAMPLES = ["x * 2", "x + x", "x + 3", "x + 3", "x + 3", "x *"]


def source(body: str) -> str:
    return f"def double(x):\n    return {body}\n"


def answer(program: Program, given: bytes) -> Execution:
    body = program.source.partition("return ")[2].strip()
    (x,) = loads(given)
    if not isinstance(x, int):
        return Execution(status=Status.NONZERO_EXIT, exit_code=1)
    return Execution(status=Status.OK, exit_code=0, value=dumps(BODIES[body](x)).encode())


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    problem = json.loads(dumps_problem(from_text(STUB, name="double")))
    samples = [{"program": source(body), "passed": body in ("x * 2", "x + x")} for body in SAMPLES]
    row = {"problem": problem, "samples": samples, "tests": ["double(1) == 2\nassert double(4) == 8\n", "____ == 1"]}
    (tmp_path / "own.pool.jsonl").write_text(json.dumps(row) + "\n")
    (found,) = read_pool(tmp_path).recordings
    return found


def executed(recording: Recording, folder: Path) -> tuple[Matrices, FakeSandbox]:
    box = FakeSandbox(answer)
    cache = Cache(folder / "cache.sqlite")
    try:
        return execute(recording, cache, lambda: box), box
    finally:
        cache.close()


def test_matrices_by_hand(recording: Recording, tmp_path: Path) -> None:
    matrices, box = executed(recording, tmp_path)
    assert len(box.calls) == 3  # each different program that parses, once
    right, other = matrices.rows[matrices.keys[0]], matrices.rows[matrices.keys[2]]
    assert right.asserts == (True, True)
    assert other.asserts == (False, False)
    assert right.examples == other.examples == (True,)
    assert right.outcomes == matrices.rows[matrices.keys[1]].outcomes != other.outcomes
    assert matrices.rows[matrices.keys[5]].executions == 0


def test_what_was_executed_is_not_executed_again(recording: Recording, tmp_path: Path) -> None:
    first, _ = executed(recording, tmp_path)
    again, box = executed(recording, tmp_path)
    assert box.calls == []
    assert again == first


def test_figures_of_every_selector_that_the_pool_feeds(recording: Recording, tmp_path: Path) -> None:
    matrices, _ = executed(recording, tmp_path)
    left_out: list[str] = []
    problems = [prepare(recording, matrices, examples=False)]
    figures = measure(problems, default_rankers(), on_left_out=lambda name, _: left_out.append(name))
    assert set(left_out) == {"logprob", "coder-reviewer", "distinguish"}
    row = flat(figures, (9, 0.1), reference="blend")
    assert row[ORACLE]["1@6"] == 100.0
    assert row["random"]["1@6"] == pytest.approx(100 * 2 / 6, abs=0.01)
    assert row["cluster"]["1@6"] == 0.0
    assert row["cluster"]["regret_smaller"] == 100.0
    assert row["codet"]["1@6"] == 100.0
    assert all(isinstance(value, (int, float)) for each in row.values() for value in each.values())
    assert any(line.startswith("codet") for line in lines(figures, (9, 0.1), reference="blend"))


def test_the_examples_filter(recording: Recording, tmp_path: Path) -> None:
    matrices, _ = executed(recording, tmp_path)
    assert sorted(prepare(recording, matrices, examples=True).pool.candidates) == [0, 1, 2, 3, 4]
    assert sorted(prepare(recording, matrices, examples=False).pool.candidates) == [0, 1, 2, 3, 4, 5]


def test_inputs_derived_from_the_examples_tell_nothing_where_these_are_not_known(
    recording: Recording, tmp_path: Path
) -> None:
    whole, _ = executed(recording, tmp_path)
    matrices = replace(whole, plan=replace(whole.plan, own=5))
    for shown, seen in ((False, 5), (True, len(whole.plan.inputs))):
        prepared = prepare(recording, matrices, examples=shown)
        assert {len(each.further.split()) for each, _ in prepared.samples.values()} == {seen}


def test_a_fit_prefers_what_right_clusters_have(recording: Recording, tmp_path: Path) -> None:
    matrices, _ = executed(recording, tmp_path)
    found = example(prepare(recording, matrices, examples=False))
    assert found is not None
    weights = fit([found])
    assert weights["tests"] >= 0
    assert weights["programs"] > 0  # twice x is written in two ways
    parts = folds([str(number) for number in range(25)])
    assert sorted(map(len, parts)) == [2] * 5 + [3] * 5
    assert len(frozenset().union(*parts)) == 25


def test_tests_of_a_model() -> None:
    texts = ["f(1) == 2\nassert f(1) == 2\nassert f(2) is None\n\nprint(f(3))", "____ == f(1)", "f(1) =="]
    found = read_tests(texts, "f")
    assert [(each.case.input, each.relation) for each in found] == [("[1]", "equal"), ("[2]", "identical")]


def test_what_is_no_pool_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no pool"):
        read_pool(tmp_path)
    (tmp_path / "own.pool.jsonl").write_text('{"problem": 1}\n')
    with pytest.raises(Exception, match=r"own\.pool\.jsonl"):
        read_pool(tmp_path)
