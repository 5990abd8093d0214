"""What every model must do. A backend's test class inherits `Conformance` and gives a `model` fixture.

The fixture's model must have at least six samples of the problem PROBLEM.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import pytest

from codegen.models.base import Completion, Model, SamplingParams
from codegen.prompts import Prompt, Variation

PROBLEM = "toy/add"
PARAMS = SamplingParams(max_tokens=12)


def prompt(index: int = 0, *, problem_id: str = PROBLEM, user: str = "Add two numbers.", **fields: object) -> Prompt:
    """A prompt whose parts a test may replace."""
    values: dict[str, object] = {
        "problem_id": problem_id,
        "index": index,
        "seed": 1000 + index,
        "variation": Variation(temperature=0.8),
        "system": "You write programs.",
        "user": user,
        "prefill": "",
        "plain": "def add(a, b):\n",
        "starter": "def add(a, b):\n",
    }
    return Prompt(**(values | fields))  # type: ignore[arg-type]


def draw(model: Model, prompts: Sequence[Prompt], params: SamplingParams = PARAMS) -> list[Completion]:
    """All completions, in the order of their prompts."""
    return sorted(model.generate(prompts, params), key=lambda completion: completion.index)


class Conformance:
    """Inherited by the test class of each backend."""

    @pytest.fixture
    def model(self) -> Model:
        raise NotImplementedError

    def test_each_prompt_gets_one_completion(self, model: Model) -> None:
        prompts = [prompt(index) for index in (3, 0, 5, 1)]
        assert [completion.index for completion in draw(model, prompts)] == [0, 1, 2, 3]

    def test_equal_calls_give_equal_completions(self, model: Model) -> None:
        prompts = [prompt(index) for index in range(6)]
        assert draw(model, prompts) == draw(model, prompts)

    def test_fields_are_sound(self, model: Model) -> None:
        for completion in draw(model, [prompt(index) for index in range(6)]):
            assert isinstance(completion.text, str)
            assert completion.form in {"chat", "answer", "plain", "recorded"}
            assert (completion.form == "recorded") == (completion.finish_reason == "recorded")
            assert 0 <= completion.token_count <= PARAMS.max_tokens
            assert completion.logprob is None or completion.logprob <= 0

    def test_no_prompts_give_no_completions(self, model: Model) -> None:
        assert draw(model, []) == []

    def test_cancelled_before_the_start_gives_nothing(self, model: Model) -> None:
        assert list(model.generate([prompt()], PARAMS, cancelled=lambda: True)) == []

    def test_cancelled_on_the_way_ends_early_without_an_error(self, model: Model) -> None:
        prompts = [prompt(index) for index in range(6)]
        assert len(list(model.generate(prompts, PARAMS, cancelled=_from_the(3)))) < 6

    def test_closing_stops_and_leaves_the_model_usable(self, model: Model) -> None:
        prompts = [prompt(index) for index in range(6)]
        before = draw(model, prompts)
        stream = model.generate(prompts, PARAMS)
        next(stream)
        stream.close()  # type: ignore[attr-defined]
        assert draw(model, prompts) == before

    def test_says_what_it_is(self, model: Model) -> None:
        assert model.name
        assert model.batch_size >= 1
        available = model.available(PROBLEM)
        assert available is None or available >= 6

    def test_closes_twice(self, model: Model) -> None:
        draw(model, [prompt()])
        model.close()
        model.close()


def _from_the(number: int) -> Callable[[], bool]:
    """False until it has been asked `number` times."""
    calls = itertools.count(1)
    return lambda: next(calls) >= number
