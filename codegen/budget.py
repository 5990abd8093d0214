"""How long work on a problem may take."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

Over = Literal["", "time", "deadline"]
Stopped = Literal["", "time", "deadline", "enough"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """When to stop, in the seconds of `time.monotonic`; None: never.

    Attributes:
        draw_until: From then on no sample is drawn; what there is is judged and ranked.
        deadline: From then on nothing is run: what is known is ranked, and the events end.
    """

    draw_until: float | None = None
    deadline: float | None = None

    @property
    def over(self) -> Over:
        """What has passed by now, the deadline before the time to draw."""
        now = time.monotonic()
        if self.deadline is not None and now >= self.deadline:
            return "deadline"
        return "time" if self.draw_until is not None and now >= self.draw_until else ""
