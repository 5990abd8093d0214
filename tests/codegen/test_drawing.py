"""The time of drawing, where one machine draws for several problems at once."""

from __future__ import annotations

import pytest

from codegen import drawing


def test_parts_make_up_the_time_that_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(drawing.time, "monotonic", lambda: now)
    clock = drawing.SharedClock()
    with clock.running() as one:
        now = 103.0
        assert one() == 3.0
        with clock.running() as other:
            now = 105.0
            assert (one(), other()) == (4.0, 1.0)
        now = 106.0
        assert one() == 5.0
    now = 200.0
    with clock.running() as later:
        assert later() == 0.0
        now = 201.0
        assert later() == 1.0
