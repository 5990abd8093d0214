"""Calls side by side become one call, each with its own answers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from codegen.errors import ModelError
from codegen.models.base import Completion, SamplingParams
from codegen.models.together import Together, together
from codegen.prompts import Prompt
from tests.codegen.models.conformance import prompt

PARAMS = SamplingParams()


class Echo:
    """Writes the prompt's number, the last prompt first; the calls it gets are kept."""

    name, batch_size, dtype = "echo", 4, "float32"

    def __init__(self, *, failing: bool = False) -> None:
        self.calls: list[int] = []
        self.failing, self.closed, self.stopped = failing, False, threading.Event()

    def available(self, problem_id: str) -> int | None:
        return None

    def load(self) -> None: ...

    def generate(
        self, prompts: Sequence[Prompt], params: SamplingParams, *, cancelled: Callable[[], bool] = lambda: False
    ) -> Iterator[Completion]:
        self.calls.append(len(prompts))
        for index in reversed(range(len(prompts))):
            if self.failing:
                raise ModelError("broken")
            text = str(prompts[index].index)
            yield Completion(index=index, text=text, form="plain", finish_reason="stop", token_count=params.max_tokens)
        if params.max_tokens == 1:  # one that goes on until it is told to end
            while not cancelled():
                pass
            self.stopped.set()

    def close(self) -> None:
        self.closed = True


def test_calls_that_come_side_by_side_are_one() -> None:
    inner = Echo()
    model = Together(inner, replicas=3, gather_s=60)
    start = threading.Barrier(3)

    def ask(first: int) -> list[tuple[int, str]]:
        start.wait()
        asked = [prompt(first + number) for number in range(5)]
        return sorted((each.index, each.text) for each in model.generate(asked, PARAMS))

    with ThreadPoolExecutor(3) as threads:
        found = list(threads.map(ask, (0, 10, 20)))
    assert found == [[(n, str(first + n)) for n in range(5)] for first in (0, 10, 20)]
    assert inner.calls == [15]
    model.close()
    assert inner.closed


def _counts(model: Together, most: int) -> list[int]:
    return [each.token_count for each in model.generate([prompt(0)], SamplingParams(max_tokens=most))]


def test_calls_of_other_settings_stay_apart() -> None:
    inner = Echo()
    model = Together(inner, replicas=2, gather_s=60)
    with ThreadPoolExecutor(2) as threads:
        found = list(threads.map(lambda most: _counts(model, most), (7, 8)))
    assert found == [[7], [8]]
    assert inner.calls == [1, 1]
    model.close()


def test_what_the_model_raises_reaches_the_caller() -> None:
    model = Together(Echo(failing=True))
    with pytest.raises(ModelError, match="broken"):
        list(model.generate([prompt(0)], PARAMS))
    model.close()


def test_the_model_stops_when_all_callers_are_gone() -> None:
    inner = Echo()
    model = Together(inner)
    answers = model.generate([prompt(0)], SamplingParams(max_tokens=1))
    next(answers)
    answers.close()  # type: ignore[attr-defined]
    assert inner.stopped.wait(10)
    model.close()


def test_only_models_whose_texts_stay_the_same_are_shared() -> None:
    inner = Echo()
    assert together(inner) is inner
