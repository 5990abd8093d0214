"""The sampling loop against transformers, with a tiny model: what is drawn is what the model says, in any company."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from benchmarks.exactness import chi_square
from codegen.models.base import Completion, SamplingParams
from codegen.models.forward import Forward
from codegen.models.local import TransformersModel
from codegen.models.placement import Precision
from codegen.prompts import Variation
from tests.codegen.models.able import int8_able
from tests.codegen.models.conformance import draw, prompt

WARPED = {
    "plain": (1.0, SamplingParams(max_tokens=1, top_p=1.0, top_k=0)),
    "hot": (2.0, SamplingParams(max_tokens=1, top_p=1.0, top_k=0)),
    "defaults": (0.8, SamplingParams(max_tokens=1)),
    "top-k": (1.2, SamplingParams(max_tokens=1, top_p=1.0, top_k=20)),
    "top-p": (1.0, SamplingParams(max_tokens=1, top_p=0.8, top_k=0)),
    "min-p": (1.5, SamplingParams(max_tokens=1, top_p=1.0, top_k=0, min_p=0.1)),
    "all": (1.5, SamplingParams(max_tokens=1, top_p=0.9, top_k=40, min_p=0.05)),
}


@pytest.fixture(scope="module")
def reference(tiny_model: Path) -> Any:
    return transformers.AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32)


@pytest.fixture(scope="module")
def tokenizer(tiny_model: Path) -> Any:
    return transformers.AutoTokenizer.from_pretrained(tiny_model)


@pytest.fixture(scope="module")
def model(tiny_model: Path) -> Iterator[TransformersModel]:
    made = TransformersModel(tiny_model, dtype="float32", batch_size=16, form="plain")
    yield made
    made.close()


def texts(count: int, *, longest: int = 100) -> list[str]:
    chosen = random.Random(5)
    return ["".join(chosen.choices("abcdefgh \n(){}=", k=chosen.randint(1, longest))) for _ in range(count)]


def test_greedy_tokens_are_those_of_transformers_on_fifty_prompts(
    model: TransformersModel, reference: Any, tokenizer: Any
) -> None:
    asked = [prompt(i, plain=text, variation=Variation(temperature=0.0)) for i, text in enumerate(texts(50))]
    special = set(tokenizer.all_special_ids) | {256, 257, 258}
    for one, found in zip(asked, draw(model, asked, SamplingParams(max_tokens=40)), strict=True):
        inputs = tokenizer(one.plain, return_tensors="pt")
        output = reference.generate(**inputs, do_sample=False, max_new_tokens=40, pad_token_id=0)
        tokens = output[0, inputs.input_ids.shape[1] :].tolist()
        end = next((place for place, token in enumerate(tokens) if token in special), len(tokens))
        assert found.text == tokenizer.decode(tokens[:end])
        assert found.token_count == min(end + 1, 40)


@pytest.mark.parametrize("name", WARPED)
def test_first_tokens_come_as_often_as_the_model_says(
    model: TransformersModel, reference: Any, tokenizer: Any, name: str
) -> None:
    temperature, params = WARPED[name]
    text = "def add(a, b):"
    asked = [prompt(i, plain=text, seed=i * 31, variation=Variation(temperature=temperature)) for i in range(4000)]
    counts = Counter(completion.text for completion in model.generate(asked, params))

    inputs = tokenizer(text, return_tensors="pt")
    with torch.no_grad():
        scores = reference(**inputs).logits[:, -1]
    warpers: list[Any] = [transformers.TemperatureLogitsWarper(temperature)]
    if params.top_k:
        warpers.append(transformers.TopKLogitsWarper(params.top_k))
    if params.top_p < 1:
        warpers.append(transformers.TopPLogitsWarper(params.top_p))
    if params.min_p:
        warpers.append(transformers.MinPLogitsWarper(params.min_p))
    for warper in warpers:
        scores = warper(inputs.input_ids, scores)
    shares: dict[str, float] = {}
    for token, share in enumerate(torch.softmax(scores[0], 0).tolist()):
        if share:
            shown = tokenizer.decode([token], skip_special_tokens=True)
            shares[shown] = shares.get(shown, 0.0) + share
    assert counts.keys() <= shares.keys()
    _, p = chi_square(counts, shares)
    assert p > 1e-4


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", pytest.param("int8", marks=int8_able)])
def test_a_sample_is_the_same_in_any_company(tiny_model: Path, dtype: Precision) -> None:
    model = TransformersModel(tiny_model, dtype=dtype, batch_size=8, form="plain")
    assert model.dtype == dtype
    beginning = "x = 1\n" * 12  # longer than a chunk: prompts share it
    plain = [*texts(4), *(beginning + text for text in texts(4, longest=40))]
    prompts = [prompt(i, plain=plain[i % 8]) for i in range(24)]
    params = SamplingParams(max_tokens=40)

    def key(completion: Completion) -> tuple[str, float | None]:
        return completion.text, completion.logprob

    together = [key(completion) for completion in draw(model, prompts, params)]
    order = random.Random(1).sample(range(24), 24)
    turned = draw(model, [prompts[i] for i in order], params)
    assert [together[i] for i in order] == [key(completion) for completion in turned]
    for index in range(0, 24, 3):
        (alone,) = draw(model, [prompts[index]], params)
        assert key(alone) == together[index]
    fewer = TransformersModel(tiny_model, dtype=dtype, batch_size=8, kv_bytes=60_000, form="plain")
    assert [key(completion) for completion in draw(fewer, prompts, params)] == together


class _Wavering:
    """A model whose logits depend on the number of rows, unless there are eight or more."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.rows: list[int] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def __call__(self, **inputs: Any) -> Any:
        output = self._inner(**inputs)
        self.rows.append(len(inputs["input_ids"]))
        if inputs["input_ids"].shape[1] == 1 and self.rows[-1] < 8:
            output.logits = output.logits + 1e-3
        return output


def test_rows_are_filled_up_to_a_number_that_gives_the_same_bits(reference: Any) -> None:
    wavering = _Wavering(reference)
    forward = Forward(wavering, name="wavering")
    assert forward.settle(40) == (8, 16, 32, 40)
    forward.reserve(width=1, capacity=10)
    forward.prefill(0, [1, 2, 3], 0)
    assert forward.step([4], [3]).shape[0] == 1
    assert wavering.rows[-1] == 8
    forward.reserve(width=33, capacity=10)
    forward.step([4] * 33, [0] * 33)
    assert wavering.rows[-1] == 40


def test_the_precision_is_known_before_weights_are_read(tmp_path: Path) -> None:
    assert TransformersModel(tmp_path / "none", dtype="bfloat16").dtype == "bfloat16"
    assert TransformersModel(tmp_path / "none", device="cpu").dtype in {"bfloat16", "float32"}
