"""HumanEval+ and MBPP+: base and plus inputs are hidden, right is what the reference solution gives."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.suites import Entry
from problems.formats.evalplus import Row, Set, read_rows
from problems.formats.rows import OnBad, refuse
from problems.hidden import HiddenTests, ReferenceTests

_ORACLES = {
    "HumanEval": {"find_zero": "root"},
    "Mbpp": {
        "are_equivalent": "anything",
        "sum_div": "or_zero",
        "surface_Area": "or_pyramid",
        "digit_distance_nums": "or_digitwise",
        **dict.fromkeys(("check_str", "text_match_three", "text_starta_endb"), "something"),
        **dict.fromkeys(
            (
                "similar_elements",
                "find_char_long",
                "common_in_nested_lists",
                "extract_singly",
                "larg_nnum",
                "intersection_array",
                "find_dissimilar",
                "Diff",
            ),
            "same_members",
        ),
    },
}
"""Tasks that are not decided by comparing values, by entry point (evalplus 0.3.1, `eval/_special_oracle.py`)."""


def load_humaneval(data: str | None = None, on_bad: OnBad = refuse) -> Iterator[Entry]:
    """HumanEval+, full or Mini."""
    return _load("humaneval", data, on_bad)


def load_mbpp(data: str | None = None, on_bad: OnBad = refuse) -> Iterator[Entry]:
    """MBPP+."""
    return _load("mbpp", data, on_bad)


def _load(which: Set, data: str | None, on_bad: OnBad) -> Iterator[Entry]:
    for row in read_rows(which, data, on_bad=on_bad):
        yield Entry(problem=row.problem, hidden=hidden_tests(row), reference=row.reference)


def hidden_tests(row: Row, *, plus: bool = True) -> HiddenTests:
    """The tests of a row: base and plus, or base alone."""
    groups = {"base": row.base_inputs, "plus": row.plus_inputs if plus else ()}
    oracles = _ORACLES.get(row.task_id.partition("/")[0], {})
    return HiddenTests(
        problem_id=row.task_id,
        reference=ReferenceTests(
            inputs=tuple(text for group in groups.values() for text in group),
            names=tuple(f"{name} {number}" for name, group in groups.items() for number, _ in enumerate(group, 1)),
            solution=row.reference,
            oracle=oracles.get(row.entry_point, "value"),
            absolute=row.atol,
        ),
    )
