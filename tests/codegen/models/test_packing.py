from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from codegen.models import packing
from codegen.models.packing import pack


def load(folder: Path, dtype: torch.dtype = torch.bfloat16) -> Any:
    return transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=dtype)


def linears(model: Any) -> int:
    return sum(type(module) is torch.nn.Linear for module in model.modules())


def test_a_packed_model_gives_the_same_numbers(tiny_model: Path) -> None:
    plain, packed = load(tiny_model), load(tiny_model)
    if not pack(packed):
        pytest.skip("this CPU has no packed bfloat16 kernels")
    assert linears(packed) == 0
    tokens = torch.tensor([[5, 9, 77], [1, 2, 3]])
    with torch.inference_mode():
        expected, found = plain(tokens).logits.float(), packed(tokens).logits.float()
    assert float((expected - found).abs().max()) <= 0.02 * float(expected.abs().max())


def test_float32_is_left_alone(tiny_model: Path) -> None:
    model = load(tiny_model, torch.float32)
    before = linears(model)
    assert not pack(model)
    assert linears(model) == before


@pytest.mark.parametrize("wrong", [lambda states: states[..., :1] * 0, None])
def test_a_model_is_restored_where_packing_fails(tiny_model: Path, monkeypatch: pytest.MonkeyPatch, wrong: Any) -> None:
    class Broken(torch.nn.Module):
        def __init__(self, linear: torch.nn.Linear) -> None:
            super().__init__()
            self.width = linear.out_features

        def forward(self, states: torch.Tensor) -> torch.Tensor:
            if wrong is None:
                raise RuntimeError("no such operator")
            result: torch.Tensor = wrong(states).expand(*states.shape[:-1], self.width)
            return result

    model = load(tiny_model)
    before = linears(model)
    monkeypatch.setattr(packing, "_PackedLinear", Broken)
    assert not pack(model)
    assert linears(model) == before
