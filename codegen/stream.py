"""Events of one request, as they happen: for `for` and `async for` alike, to be ended from any thread or task."""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType
from typing import Self, TypeVar

from codegen.errors import CancelledError
from codegen.events import Event

T = TypeVar("T")


class Stream(Iterator[Event], AsyncIterator[Event]):
    """What `Engine.stream` returns.

    Iterated with `for`, the work is done between the events, in the caller's thread. With `async for` it is done in a
    thread of the stream, and the event loop stays free; a task that is cancelled while it waits ends the work before
    it goes on. Leaving a `with` or `async with` block, `close`, `aclose` or dropping the stream end the work, too;
    what was stored in a run file stays.

    Iterating raises CancelledError after `cancel`, and whatever error ended the work.
    """

    def __init__(
        self, events: Generator[Event, None, None], cancelled: threading.Event, adopt: Callable[[], None]
    ) -> None:
        self._events = events
        self._cancelled = cancelled
        self._adopt = adopt
        self._thread: ThreadPoolExecutor | None = None
        """One thread, where the work is done when it may not be done in the caller's."""

    def cancel(self) -> None:
        """End the work from any thread: who iterates gets CancelledError within a second. Idempotent."""
        self._cancelled.set()

    # -- for ---------------------------------------------------------------------------------------------------

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Event:
        if self._thread is None:
            return next(self._events)
        event = self._submit(_next(self._events)).result()
        if event is None:
            raise StopIteration
        return event

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the work and wait until nothing of this request is done any more. Idempotent."""
        self._cancelled.set()
        if self._thread is not None:
            self._submit(_close(self._events)).result()
            self._thread.shutdown(wait=False)
        else:
            _close(self._events)()

    def abandon(self) -> None:
        """End the work without waiting for it: its engine is closed."""
        self._cancelled.set()
        if self._thread is not None:
            _drop(self._cancelled, self._thread, self._events)

    # -- async for ---------------------------------------------------------------------------------------------

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        try:
            event = await asyncio.wrap_future(self._submit(_next(self._events)))
        except asyncio.CancelledError:
            await self.aclose()
            raise
        if event is None:
            await self.aclose()
            raise StopAsyncIteration
        return event

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """`close` for a task: the event loop stays free meanwhile."""
        self._cancelled.set()
        closing = asyncio.wrap_future(self._submit(_close(self._events)))
        try:
            await asyncio.shield(closing)
        finally:
            if self._thread is not None:
                self._thread.shutdown(wait=False)

    def _submit(self, work: Callable[[], T]) -> Future[T]:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="codesieve-stream", initializer=self._adopt)
            weakref.finalize(self, _drop, self._cancelled, self._thread, self._events)
        try:
            return self._thread.submit(work)
        except RuntimeError:  # it was shut down: the stream has ended
            done: Future[T] = Future()
            settle(done, work)
            return done


def _next(events: Generator[Event, None, None]) -> Callable[[], Event | None]:
    """Holds the events alone and not their stream, which can so be dropped meanwhile."""
    return lambda: next(events, None)


def _close(events: Generator[Event, None, None]) -> Callable[[], None]:
    def close() -> None:
        with suppress(ValueError):  # another thread is in it, and will be told that it is cancelled
            events.close()

    return close


def _drop(cancelled: threading.Event, thread: ThreadPoolExecutor, events: Generator[Event, None, None]) -> None:
    """What is left of a stream that nobody holds any more ends by itself."""
    cancelled.set()
    try:
        thread.submit(_close(events))
    except RuntimeError:  # it was ended before
        return
    thread.shutdown(wait=False)


def settle(done: Future[T], work: Callable[[], T]) -> None:
    """Do some work, and put what comes of it where another thread waits for it."""
    try:
        done.set_result(work())
    except BaseException as error:  # noqa: BLE001 (raised again where it is waited for)
        done.set_exception(error)


async def unless_cancelled(work: Future[T], cancelled: threading.Event) -> T:
    """Wait for work in another thread; a task that is cancelled meanwhile ends it first.

    Raises: What the work raises.
    """
    waiting = asyncio.wrap_future(work)
    try:
        return await asyncio.shield(waiting)
    except asyncio.CancelledError:
        cancelled.set()
        with suppress(CancelledError):
            await asyncio.shield(waiting)
        raise
