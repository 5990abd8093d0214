"""How long to wait for a server, and when to ask it again."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Limits of waiting, in seconds.

    Attributes:
        connect_s: Until a connection stands.
        silence_s: Between two pieces of an answer; the first one takes as long as the server reads the prompt.
        request_s: One request with its whole answer, however steadily it drips.
        attempts: Failures in a row, without a sample between them, before a request is given up.
        first_pause_s, longest_pause_s: Pauses between attempts double from the one to the other, with full jitter.
        longest_wait_s: What a server may ask for in Retry-After; a longer wait counts as a refusal.
    """

    connect_s: float = 10.0
    silence_s: float = 120.0
    request_s: float = 600.0
    attempts: int = 8
    first_pause_s: float = 0.5
    longest_pause_s: float = 30.0
    longest_wait_s: float = 300.0

    def pause_s(self, failures: int) -> float:
        """Before the next attempt after so many failures in a row ("full jitter", Brooker 2015)."""
        most = min(self.longest_pause_s, self.first_pause_s * 2.0 ** (failures - 1))
        return random.uniform(most / 2, most)  # noqa: S311 (spreads requests, no secret)


class Gate:
    """Holds all requests back while the server wants a rest: one refusal for too many requests is meant for all."""

    def __init__(self) -> None:
        self._until = 0.0

    def close_for(self, seconds: float) -> None:
        """From now on; never shortens a rest that is under way."""
        self._until = max(self._until, time.monotonic() + seconds)

    async def wait(self) -> None:
        """Return when requests may be sent."""
        while (left := self._until - time.monotonic()) > 0:
            await asyncio.sleep(left)


def wanted_rest_s(headers: Mapping[str, str], *, refused: bool) -> float | None:
    """How long the server wants to be left alone, as its headers say; None where they say nothing.

    Args:
        refused: The request was refused; else the headers of a good answer are read, which may say that no more
            requests are left until a reset.
    """
    if refused:
        if (milliseconds := _number(headers.get("retry-after-ms", ""))) is not None:
            return milliseconds / 1000
        if (after := headers.get("retry-after", "").strip()) and (seconds := _seconds(after)) is not None:
            return seconds
    for kind in ("requests", "tokens"):
        if headers.get(f"x-ratelimit-remaining-{kind}", "").strip() == "0":
            return _duration(headers.get(f"x-ratelimit-reset-{kind}", ""))
    return None


def _seconds(text: str) -> float | None:
    """Of Retry-After: a number, or a date (RFC 9110, 10.2.3)."""
    if (number := _number(text)) is not None:
        return number
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < float("inf") else None


def _duration(text: str) -> float | None:
    """Of a rate limit's reset: "6m0s", "250ms", or plain seconds."""
    if (number := _number(text)) is not None:
        return number
    found = _DURATION.fullmatch(text.strip())
    if not text.strip() or found is None:
        return None
    hours, minutes, seconds, milliseconds = (float(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds + milliseconds / 1000
