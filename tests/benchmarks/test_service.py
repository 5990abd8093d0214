"""How soon the service answers and whether it grows: the command measures what it says."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

pytest.importorskip("uvicorn")

from benchmarks.service import service


@pytest.mark.bubblewrap
def test_it_measures_a_service_of_its_own() -> None:
    arguments = ["--requests", "3", "--early", "2", "--samples", "2", "--sandbox", "bubblewrap", "--json"]
    done = CliRunner().invoke(service, arguments, catch_exceptions=False)
    measured = json.loads(done.stdout)
    assert measured["requests"] == 3
    assert 0 < measured["first_event_s"]["median"] <= measured["first_event_s"]["largest"]
    assert set(measured["memory_bytes"]) == {"2", "3"}
    assert measured["growth"] == round(measured["memory_bytes"]["3"] / measured["memory_bytes"]["2"] - 1, 4)
