"""Hypothesis without clocks: a loaded machine is no failure."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("problems", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60)
settings.load_profile("problems")
