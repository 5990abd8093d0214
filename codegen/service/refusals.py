"""What the service answers where it does not do what it was asked: the thing, its value, what is wrong, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

MAX_VALUE = 200


class Refusal(Exception):  # noqa: N818 (an answer, not a fault)
    """An answer with a status from 400 on.

    Args:
        name: What the refusal is about: a field, a header, a run.
        value: As it was found; cut where it is long.
        problem: What is wrong with it.
        remedy: What to do.
    """

    def __init__(
        self,
        status: int,
        name: str,
        value: Any,
        problem: str,
        remedy: str,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{name} {value!r}: {problem}; {remedy}")
        self.status = status
        self.headers = dict(headers or {})
        self._fields = {"name": name, "value": _short(value), "problem": problem, "remedy": remedy}

    def to_json(self) -> dict[str, Any]:
        """`{"error": {"name", "value", "problem", "remedy"}}`"""
        return {"error": self._fields}


def _short(value: Any) -> Any:
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and isfinite(value)):
        return value
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= MAX_VALUE else text[: MAX_VALUE - 1] + "…"
