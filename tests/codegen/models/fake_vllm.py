"""What codesieve uses of vLLM (0.10 and later), with its names, signatures and manners, and no model behind it.

A token follows from the prompt, the seed and its place. Unknown settings are refused, as msgspec does there.
"""

from __future__ import annotations

import math
import sys
import types
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from tests.codegen.models.conftest import CONTEXT, tiny_tokenizer


class RequestOutputKind(Enum):
    CUMULATIVE = 0
    DELTA = 1
    FINAL_ONLY = 2


@dataclass(kw_only=True)
class SamplingParams:
    n: int = 1
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0
    seed: int | None = None
    stop: str | list[str] | None = None
    max_tokens: int | None = 16
    logprobs: int | None = None
    output_kind: RequestOutputKind = RequestOutputKind.CUMULATIVE


@dataclass
class CompletionOutput:
    index: int
    text: str
    token_ids: list[int]
    cumulative_logprob: float | None
    logprobs: list[dict[int, Any]] | None
    finish_reason: str | None = None
    stop_reason: int | str | None = None


@dataclass
class RequestOutput:
    request_id: str
    prompt: str | None
    prompt_token_ids: list[int] | None
    outputs: list[CompletionOutput]
    finished: bool


@dataclass
class _Request:
    prompt: list[int]
    params: SamplingParams
    tokens: list[int] = field(default_factory=list)


class LLMEngine:
    def __init__(self, tokenizer: Any) -> None:
        self.model_config = types.SimpleNamespace(max_model_len=CONTEXT)
        self.tokenizer = tokenizer
        self.requests: dict[str, _Request] = {}
        self.seen: list[SamplingParams] = []
        self.fails_after = math.inf

    def add_request(
        self,
        request_id: str,
        prompt: Any,
        params: SamplingParams,
        arrival_time: float | None = None,
        lora_request: Any = None,
        tokenization_kwargs: dict[str, Any] | None = None,
        trace_headers: Any = None,
        priority: int = 0,
    ) -> None:
        assert isinstance(request_id, str)
        assert request_id not in self.requests
        assert params.output_kind is RequestOutputKind.FINAL_ONLY
        self.requests[request_id] = _Request(list(prompt["prompt_token_ids"]), params)
        self.seen.append(params)

    def has_unfinished_requests(self) -> bool:
        return bool(self.requests)

    def abort_request(self, request_ids: list[str], internal: bool = False) -> None:
        for name in request_ids:
            self.requests.pop(name, None)

    def step(self) -> list[RequestOutput]:
        self.fails_after -= 1
        if self.fails_after < 0:
            raise RuntimeError("EngineCore encountered an issue")
        done = []
        for name, request in list(self.requests.items()):
            seed = request.params.seed or 0
            token = 64 + (sum(request.prompt) * 7 + seed * 13 + len(request.tokens) * (3 + seed % 5)) % 24
            request.tokens.append(token)
            text = self.tokenizer.decode(request.tokens)
            stops = [stop for stop in request.params.stop or [] if stop in text]
            if not stops and len(request.tokens) < (request.params.max_tokens or 0):
                continue
            text = text[: text.index(stops[0])] if stops else text
            logprob = -0.5 * len(request.tokens) if request.params.logprobs is not None else None
            output = CompletionOutput(0, text, request.tokens, logprob, None, "stop" if stops else "length")
            done.append(RequestOutput(name, None, request.prompt, [output], True))
            del self.requests[name]
        return done


class LLM:
    def __init__(
        self,
        model: str,
        *,
        tokenizer: str | None = None,
        dtype: str = "auto",
        seed: int = 0,
        gpu_memory_utilization: float = 0.9,
        max_num_seqs: int | None = None,
        enable_prefix_caching: bool | None = None,
    ) -> None:
        if "broken" in model:
            raise ValueError("No supported config format found")
        self.model = model
        self.llm_engine = LLMEngine(tiny_tokenizer())

    def get_tokenizer(self) -> Any:
        return self.llm_engine.tokenizer


def module() -> types.ModuleType:
    """To be put into `sys.modules` as `vllm`."""
    made = types.ModuleType("vllm")
    made.LLM, made.SamplingParams = LLM, SamplingParams  # type: ignore[attr-defined]
    made.sampling_params = sys.modules[__name__]  # type: ignore[attr-defined]
    return made
