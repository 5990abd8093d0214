"""The collection itself: well formed, and what is not is refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.conformance.cases import CASES, Case, _case
from sandbox.execution import Grain


def test_there_are_enough_and_each_group_has_some() -> None:
    groups = {case.group for case in CASES}
    assert len(CASES) >= 240
    assert groups == {
        "conversations", "endings", "files", "ipc", "kernel", "memory", "others", "output", "processes", "sources",
        "values", "waiting",
    }  # fmt: skip
    assert {case.language for case in CASES} == {"python", "cpp"}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_case_is_well_formed(case: Case) -> None:
    assert case.ends
    assert case.each is None or len(case.each) == len(case.given)
    assert case.codes is None or len(case.codes) == len(case.given)
    assert (case.driver is None) == (case.driver_ends == ())
    assert case.grain is Grain.PER_INPUT or case.entry_point
    assert case.limits.cpu_s <= 10
    if "TIME_LIMIT" in case.ends:
        assert case.limits.wall_s <= 2


def _make(**table: Any) -> Case:
    return _case("group", "name", {"source": "", **table}, {"first": "a = 1\n"})


def test_parts_and_shared_texts_make_a_source() -> None:
    case = _make(source=[["x", 3], "y"], **{"with": ["first"]}, stdout=[["\u00ff", 2]], inputs=["\u0000"])
    assert case.program.source == "a = 1\nxxxy"
    assert (case.stdout, case.inputs) == (b"\xff\xff", (b"\0",))


@pytest.mark.parametrize(("field", "value"), [("end", ["OK"]), ("ends", ["FINE"]), ("driver_ends", ["GOOD"])])
def test_mistakes_are_named(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=r"case 'name' in group\.toml: no such field or end"):
        _make(**{field: value})
