"""What stopping early saves: the threshold, the figures, and the command on a small pool."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from benchmarks.budget import Course, Model, Stop, cross_fitted, figures, fit, main
from codegen.settling import TERMS


def _terms(weight: float, growth: float) -> np.ndarray:
    return np.array([1.0, weight, *[0.0] * (len(TERMS) - 3), growth])


def _course(name: str, *stops: tuple[int, float | None, float], filtering: bool = True) -> Course:
    budget = stops[-1][0]
    found = tuple(
        Stop(drawn=d, terms=None if w is None else _terms(w, np.log(budget / d)), right=r) for d, w, r in stops
    )
    return Course(problem_id=name, filtering=filtering, stops=found)


SURE = [_course(f"sure{n}", (8, 5.0, 1.0), (16, 5.0, 1.0), (100, 5.0, 1.0)) for n in range(20)]
LATE = [_course(f"late{n}", (8, -5.0, 0.0), (16, -5.0, 0.0), (100, -5.0, 1.0)) for n in range(20)]
HOPELESS = [_course(f"none{n}", (8, None, 0.0), (16, None, 0.0), (100, None, 0.0)) for n in range(5)]


def test_the_fit_stops_where_nothing_is_to_be_won() -> None:
    model = fit(SURE + LATE + HOPELESS)
    assert model.stop(SURE[0]).drawn == 8
    assert model.stop(LATE[0]).drawn == 100
    assert model.stop(HOPELESS[0]).drawn == 100
    assert model.thresholds[False] == 0.0  # nothing to choose it on: never stop


def test_figures_count_by_problem() -> None:
    models = cross_fitted(SURE + LATE)
    found = figures(SURE + LATE, models)
    assert found["problems"] == 40
    assert found["samples"] == 100
    assert found["saved_share"] == pytest.approx(0.46, abs=0.01)
    assert found["1@N_fixed"] == 100.0
    assert found["difference"] == pytest.approx(0.0, abs=0.01)
    assert found["stopped_before_anything_passed"] == 0


def test_a_course_within_a_smaller_budget() -> None:
    (course,) = LATE[:1]
    cut = course.within(16)
    assert cut is not None
    assert [stop.drawn for stop in cut.stops] == [8, 16]
    first, last = (stop.terms for stop in cut.stops)
    assert first is not None
    assert last is not None
    assert (first[-1], last[-1]) == (pytest.approx(np.log(2)), 0.0)
    assert course.within(12) is None
    assert course.within(4) is None


def test_a_loss_is_counted() -> None:
    nothing = np.zeros(len(TERMS))
    always = Model(weights={True: nothing, False: nothing}, thresholds={True: 1.0, False: 1.0})
    found = figures(LATE, {each.problem_id: always for each in LATE})
    assert found["saved_share"] == pytest.approx(0.92)
    assert found["difference"] == -100.0


def test_the_command_on_a_pool(tmp_path: Path) -> None:
    problem = {
        "schema": 1,
        "id": "p",
        "statement": "Twice x.",
        "interface": {"kind": "call", "entry_point": "f", "signature": "def f(x: int) -> int:"},
        "public_tests": [{"input": [2], "output": 4}],
    }
    right, wrong = "def f(x):\n    return 2 * x\n", "def f(x):\n    return 7\n"
    samples = [{"program": right if n % 2 else wrong, "passed": bool(n % 2)} for n in range(40)]
    (tmp_path / "own.pool.jsonl").write_text(json.dumps({"problem": problem, "samples": samples}) + "\n")
    done = CliRunner().invoke(
        main,
        ["--pool", str(tmp_path), "--sandbox", "unsafe", "--json"],
        env={"CODESIEVE_CACHE": str(tmp_path / "cache")},
        catch_exceptions=False,
    )
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    assert found["problems"] == 1
    assert found["1@N_fixed"] == found["1@N_auto"] == 100.0
    assert found["saved_share"] > 0
