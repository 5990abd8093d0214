"""Work in a thread of its own: its results in order, its error here, and no thread left when nobody wants more."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from codegen.models.background import in_background


def _threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "codesieve-background"]


async def _count(give: Callable[[int], None]) -> None:
    for number in range(1000):
        give(number)
        await asyncio.sleep(0.001)


async def _fail(give: Callable[[int | None], None]) -> None:
    give(None)
    raise ValueError("no more")


def test_results_come_in_order_and_an_error_comes_last() -> None:
    results = in_background(_fail, lambda: False)
    assert next(results) is None
    with pytest.raises(ValueError, match="no more"):
        next(results)
    assert not _threads()


def test_whoever_stops_reading_ends_the_work() -> None:
    results = in_background(_count, lambda: False)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    results.close()
    assert not _threads()


def test_cancelled_from_another_thread() -> None:
    cancelled = threading.Event()
    found = []
    for number in in_background(_count, cancelled.is_set):
        found.append(number)
        cancelled.set()
    assert found == [0]
    assert not _threads()
