"""Drawing ahead: threads in which a model writes the samples of one problem after another, held back when told to.

A model that can write for several problems at once says so in `replicas`; every other one serves one thread at a time.
Where one machine does all of it (`shared`), time is shared out among the problems that are drawn for at that moment.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from queue import SimpleQueue

from codegen.config import Settings
from codegen.messages import Drawn, Failed, ModelReady
from codegen.models.base import Model
from codegen.prompts import Prompt
from codegen.sampling import Sample, draw, draw_prompts
from codegen.threads import Threads, Turns
from problems.problem import Problem

AHEAD = 128
"""Samples drawn and not yet taken, at most."""
_TICK_S = 0.1


class Drawing:
    """Ask for samples with `ask`; they arrive through `emit`, which is called in threads of this object.

    Args:
        model: Called once, in a thread, when samples are first asked for.
        turns: Between those who share the model, unless it has replicas; a turn is one chunk of samples.
        threads: Which the threads of this object count among.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        model: Callable[[], Model],
        turns: Turns,
        threads: Threads,
        emit: Callable[[Sample | ModelReady | Drawn | Failed], None],
    ) -> None:
        self._settings, self._get_model, self._turns, self._emit = settings, model, turns, emit
        self._started = threads
        self._asked: SimpleQueue[tuple[Problem, list[int], Sequence[Prompt] | None] | None] = SimpleQueue()
        self._room = threading.Semaphore(AHEAD)
        self._stop = threading.Event()
        self._threads = 0
        self._waited = 0.0
        self._clock = SharedClock()
        self.begun_at: float | None = None

    @property
    def waiting(self) -> int:
        """Problems asked for that no thread has begun."""
        return self._asked.qsize()

    @property
    def threads(self) -> int:
        """How many problems are drawn for at once."""
        return max(1, self._threads)

    def ask(self, problem: Problem, missing: list[int], prompts: Sequence[Prompt] | None = None) -> None:
        """Draw the samples with these numbers, for prompts of their own where some are given. Returns at once."""
        self._asked.put((problem, missing, prompts))
        if not self._threads:
            self._start(self._first)

    def taken(self, count: int) -> None:
        """So many samples more may be drawn ahead."""
        if count:
            self._room.release(count)

    def stop(self) -> None:
        """End the threads as soon as the model lets them. Idempotent."""
        self._stop.set()
        for _ in range(self._threads):
            self._asked.put(None)

    def _start(self, work: Callable[[], None]) -> None:
        self._threads += 1
        self._started.start(work, "codesieve-draw")

    def _first(self) -> None:
        begun = time.monotonic()
        try:
            model = self._get_model()
            model.load()
        except BaseException as error:  # noqa: BLE001 (raised again in the caller's thread)
            self._emit(Failed(error))
            return
        self.begun_at = time.monotonic()
        self._emit(ModelReady(model.name, self.begun_at - begun))
        replicas: int = getattr(model, "replicas", 1)
        shared: bool = getattr(model, "shared", False)
        for _ in range(replicas - 1):
            self._start(lambda: self._serve(model, None, shared=shared))
        self._serve(model, self._turns if replicas == 1 else None, shared=shared)

    def _serve(self, model: Model, turns: Turns | None, *, shared: bool) -> None:
        while not self._stop.is_set() and (asked := self._asked.get()) is not None:
            problem, missing, prompts = asked
            try:
                begun, self._waited = time.monotonic(), 0.0
                with self._clock.running() as share:
                    held = sum(self._give_out(self._draw(model, problem, missing, prompts, turns)))
                    seconds = share() if shared else time.monotonic() - begun - held - self._waited
                self._emit(Drawn(problem.id, seconds))
            except BaseException as error:  # noqa: BLE001 (raised again in the caller's thread)
                self._emit(Failed(error))

    def _draw(
        self,
        model: Model,
        problem: Problem,
        missing: list[int],
        prompts: Sequence[Prompt] | None,
        turns: Turns | None,
    ) -> Iterator[Sample]:
        if prompts is not None:
            return draw_prompts(
                model,
                problem,
                prompts if model.available(problem.id) is None else (),  # what is recorded mends nothing
                set(missing),
                params=self._settings.sampling,
                cancelled=self._stop.is_set,
                turn=lambda: nullcontext(True) if turns is None else self._turn(turns),
            )
        return draw(
            model,
            problem,
            missing,
            run_seed=self._settings.seed,
            params=self._settings.sampling,
            borders=self._settings.borders,
            languages=self._settings.languages,
            strategy=self._settings.strategy,
            cancelled=self._stop.is_set,
            turn=lambda: nullcontext(True) if turns is None else self._turn(turns),
        )

    @contextmanager
    def _turn(self, turns: Turns) -> Iterator[bool]:
        since = time.monotonic()
        with turns.turn(self._stop.is_set) as mine:
            self._waited += time.monotonic() - since
            yield mine

    def _give_out(self, samples: Iterator[Sample]) -> Iterator[float]:
        """Emit each as soon as there is room for it; seconds waited for that."""
        for sample in samples:
            if not self._room.acquire(blocking=False):
                since = time.monotonic()
                while not self._room.acquire(timeout=_TICK_S):
                    if self._stop.is_set():
                        return
                yield time.monotonic() - since
            self._emit(sample)


class SharedClock:
    """Time that passes while several run, an equal part to each: all parts make up the time that passed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running = 0
        self._last = self._part = 0.0

    @contextmanager
    def running(self) -> Iterator[Callable[[], float]]:
        """From here on one more runs; the function tells the part it has had so far."""
        with self._lock:
            begun = self._advance()
            self._running += 1
        try:
            yield lambda: self._read() - begun
        finally:
            with self._lock:
                self._advance()
                self._running -= 1

    def _read(self) -> float:
        with self._lock:
            return self._advance()

    def _advance(self) -> float:
        """What one that had run all the time would have had."""
        now = time.monotonic()
        if self._running:
            self._part += (now - self._last) / self._running
        self._last = now
        return self._part
