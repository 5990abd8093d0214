"""Simulated questions: somebody who knows the right outcomes answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.questions import Asked, main, simulate, summary
from benchmarks.selection.prepared import Prepared
from codegen.fingerprints import Fingerprint, Outcome
from codegen.ranking import Candidate
from problems.codec import dumps_problem
from problems.library import from_text

CRASH = "NONZERO_EXIT"


def prepared(*rows: str, right: str) -> Prepared:
    """A sample a row, a letter an input, "!" for a crash; samples that behave like `right` pass."""
    digests = [[CRASH if letter == "!" else letter for letter in row] for row in rows]
    fingerprints = {
        number: Fingerprint(outcomes=tuple(Outcome(digest=digest, preview="") for digest in row))
        for number, row in enumerate(digests)
    }
    samples = {number: (Candidate(index=number, key=str(number)), each) for number, each in fingerprints.items()}
    return Prepared(problem_id="p", samples=samples, passed=tuple(row == right for row in rows))


@pytest.mark.parametrize(
    ("rows", "truth", "right", "stood"),
    [
        (("ab", "ab", "ac"), "ac", (0, 1, 1, 1), 2),
        (("ab", "ab", "ac"), "ab", (1, 1, 1, 1), 1),
        (("abd", "abd", "abd", "aed", "aed", "abf"), "abf", (0, 0, 1, 1), 3),
        (("ab", "ab", "ac"), "ad", (0, 0, 0, 0), 0),
        (("ab", "ab", "ac"), "a!", (0, 0, 0, 0), 0),
        (("a!", "a!", "bx", "by"), "by", (0, 1, 1, 1), 3),
    ],
    ids=["recovered", "first", "third", "neither", "invalid", "two outputs"],
)
def test_what_answers_lead_to(rows: tuple[str, ...], truth: str, right: tuple[float, ...], stood: int) -> None:
    outcomes = [CRASH if letter == "!" else letter for letter in truth]
    asked = simulate(prepared(*rows, right=truth), outcomes, ranker="cluster")
    assert (asked.right, asked.stood) == (right, stood)


def test_figures() -> None:
    figures = summary(
        [
            Asked(problem_id="a", right=(0, 1, 1, 1), stood=2),
            Asked(problem_id="b", right=(0, 0, 1, 1), stood=3),
            Asked(problem_id="c", right=(0, 1, 1, 1), stood=4),
            Asked(problem_id="d", right=(0.5, 1, 1, 1), stood=1),
        ]
    )
    assert figures["1@N after 0"] == 12.5
    assert figures["gain of one"] == 62.5
    assert (figures["second or third"], figures["recovered"]) == (2, 1)


def test_a_pool_from_a_file(tmp_path: Path) -> None:
    stub = 'def top(xs: list[int]) -> int:\n    """The largest.\n\n    >>> top([1, 3, 2])\n    3\n    """\n'
    bodies = {"xs[1]": False, "xs[-2]": False, "max(xs)": True}
    samples = [{"program": f"def top(xs):\n    return {body}\n", "passed": right} for body, right in bodies.items()]
    row = {"problem": json.loads(dumps_problem(from_text(stub))), "samples": samples}
    (tmp_path / "own.pool.jsonl").write_text(json.dumps(row) + "\n")
    options = ["--pool", str(tmp_path), "--suite", "bundled", "--sandbox", "unsafe", "--ranker", "cluster", "--json"]
    result = CliRunner().invoke(main, [*options, "--cache", str(tmp_path / "cache.sqlite")], catch_exceptions=False)
    figures = json.loads(result.stdout)
    assert figures["problems"] == 1
    assert figures["docstring"]["1@N after 1"] == 100.0
    assert figures["docstring"]["1@N after 0"] < 100.0
