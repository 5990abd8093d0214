"""Models that vLLM runs in this process, on its own GPUs (extra `vllm`)."""

from __future__ import annotations

import itertools
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from codegen.errors import ModelError, UsageError
from codegen.models.base import Completion, SamplingParams
from codegen.models.encoding import Encoder, Form, room
from codegen.prompts import Prompt

DEFAULT_BATCH_SIZE = 256


class VllmModel:
    """A causal language model in vLLM's engine, which batches and shares prompts by itself.

    Seeds are a request's own, so a sample does not depend on its batch but for the last bits of its numerics.

    Args:
        source: Hub id or folder; or a function that gives one, called when the weights are read.
        name: What reports call it; "vllm:" and the source by default.
        form: None takes the chat form where the tokenizer has a template, else the plain one.
    """

    def __init__(
        self,
        source: str | Path | Callable[[], Path],
        *,
        name: str = "",
        batch_size: int | None = None,
        form: Form | None = None,
    ) -> None:
        if batch_size is not None and batch_size < 1:
            raise UsageError(f"batch size {batch_size}: at least 1")
        self._source = source
        self._name = name or f"vllm:{source}"
        self._batch_size = batch_size or DEFAULT_BATCH_SIZE
        self._form = form
        self._loading = threading.Lock()
        self._loaded: tuple[Encoder, Any, int] | None = None
        self._numbers = itertools.count()

    @property
    def name(self) -> str:
        return self._name

    @property
    def batch_size(self) -> int:
        return self._batch_size

    def available(self, problem_id: str) -> int | None:  # noqa: ARG002 (any problem will do)
        return None

    def load(self) -> None:
        """Read the weights now. Idempotent.

        Raises:
            ModelError: vLLM is not installed, or it cannot read them.
        """
        self._parts()

    def generate(
        self, prompts: Sequence[Prompt], params: SamplingParams, *, cancelled: Callable[[], bool] = lambda: False
    ) -> Iterator[Completion]:
        """See `Model.generate`.

        Raises:
            UsageError: A prompt is too long for the model; nothing was generated then.
        """
        if not prompts or cancelled():
            return
        encoder, engine, context = self._parts()
        encoded = [encoder.encode(prompt) for prompt in prompts]
        rooms = [
            room(one, prompt, params, context=context, name=self._name)
            for one, prompt in zip(encoded, prompts, strict=True)
        ]
        import vllm

        under_way: dict[str, int] = {}
        try:
            for index, prompt in enumerate(prompts):
                number = f"codesieve-{next(self._numbers)}"
                settings = vllm.SamplingParams(
                    temperature=prompt.variation.temperature,
                    top_p=params.top_p,
                    top_k=params.top_k,
                    min_p=params.min_p,
                    seed=prompt.seed,
                    max_tokens=rooms[index],
                    stop=list(encoded[index].stop),
                    logprobs=0,
                    output_kind=vllm.sampling_params.RequestOutputKind.FINAL_ONLY,
                )
                engine.add_request(number, {"prompt_token_ids": list(encoded[index].tokens)}, settings)
                under_way[number] = index
            while under_way and not cancelled():
                for output in engine.step():
                    if output.finished and output.request_id in under_way:
                        yield _completion(output.outputs[0], under_way.pop(output.request_id), encoder.form)
        except (RuntimeError, ValueError, TypeError, MemoryError, OSError) as error:
            raise ModelError(f"{self._name} failed while generating: {error}") from error
        finally:
            if under_way:
                engine.abort_request(list(under_way))

    def close(self) -> None:
        self._loaded = None

    def _parts(self) -> tuple[Encoder, Any, int]:
        with self._loading:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded

    def _load(self) -> tuple[Encoder, Any, int]:
        try:
            import vllm
        except ImportError as error:
            raise ModelError(
                f"{self._name} needs vLLM, which is not installed ({error}): pip install 'codesieve[vllm]'"
            ) from error
        source = self._source() if callable(self._source) else self._source
        if Path(source).suffix == ".gguf":
            from codegen.models.convert import converted

            source = converted(Path(source), note=lambda line: print(line, file=sys.stderr))
        try:
            llm = vllm.LLM(model=str(source), max_num_seqs=self._batch_size, enable_prefix_caching=True)
        except Exception as error:  # what it raises depends on the device, the weights and the version
            raise ModelError(f"{source} cannot be loaded by vLLM: {error}") from error
        encoder = Encoder(llm.get_tokenizer(), form=self._form)
        return encoder, llm.llm_engine, int(llm.llm_engine.model_config.max_model_len)


def _completion(output: Any, index: int, form: Form) -> Completion:
    logprob = output.cumulative_logprob
    return Completion(
        index=index,
        text=output.text,
        form=form,
        finish_reason="stop" if output.finish_reason == "stop" else "length",
        token_count=len(output.token_ids),
        logprob=None if logprob is None else min(0.0, float(logprob)),
    )
