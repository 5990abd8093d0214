"""What this machine's CPU can do, as marks."""

from __future__ import annotations

import pytest

from codegen.models import int8
from codegen.models.placement import cpu_flags

int8_able = pytest.mark.skipif(
    not cpu_flags() & int8._FLAGS, reason="a CPU without fast products of bytes refuses int8"
)
