"""Tasks that wait, and the threads that do them."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from codegen.inputs import GeneratedInput
from codegen.messages import Done, Failed, InputsMade, Message, RunnerReady
from codegen.tasks import Runner, Task
from codegen.threads import Threads
from codegen.work import Work


class Workers:
    """A thread for each slot of the sandbox, and one that makes inputs. All methods are for the pipeline's thread.

    Args:
        runner: Called in a thread when the first task waits; it may take its time.
        threads: Which the threads of this object count among.
        emit: Takes what comes of the tasks; called in threads of this object.
        stopped: Whether tasks are to be given up.
    """

    def __init__(
        self,
        *,
        runner: Callable[[], Runner],
        threads: Threads,
        emit: Callable[[Message], None],
        stopped: Callable[[], bool],
    ) -> None:
        self._get_runner, self._threads, self._emit, self._stopped = runner, threads, emit, stopped
        self._tasks: deque[tuple[Work, Task]] = deque()
        self._running = 0
        self._asked = False
        self._runner: Runner | None = None
        self._slots: ThreadPoolExecutor | None = None
        self._maker: ThreadPoolExecutor | None = None
        self._making: set[str] = set()

    @property
    def backlog(self) -> int:
        """Tasks that wait or are under way."""
        return len(self._tasks) + self._running

    def open(self) -> None:
        """Have the sandbox opened, unless it was asked for before; `RunnerReady` tells when it is."""
        if self._asked:
            return
        self._asked = True

        def opened() -> Message:
            begun = time.monotonic()
            return RunnerReady(self._get_runner(), time.monotonic() - begun)

        self._threads.start(lambda: self._guarded(opened), "codesieve-sandbox")

    def opened(self, runner: Runner) -> None:
        """From now on `dispatch` hands out tasks."""
        self._runner = runner
        self._slots = self._pool(runner.slots, "codesieve-run")

    def add(self, work: Work, task: Task) -> None:
        self.open()
        work.under_way += 1
        self._tasks.append((work, task))

    def dispatch(self) -> None:
        """Hand tasks to the slots, first come first served, a few more than they can do at once."""
        if self._runner is None or self._slots is None:
            return
        while self._tasks and self._running < 2 * self._runner.slots:
            self._running += 1
            self._slots.submit(self._guarded, self._performing(self._runner, *self._tasks.popleft()))

    def done(self, work: Work) -> None:
        """A task of this problem has ended."""
        self._running -= 1
        work.under_way -= 1

    def make_inputs(self, work: Work, make: Callable[[], tuple[GeneratedInput, ...]]) -> None:
        """Have inputs made, unless they are under way; `InputsMade` brings them."""
        if work.problem.id in self._making:
            return
        self._making.add(work.problem.id)
        if self._maker is None:
            self._maker = self._pool(1, "codesieve-inputs")
        self._maker.submit(self._guarded, lambda: InputsMade(work, make()))

    def inputs_made(self, work: Work) -> None:
        self._making.discard(work.problem.id)

    def close(self) -> None:
        """Start nothing more; what is under way ends by itself."""
        for pool in (self._slots, self._maker):
            if pool is not None:
                pool.shutdown(wait=False, cancel_futures=True)

    def _pool(self, size: int, name: str) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(size, thread_name_prefix=name, initializer=self._threads.adopt)

    def _performing(self, runner: Runner, work: Work, task: Task) -> Callable[[], Message]:
        return lambda: Done(work, task, runner.perform(task, self._stopped))

    def _guarded(self, work: Callable[[], Message]) -> None:
        """In a thread: what comes of it, or its failure, becomes a message."""
        try:
            self._emit(work())
        except BaseException as error:  # noqa: BLE001 (raised again in the caller's thread)
            self._emit(Failed(error))
