"""Asynchronous work for a caller that is not: in a thread of its own, its results handed over as they come."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from typing import TypeVar

_TICK_S = 0.1

Result = TypeVar("Result")


def in_background(
    work: Callable[[Callable[[Result], None]], Coroutine[object, object, None]], cancelled: Callable[[], bool]
) -> Iterator[Result]:
    """What `work` gives, until it ends or nobody wants more: then it is cancelled, and its thread has ended.

    An exception of `work` is raised here.
    """
    given: queue.SimpleQueue[tuple[Result] | BaseException | None] = queue.SimpleQueue()
    loop = asyncio.new_event_loop()
    task = loop.create_task(work(lambda result: given.put((result,))))

    def run() -> None:
        try:
            loop.run_until_complete(task)
            given.put(None)
        except BaseException as error:  # noqa: BLE001 (raised again in the caller's thread)
            given.put(error)
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()

    thread = threading.Thread(target=run, name="codesieve-background", daemon=True)
    thread.start()
    try:
        while not cancelled():
            try:
                one = given.get(timeout=_TICK_S)
            except queue.Empty:
                continue
            if one is None:
                return
            if isinstance(one, BaseException):
                raise one
            yield one[0]
    finally:
        if thread.is_alive() and not loop.is_closed():
            with suppress(RuntimeError):  # it ended this very moment
                loop.call_soon_threadsafe(task.cancel)
        thread.join()
