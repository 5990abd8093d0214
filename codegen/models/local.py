"""Models that run in this process: hub ids, folders and GGUF files, read by transformers."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codegen.errors import CodesieveError, ModelError, UsageError
from codegen.models.base import Completion, SamplingParams
from codegen.models.encoding import Encoder, Form, room
from codegen.models.placement import Device, Precision, auto_dtype, place_of
from codegen.prompts import Prompt

if TYPE_CHECKING:
    from codegen.models.forward import Forward
    from codegen.models.sampler import Request, Sampler

DEFAULT_BATCH_SIZE = 32
_KV_BYTES = 2 << 30


class TransformersModel:
    """A causal language model. Weights are read at the first `generate`, so a model that is not asked costs nothing.

    Args:
        source: Hub id, folder or GGUF file; or a function that gives one, called when the weights are read.
        name: What reports call it; the source by default.
        device: "auto" takes CUDA where there is a device.
        dtype: "auto" takes bfloat16 where the device computes in it, else float32 (CPU) or float16 (CUDA). "int8" is
            for the CPU: faster products of rounded numbers (`codegen.models.int8`), all else as with "auto".
        batch_size: Rows in a batch; the same for all devices by default, since numerics depend on it.
        kv_bytes: Memory for keys and values; fewer rows run at a time where they would take more.
        form: None takes the chat form where the tokenizer has a template, else the plain one.
        adapter: Folder of a LoRA adapter that is added to the weights.
        note: Takes lines for a person: a conversion that takes a minute.
    """

    def __init__(
        self,
        source: str | Path | Callable[[], Path],
        *,
        name: str = "",
        device: Device = "auto",
        dtype: Precision = "auto",
        batch_size: int | None = None,
        kv_bytes: int = _KV_BYTES,
        form: Form | None = None,
        adapter: Path | None = None,
        note: Callable[[str], None] | None = None,
    ) -> None:
        if batch_size is not None and batch_size < 1:
            raise UsageError(f"batch size {batch_size}: at least 1")
        self._source = source
        self._name = name or str(source)
        self._device: Device = device
        self._dtype: Precision = dtype
        self._batch_size = batch_size or DEFAULT_BATCH_SIZE
        self._kv_bytes = kv_bytes
        self._form = form
        self._adapter = adapter
        self._note = note or _to_stderr
        self._loaded: tuple[Encoder, Forward, Sampler] | None = None
        self._loading = threading.Lock()

    @property
    def name(self) -> str:
        return self._name

    @property
    def batch_size(self) -> int:
        return self._batch_size

    @property
    def dtype(self) -> str:
        """What it computes in: numerics depend on it, as on the batch size."""
        return auto_dtype(place_of(self._device)) if self._dtype == "auto" else self._dtype

    def available(self, problem_id: str) -> int | None:  # noqa: ARG002 (any problem will do)
        return None

    def load(self) -> None:
        """Read the weights now. Idempotent.

        Raises:
            ModelError: They cannot be had or read.
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
        encoder, forward, sampler = self._parts()
        requests = [
            self._request(encoder, forward.context, prompt, params, index) for index, prompt in enumerate(prompts)
        ]
        finished = sampler.run(requests, params, cancelled=cancelled)
        while True:
            try:
                row = next(finished, None)
            except CodesieveError:
                raise
            except (RuntimeError, ValueError, TypeError, IndexError, MemoryError) as error:
                raise ModelError(f"{self._name} failed while generating: {error}") from error
            if row is None:
                return
            yield Completion(
                index=row.index,
                text=row.text,
                form=encoder.form,
                finish_reason=row.reason,
                token_count=len(row.tokens),
                logprob=row.logprob,
            )

    def close(self) -> None:
        self._loaded = None

    def _request(
        self, encoder: Encoder, context: int | None, prompt: Prompt, params: SamplingParams, index: int
    ) -> Request:
        from codegen.models.sampler import Request

        encoded = encoder.encode(prompt)
        return Request(
            index=index,
            tokens=encoded.tokens,
            seed=prompt.seed,
            temperature=prompt.variation.temperature,
            max_tokens=room(encoded, prompt, params, context=context, name=self._name),
            stop=encoded.stop,
        )

    def _parts(self) -> tuple[Encoder, Forward, Sampler]:
        with self._loading:  # streams of one engine may ask at the same time
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded

    def _load(self) -> tuple[Encoder, Forward, Sampler]:
        source = self._source() if callable(self._source) else self._source
        tokenizer, model = _read(source, device=self._device, dtype=self._dtype, note=self._note)

        from codegen.models.adapters import applied
        from codegen.models.forward import Forward
        from codegen.models.packing import pack
        from codegen.models.sampler import Sampler

        if self._adapter is not None:
            model = applied(model, self._adapter, name=self._name).eval()
        if self._dtype == "int8":
            from codegen.models.int8 import quantize

            quantize(model, name=self._name)
        else:
            pack(model)
        forward = Forward(model, name=self._name)
        forward.settle(self._batch_size)
        sampler = Sampler(
            forward,
            lambda tokens: str(tokenizer.decode(tokens, skip_special_tokens=True)),
            ends=_ends(tokenizer, model),
            width=self._batch_size,
            kv_bytes=self._kv_bytes,
            bytes_per_token=forward.bytes_per_token,
        )
        return Encoder(tokenizer, form=self._form), forward, sampler


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr)


def _read(source: str | Path, *, device: Device, dtype: Precision, note: Callable[[str], None]) -> tuple[Any, Any]:
    """Tokenizer and model of a hub id, a folder or a GGUF file."""
    _share_the_cpu()
    import torch
    import transformers

    from codegen.models.convert import converted

    if device == "cuda" and not torch.cuda.is_available():
        raise UsageError("device cuda was asked for, but torch sees no CUDA device; leave it out or take cpu")
    place = place_of(device)
    if dtype == "int8":
        from codegen.models.int8 import check_cpu

        check_cpu(place)
    precision = getattr(torch, auto_dtype(place) if dtype in ("auto", "int8") else dtype)
    if Path(source).suffix == ".gguf":
        source = converted(Path(source), note=note)
    quiet = transformers.utils.logging
    bars = quiet.is_progress_bar_enabled()
    quiet.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(str(source))
        model: Any = transformers.AutoModelForCausalLM.from_pretrained(
            str(source), dtype=precision, device_map=place, attn_implementation=_attention(str(source))
        )
    except Exception as error:  # transformers raises OSError, ValueError, KeyError, ImportError and more
        raise ModelError(f"{source} cannot be loaded as a model: {error}") from error
    finally:
        if bars:
            quiet.enable_progress_bar()  # type: ignore[no-untyped-call]
    return tokenizer, model.eval()


def _share_the_cpu() -> None:
    """Let torch's threads sleep soon where they wait for each other; must come before torch is imported.

    By default they spin for milliseconds, and a thread that spins keeps the very one it waits for off the CPU when
    programs are judged meanwhile: matrix products took three to ten times as long on a crowded machine.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "3000")


def _attention(source: str) -> str | None:
    """Attention over ready-made masks: "sdpa", or "eager" where the scores are capped, which sdpa cannot do."""
    import transformers

    config = transformers.AutoConfig.from_pretrained(source).get_text_config()
    return "eager" if getattr(config, "attn_logit_softcapping", None) else None


def _ends(tokenizer: Any, model: Any) -> frozenset[int]:
    """Tokens that end an answer: those that model and tokenizer name, and every other special token but `unk`."""
    ends: set[int] = set()
    for owner in (tokenizer, model.config, model.generation_config):
        named = getattr(owner, "eos_token_id", None)
        ends.update(named if isinstance(named, list) else [named] if named is not None else [])
    special = {number for number, token in tokenizer.added_tokens_decoder.items() if token.special}
    return frozenset(ends | special - {tokenizer.unk_token_id})
