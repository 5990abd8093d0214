"""A few requests of the benchmark of a warm engine."""

from __future__ import annotations

from benchmarks.throughput import requests


def test_a_few_requests() -> None:
    found = requests.measure("bubblewrap", count=3, early=2, samples=4)
    assert len(found.first_ms) == 3
    assert found.early_mb > 10
    data = found.to_json()
    assert data["requests"] == 3
    assert "first_event_ms_median" in found.table()
