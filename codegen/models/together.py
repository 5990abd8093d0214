"""One model that several problems are written for at once: calls that come side by side become one call.

For models whose texts do not depend on what else is in a batch (`codegen.models.sampler`). A step of few rows costs
nearly as much as one of many, so a suite with few samples a problem gains most.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue
from threading import Event, Lock, Thread

from codegen.models.base import Completion, Model, SamplingParams
from codegen.models.local import TransformersModel
from codegen.prompts import Prompt

PROBLEMS = 16
GATHER_S = 0.1
_TICK_S = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class _Call:
    """`answers` ends with None, or with what the model raised."""

    prompts: Sequence[Prompt]
    params: SamplingParams
    answers: SimpleQueue[Completion | Exception | None] = field(default_factory=SimpleQueue)
    gone: Event = field(default_factory=Event)


def together(model: Model) -> Model:
    """The same model for several problems at once, where its texts stay the same."""
    return Together(model) if isinstance(model, TransformersModel) else model


class Together:
    """See `Model`; closes the model with itself.

    Args:
        replicas: How many calls may be made at the same time (`codegen.drawing`).
        gather_s: A call waits so long for others to come, unless all have.
    """

    shared = True
    """All calls are answered by one machine."""

    def __init__(self, model: Model, *, replicas: int = PROBLEMS, gather_s: float = GATHER_S) -> None:
        self._model = model
        self._gather_s = gather_s
        self.replicas = replicas
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._lock = Lock()

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def batch_size(self) -> int:
        return self._model.batch_size

    @property
    def dtype(self) -> str:
        return str(getattr(self._model, "dtype", ""))

    def available(self, problem_id: str) -> int | None:
        return self._model.available(problem_id)

    def load(self) -> None:
        self._model.load()

    def generate(
        self, prompts: Sequence[Prompt], params: SamplingParams, *, cancelled: Callable[[], bool] = lambda: False
    ) -> Iterator[Completion]:
        """See `Model.generate`; may be called from several threads at once."""
        if not prompts or cancelled():
            return
        call = _Call(prompts, params)
        self._start()
        self._calls.put(call)
        try:
            while not cancelled():
                try:
                    answer = call.answers.get(timeout=_TICK_S)
                except Empty:
                    continue
                if answer is None:
                    return
                if isinstance(answer, Exception):
                    raise answer
                yield answer
        finally:
            call.gone.set()

    def close(self) -> None:
        with self._lock:
            if self._thread is not None:
                self._calls.put(None)
                self._thread.join()
                self._thread = None
        self._model.close()

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = Thread(target=self._work, name="codesieve-together", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while (first := self._calls.get()) is not None:
            calls = [first]
            until = time.monotonic() + self._gather_s
            ended = False
            while not ended and len(calls) < self.replicas:
                try:
                    call = self._calls.get(timeout=max(0.0, until - time.monotonic()))
                except Empty:
                    break
                ended = call is None
                if call is not None:
                    calls.append(call)
            for params in dict.fromkeys(call.params for call in calls):
                self._write([call for call in calls if call.params == params], params)
            if ended:
                return

    def _write(self, calls: Sequence[_Call], params: SamplingParams) -> None:
        """One call of the model for all of these."""
        places = [(call, place) for call in calls for place in range(len(call.prompts))]
        prompts = [call.prompts[place] for call, place in places]
        end: Exception | None = None
        try:
            for completion in self._model.generate(
                prompts, params, cancelled=lambda: all(call.gone.is_set() for call in calls)
            ):
                call, place = places[completion.index]
                call.answers.put(replace(completion, index=place))
        except Exception as error:  # noqa: BLE001 (raised again where the calls were made)
            end = error
        for call in calls:
            call.answers.put(end)
