"""Settings for the property tests of the engine."""

from __future__ import annotations

import hypothesis

# A loaded machine is not a failure.
hypothesis.settings.register_profile("codegen", deadline=None)
hypothesis.settings.load_profile("codegen")
