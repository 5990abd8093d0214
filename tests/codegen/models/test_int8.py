"""Eight-bit layers with a tiny model: near to what they stand for, and no row feels another.

Of whole samples test_exactness says the same.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from codegen.engine import Engine
from codegen.errors import ModelError, SettingsChangedError, UsageError
from codegen.executor import LocalExecutor
from codegen.models import int8
from codegen.models.loading import load_model
from codegen.models.local import TransformersModel
from tests.codegen.models.able import int8_able


def load(folder: Path) -> Any:
    return transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)


@int8_able
def test_logits_are_near_those_of_float32_and_rows_are_their_own(tiny_model: Path) -> None:
    plain, quantized = load(tiny_model), load(tiny_model)
    int8.quantize(quantized, name="tiny")
    assert not [module for module in quantized.modules() if type(module) is torch.nn.Linear]
    tokens = torch.randint(0, 250, (8, 30), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        expected, found = plain(tokens).logits, quantized(tokens).logits
    assert float((found - expected).norm()) <= 0.15 * float(expected.norm())
    assert not torch.equal(found, expected)


@int8_able
def test_a_row_of_a_layer_has_the_same_bits_beside_any_others() -> None:
    generator = torch.Generator().manual_seed(1)
    linear = torch.nn.Linear(96, 40)
    layer = int8._Int8Linear(linear, int8._Rows(), object())
    states = torch.randn(7, 96, generator=generator) * torch.logspace(-3, 3, 7).unsqueeze(1)
    states[3] = 0
    with torch.inference_mode():
        together = layer(states)
        for row in range(7):
            assert torch.equal(layer(states[row : row + 1].clone())[0], together[row])
        expected = linear(states)
    # A row's error goes by its own size, however large its neighbours are.
    assert bool(((together - expected).norm(dim=1) <= 0.03 * expected.norm(dim=1)).all())


@int8_able
def test_layers_that_share_states_do_not_take_those_of_others() -> None:
    rows, one, other = int8._Rows(), object(), object()
    states = torch.ones(2, 8)
    with torch.inference_mode():
        first = rows.quantized(states, one)[1]
        states.mul_(3)
        assert torch.equal(rows.quantized(states, other)[1], first * 3)
        assert rows.quantized(states, other)[1] is rows.quantized(states, other)[1]


def test_where_it_would_gain_nothing_the_error_names_dtype_and_remedy(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(int8, "cpu_flags", lambda: {"avx2"})
    with pytest.raises(UsageError, match=r"dtype int8 needs a CPU with VNNI.*leave --dtype out"):
        TransformersModel(tiny_model, dtype="int8").load()
    with pytest.raises(UsageError, match="dtype int8 is for the CPU, not for cuda"):
        int8.check_cpu("cuda")


@pytest.mark.parametrize("spec", ["replay:x.jsonl", "openai:localhost:1#m", "vllm:some/model"])
def test_a_model_that_is_not_read_here_refuses_a_dtype(spec: str) -> None:
    with pytest.raises(UsageError, match=f"dtype int8 is for models that run in this process, not for {spec}"):
        load_model(spec, dtype="int8")


def _raising(states: torch.Tensor) -> torch.Tensor:
    raise RuntimeError("no such operator")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [(_raising, "does not work with tiny: no such operator"), (torch.zeros_like, r"puts \w+ of tiny off by 100%")],
)
def test_what_cannot_be_computed_so_is_an_error(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch, wrong: Callable[[torch.Tensor], torch.Tensor], message: str
) -> None:
    class Broken(torch.nn.Module):
        def __init__(self, linear: torch.nn.Linear, rows: object, owner: object) -> None:
            super().__init__()
            self.width = linear.out_features

        def forward(self, states: torch.Tensor) -> torch.Tensor:
            return wrong(states)[..., :1].expand(*states.shape[:-1], self.width)

    model = load(tiny_model)
    monkeypatch.setattr(int8, "_Int8Linear", Broken)
    with pytest.raises(ModelError, match=f"dtype int8 {message}.*take another dtype for tiny"):
        int8.quantize(model, name="tiny")


def test_a_run_file_knows_the_precision(tiny_model: Path, tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    with Engine(model=str(tiny_model), executor=LocalExecutor(dtype="int8")) as engine, engine.open_run(path) as run:
        assert run.model["dtype"] == "int8"
    with Engine(model=str(tiny_model)) as engine, pytest.raises(SettingsChangedError, match="int8"):
        engine.open_run(path)
