"""What the generation benchmark makes of what it measured, and that a way that fails is left out."""

from __future__ import annotations

import pytest

from benchmarks.throughput import generation
from benchmarks.throughput.generation import Drawn, measure, summary, table


def drawn(name: str, n: int, speed: float) -> Drawn:
    return Drawn(name=name, n=n, tokens=100 * n, seconds=100 * n / speed, memory_bytes=2_000_000_000 + n)


FOUND = [
    *(drawn("codesieve", 64, speed) for speed in (150.0, 200.0, 210.0)),
    drawn("codesieve", 16, 120.0),
    drawn("generate", 64, 40.0),
    drawn("generate", 16, 30.0),
    drawn("xllamacpp", 64, 100.0),
]


def test_ratios_are_those_of_medians() -> None:
    found = summary(FOUND)
    assert found["over_generate_64"] == pytest.approx(5.0)
    assert found["over_generate_16"] == pytest.approx(4.0)
    assert found["over_xllamacpp_64"] == pytest.approx(2.0)
    assert "over_xllamacpp_16" not in found
    assert found["tokens_per_s"]["codesieve"] == pytest.approx({"64": 200.0, "16": 120.0})  # type: ignore[index]
    assert found["peak_memory_bytes"]["generate"] == 2_000_000_064  # type: ignore[index]


def test_the_table_has_a_row_for_each_way_that_ran() -> None:
    lines = table(FOUND).splitlines()
    assert {line.split()[0] for line in lines[1:4]} == {"codesieve", "generate", "xllamacpp"}
    assert "200.0 (3)" in next(line for line in lines if line.startswith("codesieve"))


def test_a_way_that_cannot_run_is_named_and_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generation, "GENERATORS", {"nonsense": None})
    assert measure(rounds=1, most_s=30) == []
    assert "nonsense cannot run here: ended with" in capsys.readouterr().err
