"""EvalPlus's rules, rule by rule."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.oracles import decide


@pytest.mark.parametrize(
    ("expected", "found", "atol", "right"),
    [
        (1, 1, 0, True),
        (1, 1.0, 0, True),
        (0.3, 0.1 + 0.2, 0, True),  # floats: 1e-6 without being asked
        (0.3, 0.3001, 0, False),
        ([0.1, 0.2], [0.1, 0.2 + 1e-9], 0, True),
        ([0.1, 0.2], (0.1, 0.2 + 1e-9), 0, False),  # near values must be of one type
        ([0.1, 2], [0.1 + 1e-9, 2], 0, False),  # not all floats: exact
        ([0.1, 2], [0.1 + 1e-9, 2], 1e-6, True),
        ([], [], 0, True),
        ((1, 2), [1, 2], 0, False),
        (1, 2, 1, True),
        (1, True, 0, True),
        (1.0, "1.0", 1, False),
        ([1.0], [1.0, 2.0], 1, False),
        ("a", None, 1e-4, False),
        (1e10, 1e10 + 100, 1e-6, True),  # relative 1e-7
        (float("inf"), float("inf"), 1e-6, True),
        (1.0, float("nan"), 1e-6, False),
        (10**400, 1.5, 1e-6, False),
    ],
)
def test_values(expected: Any, found: Any, atol: float, right: bool) -> None:
    assert decide("value", [], expected, found, atol) is right


@pytest.mark.parametrize(
    ("oracle", "arguments", "expected", "found", "right"),
    [
        ("root", [[-6, 11, -6, 1]], 1.0, 3.0, True),  # another root than the reference's
        ("root", [[-6, 11, -6, 1]], 1.0, 2.5, False),
        ("root", [[-6, 11, -6, 1]], 1.0, "3", False),
        ("root", [[1, 1]], -1.0, 1e308, False),
        ("same_members", [], [1, 2], (2, 1, 1), True),
        ("same_members", [], [1, 2], [1], False),
        ("same_members", [], [1, 2], [[1], [2]], False),
        ("something", [], True, "match", True),
        ("something", [], True, None, False),
        ("something", [], None, None, True),
        ("something", [], None, False, True),
        ("something", [], None, True, False),
        ("anything", [], True, "whatever", True),
        ("or_zero", [7], 1, 0, True),
        ("or_zero", [8], 7, 7, True),
        ("or_zero", [8], 7, 8, False),
        ("or_pyramid", [3, 4], 33, 33, True),
        ("or_pyramid", [3, 4], 33, 35, True),
        ("or_pyramid", [3, 4], 33, 34, False),
        ("or_digitwise", [1, 23], 4, 4, True),
        ("or_digitwise", [123, 256], 7, 7, True),
        ("or_digitwise", [123, 256], 7, 6, False),
    ],
)
def test_rules_of_single_tasks(oracle: str, arguments: list[Any], expected: Any, found: Any, right: bool) -> None:
    assert decide(oracle, arguments, expected, found, 0.0) is right
