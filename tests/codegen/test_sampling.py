"""Drawing: whole chunks with fixed borders, so that a resumed run is generated as an undisturbed one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from codegen.errors import ModelError
from codegen.models.base import Completion, Model, SamplingParams
from codegen.models.replay import ReplayModel
from codegen.prompts import Prompt, make_prompt
from codegen.sampling import Sample, draw
from problems.problem import Call, Problem

PROBLEM = Problem(id="p", statement="Double x.", interface=Call(entry_point="solve"))
PARAMS = SamplingParams(max_tokens=64)


class BatchModel:
    """Its texts depend on who else is in the batch, as a real model's numerics do. The last prompt finishes first."""

    name = "batch"

    def __init__(self, *, batch_size: int = 4, recorded: int | None = None, fails_after: int | None = None) -> None:
        self.batch_size = batch_size
        self.recorded = recorded
        self.fails_after = fails_after
        self.batches: list[list[int]] = []
        self.stopped = 0

    def available(self, problem_id: str) -> int | None:
        return self.recorded

    def generate(
        self, prompts: Sequence[Prompt], params: SamplingParams, *, cancelled: Callable[[], bool] = lambda: False
    ) -> Iterator[Completion]:
        together = [prompt.index for prompt in prompts]
        self.batches.append(together)
        try:
            for done, index in enumerate(reversed(range(len(prompts)))):
                if cancelled():
                    return
                if done == self.fails_after:
                    raise ModelError("out of memory")
                text = f"```python\ndef solve(x):\n    return {together}, {prompts[index].seed}\n```"
                yield Completion(index=index, text=text, form="chat", finish_reason="stop", token_count=9, logprob=-1.5)
        finally:
            self.stopped += 1

    def close(self) -> None:
        pass


def samples(model: Model, indices: Sequence[int], **settings: int) -> list[Sample]:
    return list(draw(model, PROBLEM, indices, run_seed=5, params=PARAMS, **settings))  # type: ignore[arg-type]


def test_a_sample_carries_its_prompts_seed_and_variation_and_its_program() -> None:
    for sample in samples(BatchModel(), range(6)):
        prompt = make_prompt(PROBLEM, sample.index, 5)
        assert (sample.seed, sample.variation) == (prompt.seed, prompt.variation)
        assert sample.completion.index == sample.index
        assert (sample.completion.token_count, sample.completion.logprob) == (9, -1.5)
        assert str(prompt.seed) in (sample.extraction.program or "")


def test_halves_of_surrogate_pairs_are_replaced(tmp_path: Path) -> None:
    """A server's JSON, or a recorded sample, can hold what a run file cannot."""
    recorded = tmp_path / "samples.jsonl"
    recorded.write_text(json.dumps({"task_id": "p", "solution": "def solve(x):\n    return '\ud83d é'\n"}) + "\n")
    [sample] = samples(ReplayModel(recorded), [0])
    assert sample.completion.text == sample.extraction.program == "def solve(x):\n    return '\ufffd é'\n"


def test_chunks_have_fixed_borders_and_the_last_ends_with_the_run() -> None:
    model = BatchModel(batch_size=4)
    assert sorted(s.index for s in samples(model, range(10))) == list(range(10))
    assert model.batches == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


@pytest.mark.parametrize("stored", [{0}, {1, 2, 3}, {0, 1, 2, 3}, {9}, {3, 4, 8}, set(range(10)), set()])
def test_a_resumed_run_equals_an_undisturbed_one(stored: set[int]) -> None:
    whole = {s.index: s for s in samples(BatchModel(), range(10), borders=(10,))}
    model = BatchModel()
    rest = {s.index: s for s in samples(model, sorted(set(range(10)) - stored), borders=(10,))}
    assert rest == {index: sample for index, sample in whole.items() if index not in stored}
    assert all(set(batch) - stored for batch in model.batches)  # what is all there is not generated again


def test_samples_come_as_they_finish() -> None:
    model = BatchModel()
    drawing = draw(model, PROBLEM, range(8), run_seed=5, params=PARAMS)
    assert next(drawing).index == 3
    assert model.batches == [[0, 1, 2, 3]]


def test_of_a_recorded_model_as_many_as_there_are() -> None:
    model = BatchModel(recorded=6)
    assert sorted(s.index for s in samples(model, range(10))) == list(range(6))
    assert model.batches == [[0, 1, 2, 3], [4, 5]]
    assert samples(BatchModel(recorded=0), range(10)) == []


def test_closing_the_iterator_stops_the_model() -> None:
    model = BatchModel()
    drawing = draw(model, PROBLEM, range(8), run_seed=5, params=PARAMS)
    next(drawing)
    drawing.close()  # type: ignore[attr-defined]
    assert (model.batches, model.stopped) == ([[0, 1, 2, 3]], 1)


def test_cancelling_ends_within_the_chunk_and_starts_no_other() -> None:
    model = BatchModel()
    seen: list[int] = []
    for sample in draw(model, PROBLEM, range(12), run_seed=5, params=PARAMS, cancelled=lambda: len(seen) == 2):
        seen.append(sample.index)  # noqa: PERF401 (the model asks while this grows)
    assert seen == [3, 2]
    assert model.batches == [[0, 1, 2, 3]]


def test_what_came_before_a_failure_stands() -> None:
    drawing = draw(BatchModel(fails_after=2), PROBLEM, range(4), run_seed=5, params=PARAMS)
    assert [next(drawing).index, next(drawing).index] == [3, 2]
    with pytest.raises(ModelError, match="out of memory"):
        next(drawing)


def test_nothing_asked_nothing_generated() -> None:
    model = BatchModel()
    assert samples(model, []) == []
    assert model.batches == []
