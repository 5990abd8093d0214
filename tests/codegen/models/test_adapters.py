"""LoRA adapters, made here with random weights, on the tiny model."""

from __future__ import annotations

import json
import shutil
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from codegen.errors import ModelError, UsageError
from codegen.models.base import Model, SamplingParams
from codegen.models.loading import load_model
from codegen.prompts import Variation
from tests.codegen.models.conformance import Conformance, draw, prompt

GREEDY = prompt(plain="def add(a, b):", variation=Variation(temperature=0.0))


@pytest.fixture(scope="module")
def adapter(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    import peft

    torch.manual_seed(1)
    base = transformers.AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32)
    config: Any = peft.LoraConfig(r=4, target_modules=["q_proj", "v_proj", "down_proj"], init_lora_weights=False)
    folder = tmp_path_factory.mktemp("adapter")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers for a name that is going
        peft.get_peft_model(base, config).save_pretrained(str(folder))
    return folder


def loaded(spec: str) -> Model:
    return load_model(spec, dtype="float32", batch_size=4, form="plain")


class TestConformance(Conformance):
    @pytest.fixture
    def model(self, tiny_model: Path, adapter: Path) -> Model:
        return load_model(f"{tiny_model}+lora:{adapter}", dtype="float32", batch_size=4)


def test_texts_are_those_of_peft_and_not_those_of_the_base(tiny_model: Path, adapter: Path) -> None:
    import peft

    tokenizer = transformers.AutoTokenizer.from_pretrained(tiny_model)
    base = transformers.AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        reference: Any = peft.PeftModel.from_pretrained(base, str(adapter))
    inputs = tokenizer(GREEDY.plain, return_tensors="pt")
    output = reference.generate(**inputs, do_sample=False, max_new_tokens=20, pad_token_id=0)
    expected = tokenizer.decode(output[0, inputs.input_ids.shape[1] :], skip_special_tokens=True)

    params = SamplingParams(max_tokens=20)
    (found,) = draw(loaded(f"{tiny_model}+lora:{adapter}"), [GREEDY], params)
    (plain,) = draw(loaded(str(tiny_model)), [GREEDY], params)
    assert expected.startswith(found.text)
    assert found.text != plain.text


def test_an_adapters_folder_names_its_base(tiny_model: Path, adapter: Path) -> None:
    (alone,) = draw(loaded(str(adapter)), [GREEDY])
    (named,) = draw(loaded(f"{tiny_model}+lora:{adapter}"), [GREEDY])
    assert alone == named


def test_what_is_no_adapter(tiny_model: Path, adapter: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"holds no adapter_config\.json"):
        loaded(f"{tiny_model}+lora:{tmp_path}")
    with pytest.raises(UsageError, match="no model 'gpt-17'"):
        loaded(f"gpt-17+lora:{adapter}")
    nameless = tmp_path / "nameless"
    nameless.mkdir()
    (nameless / "adapter_config.json").write_text("{}")
    with pytest.raises(UsageError, match=r"names no base model; give it as BASE\+lora:"):
        loaded(str(nameless))


def test_an_adapter_that_does_not_fit(tiny_model: Path, adapter: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(adapter, other)
    config = json.loads((other / "adapter_config.json").read_text())
    (other / "adapter_config.json").write_text(json.dumps(config | {"target_modules": ["nothing_of_it"]}))
    with pytest.raises(ModelError, match=r"adapter .*other does not fit"):
        loaded(f"{tiny_model}+lora:{other}").load()
    (other / "adapter_model.safetensors").rename(other / "adapter_model.bin")
    with pytest.raises(ModelError, match=r"holds no adapter_model\.safetensors"):
        loaded(f"{tiny_model}+lora:{other}").load()


def test_without_peft_the_remedy_is_told(tiny_model: Path, adapter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(ModelError, match=r"pip install 'codesieve\[lora\]'"):
        loaded(f"{tiny_model}+lora:{adapter}").load()
