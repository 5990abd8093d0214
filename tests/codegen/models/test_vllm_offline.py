"""The vLLM backend over a stand-in with vLLM's own signatures: no machine with its devices is needed."""

from __future__ import annotations

import sys

import pytest

from codegen.errors import ModelError, UsageError
from codegen.models.base import Model, SamplingParams
from codegen.models.loading import load_model
from codegen.models.vllm_offline import VllmModel
from codegen.prompts import Variation
from tests.codegen.models import fake_vllm
from tests.codegen.models.conformance import Conformance, draw, prompt
from tests.codegen.models.conftest import CONTEXT


@pytest.fixture(autouse=True)
def _vllm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vllm", fake_vllm.module())


@pytest.fixture
def model() -> VllmModel:
    return VllmModel("some-org/some-model")


class TestConformance(Conformance):
    @pytest.fixture
    def model(self) -> Model:
        return load_model("vllm:some-org/some-model")


def test_settings_reach_the_engine_request_by_request(model: VllmModel) -> None:
    asked = [prompt(i, variation=Variation(temperature=0.5 + i / 10), stop=("\n```",)) for i in range(3)]
    draw(model, asked, SamplingParams(max_tokens=9, top_p=0.8, top_k=7, min_p=0.1))
    _, engine, _ = model._parts()
    assert [(p.temperature, p.seed, p.stop) for p in engine.seen] == [
        (0.5 + i / 10, 1000 + i, ["\n```"]) for i in range(3)
    ]
    assert {(p.max_tokens, p.top_p, p.top_k, p.min_p) for p in engine.seen} == {(9, 0.8, 7, 0.1)}


def test_what_comes_back(model: VllmModel) -> None:
    (free,) = draw(model, [prompt()], SamplingParams(max_tokens=9))
    assert (free.token_count, free.finish_reason, free.logprob) == (9, "length", -4.5)
    (held,) = draw(model, [prompt(stop=(free.text[4:6],))], SamplingParams(max_tokens=9))
    assert (held.text, held.finish_reason) == (free.text[:4], "stop")


def test_cancelled_requests_leave_the_engine(model: VllmModel) -> None:
    stream = model.generate([prompt(i, stop=("a",)) for i in range(6)], SamplingParams(max_tokens=100))
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert not model._parts()[1].has_unfinished_requests()


def test_failures_are_model_errors_and_what_came_stands(model: VllmModel) -> None:
    model._parts()[1].fails_after = 3
    with pytest.raises(ModelError, match="failed while generating: EngineCore"):
        draw(model, [prompt()])
    with pytest.raises(ModelError, match=r"broken cannot be loaded by vLLM: No supported"):
        VllmModel("broken").load()


def test_a_prompt_that_leaves_no_room_is_refused_with_both_lengths(model: VllmModel) -> None:
    with pytest.raises(UsageError, match=rf"toy/add is \d+ tokens long; vllm:some-org/some-model takes {CONTEXT}"):
        draw(model, [prompt(user="x" * 200)])


def test_without_vllm_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vllm", None)
    with pytest.raises(ModelError, match=r"needs vLLM, .*pip install 'codesieve\[vllm\]'"):
        VllmModel("some-org/some-model").load()


def test_names() -> None:
    assert load_model("vllm:some-org/some-model", batch_size=9).batch_size == 9
    with pytest.raises(UsageError, match="no model 'nothing'"):
        load_model("vllm:nothing")
    with pytest.raises(UsageError, match="batch size 0"):
        VllmModel("x", batch_size=0)
