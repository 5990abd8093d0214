from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
import transformers

from codegen.errors import ModelError, UsageError
from codegen.models.base import Completion, Model, SamplingParams
from codegen.models.local import TransformersModel
from codegen.prompts import Variation
from tests.codegen.models.conformance import PROBLEM, Conformance, draw, prompt
from tests.codegen.models.conftest import CONTEXT, SPECIAL

GREEDY = Variation(temperature=0.0)


@pytest.fixture
def model(tiny_model: Path) -> Iterator[TransformersModel]:
    made = TransformersModel(tiny_model, dtype="float32", batch_size=4)
    yield made
    made.close()


class TestConformance(Conformance):
    @pytest.fixture
    def model(self, tiny_model: Path) -> Model:
        return TransformersModel(tiny_model, dtype="float32", batch_size=4)


class TestConformanceOfThePlainForm(Conformance):
    @pytest.fixture
    def model(self, tiny_model: Path) -> Model:
        return TransformersModel(tiny_model, dtype="bfloat16", form="plain")


def test_threads_that_load_at_the_same_time_read_the_weights_once(tiny_model: Path) -> None:
    reads: list[str] = []
    together = threading.Barrier(2)

    def source() -> Path:
        reads.append(threading.current_thread().name)
        return tiny_model

    model = TransformersModel(source, name="tiny", dtype="float32")

    def load() -> None:
        together.wait(30)
        model.load()

    threads = [threading.Thread(target=load) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(reads) == 1
    model.close()


def test_greedy_texts_equal_those_of_transformers(model: TransformersModel, tiny_model: Path) -> None:
    users = ["Add.", "Multiply all numbers of a list.", "Ü", "Add.", "Reverse a text of any length, please.", "x" * 40]
    prompts = [prompt(i, user=user, prefill="go:", variation=GREEDY) for i, user in enumerate(users)]
    texts = [c.text for c in draw(model, prompts, SamplingParams(max_tokens=24))]

    tokenizer = transformers.AutoTokenizer.from_pretrained(tiny_model)
    reference = transformers.AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32)
    for asked, text in zip(prompts, texts, strict=True):
        chat = [{"role": "system", "content": asked.system}, {"role": "user", "content": asked.user}]
        rendered = tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True) + asked.prefill
        inputs = tokenizer(rendered, add_special_tokens=False, return_tensors="pt")
        output = reference.generate(**inputs, do_sample=False, max_new_tokens=24, pad_token_id=0)
        tokens = output[0, inputs.input_ids.shape[1] :].tolist()
        special = set(tokenizer.all_special_ids) | set(tokenizer.convert_tokens_to_ids(SPECIAL))
        # Any special token ends an answer here; `generate` goes on after some of them.
        end = next((place for place, token in enumerate(tokens) if token in special), len(tokens))
        assert text == tokenizer.decode(tokens[:end])


def test_log_probabilities_are_those_of_a_plain_pass(model: TransformersModel, tiny_model: Path) -> None:
    (completion,) = draw(model, [prompt(variation=Variation(temperature=0.7))], SamplingParams(max_tokens=1))
    tokenizer = transformers.AutoTokenizer.from_pretrained(tiny_model)
    reference = transformers.AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32)
    chat = [{"role": "system", "content": "You write programs."}, {"role": "user", "content": "Add two numbers."}]
    rendered = tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
    inputs = tokenizer(rendered, add_special_tokens=False, return_tensors="pt")
    with torch.no_grad():
        shares = torch.log_softmax(reference(**inputs).logits[0, -1], 0)
    assert any(abs(completion.logprob - float(share)) < 1e-4 for share in shares)  # type: ignore[operator]


def test_a_sample_depends_on_its_own_seed_alone(model: TransformersModel) -> None:
    prompts = [prompt(i, user="Add." if i % 2 else "Take the square root of a number.") for i in range(6)]
    together = {c.index: c.text for c in model.generate(prompts, SamplingParams(max_tokens=20))}
    for index in (4, 1):
        (alone,) = draw(model, [prompts[index]], SamplingParams(max_tokens=20))
        assert alone.text == together[index]
    assert len(set(together.values())) == 6


def test_more_prompts_than_rows_all_come(model: TransformersModel) -> None:
    prompts = [prompt(i, user="Add." * (1 + i % 3)) for i in range(11)]
    finished = list(model.generate(prompts, SamplingParams(max_tokens=9)))
    assert sorted(c.index for c in finished) == list(range(11))


def test_short_rows_come_before_the_longest_one(tiny_model: Path) -> None:
    model = TransformersModel(tiny_model, dtype="float32")
    prompts = [prompt(i, user="Add.", stop=("e", "a", " ", "t") if i else ()) for i in range(8)]
    finished = [c.index for c in model.generate(prompts, SamplingParams(max_tokens=60))]
    assert sorted(finished) == list(range(8))
    assert finished != sorted(finished)


def test_stop_text_and_its_absence_are_told_apart(model: TransformersModel) -> None:
    (free,) = draw(model, [prompt(variation=GREEDY)], SamplingParams(max_tokens=20))
    assert len(free.text) > 4
    stop = free.text[3:5]
    (held,) = draw(model, [prompt(variation=GREEDY, stop=(stop,))], SamplingParams(max_tokens=20))
    assert held.text == free.text[: free.text.index(stop)]
    assert held.finish_reason == "stop"
    assert held.token_count < free.token_count


def test_a_prompt_that_leaves_no_room_is_refused_with_both_lengths(model: TransformersModel) -> None:
    with pytest.raises(UsageError, match=rf"toy/add is \d+ tokens long; .* takes {CONTEXT}"):
        draw(model, [prompt(user="x" * 200)])


def test_an_answer_ends_where_the_context_does(model: TransformersModel) -> None:
    (completion,) = draw(model, [prompt(user="x" * 60, variation=GREEDY)], SamplingParams(max_tokens=500))
    assert completion.token_count < CONTEXT - 60


def test_another_thread_can_cancel(model: TransformersModel) -> None:
    stop, got = threading.Event(), list[Completion]()
    first = threading.Event()

    def work() -> None:
        prompts = [prompt(i, user=str(i)) for i in range(400)]
        for completion in model.generate(prompts, SamplingParams(max_tokens=30), cancelled=stop.is_set):
            got.append(completion)
            first.set()

    thread = threading.Thread(target=work)
    thread.start()
    assert first.wait(60)
    stop.set()
    thread.join(20)
    assert not thread.is_alive()
    assert 0 < len(got) < 400


def test_memory_for_keys_and_values_bounds_the_rows(tiny_model: Path) -> None:
    model = TransformersModel(tiny_model, dtype="float32", kv_bytes=1)
    assert len(draw(model, [prompt(i) for i in range(3)])) == 3


def test_nothing_is_read_before_it_is_needed(tmp_path: Path) -> None:
    model = TransformersModel(tmp_path / "missing")
    assert (model.name, model.batch_size, model.available(PROBLEM)) == (str(tmp_path / "missing"), 32, None)
    with pytest.raises(ModelError, match="missing cannot be loaded"):
        model.load()


def test_broken_weights_are_a_model_error(tiny_model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(tiny_model, folder)
    (folder / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(ModelError, match="broken cannot be loaded"):
        TransformersModel(folder).load()


@pytest.mark.skipif(torch.cuda.is_available(), reason="a CUDA device is there")
def test_cuda_without_a_device_is_refused(tiny_model: Path) -> None:
    with pytest.raises(UsageError, match="no CUDA device"):
        TransformersModel(tiny_model, device="cuda").load()


def test_a_batch_of_no_rows_is_refused() -> None:
    with pytest.raises(UsageError, match="batch size 0"):
        TransformersModel("x", batch_size=0)


def test_a_failure_on_the_way_is_a_model_error_and_what_came_stands(
    model: TransformersModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    from codegen.models import sampler

    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(sampler, "draw", fail)
    with pytest.raises(ModelError, match="failed while generating: out of memory"):
        draw(model, [prompt()])
