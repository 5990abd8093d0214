"""The same promises with a real server: llama.cpp's, in this process, with a toy model."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from codegen.errors import UsageError
from codegen.models.base import Model, SamplingParams
from codegen.models.loading import load_model
from codegen.models.served import ServedModel
from codegen.prompts import Variation
from tests.codegen.models import tiny_gguf
from tests.codegen.models.conformance import Conformance, draw, prompt


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(tiny_gguf.write(tmp_path_factory.mktemp("gguf") / "toy.gguf"))
    params.port = 0
    params.n_parallel = 4
    params.n_ctx = 4 * tiny_gguf.CONTEXT
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    # What is read back from a cache differs in its last bits from what was computed in another order.
    params.cache_prompt = False
    params.verbosity = 0
    params.warmup = False
    server = xllamacpp.Server(params)
    yield f"{server.listening_address}/v1"
    del server


class TestConformanceOfChat(Conformance):
    @pytest.fixture
    def model(self, address: str) -> Model:
        return ServedModel(address, parallel=1, note=lambda _: None)


class TestConformanceOfCompletions(Conformance):
    @pytest.fixture
    def model(self, address: str) -> Model:
        return ServedModel(address, endpoint="completions", parallel=1, note=lambda _: None)


@pytest.mark.parametrize("endpoint", ["openai", "openai-completions"])
def test_samples_carry_what_the_server_knows_of_them(address: str, endpoint: str) -> None:
    found = draw(load_model(f"{endpoint}:{address}"), [prompt(i) for i in range(8)], SamplingParams(max_tokens=30))
    assert len({c.text for c in found}) == 8
    for completion in found:
        assert completion.logprob is not None
        assert completion.logprob < 0
        assert completion.finish_reason == "stop" or completion.token_count > 5


def test_greedy_answers_are_the_same_alone_and_in_company(address: str) -> None:
    model = load_model(f"openai:{address}")
    greedy = Variation(temperature=0.0)
    users = ["Add two numbers.", "Multiply."]
    alone = [draw(model, [prompt(user=user, variation=greedy)])[0].text for user in users]
    company = [prompt(i, user=users[i % 2], variation=greedy) for i in range(6)]
    assert [c.text for c in draw(model, company)] == [alone[i % 2] for i in range(6)]


def test_a_prompt_beyond_the_servers_context_is_refused_with_both_lengths(address: str) -> None:
    with pytest.raises(UsageError, match=r"toy/add is [\d,]{5,} tokens long; .* takes 2,048 with its answer"):
        draw(load_model(f"openai:{address}"), [prompt(user="long " * 2000)])
