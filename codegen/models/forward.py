"""One forward pass of a transformers model over rows of different lengths.

Masks and positions are made here and handed over ready, in the four-dimensional form that every
transformers model takes as it is. With a mask given, transformers never repeats the key and value heads in a step.
"""

from __future__ import annotations

from typing import Any

import torch

from codegen.errors import ModelError
from codegen.models.kv import SlotCache, Snapshot

CHUNK = 256
"""Tokens of a prompt in one pass: short enough that a cancelled call ends within a second."""

_FULL, _SLIDING = "full_attention", "sliding_attention"


class Forward:
    """A model and the cache of the batch under way."""

    def __init__(self, model: Any, *, name: str) -> None:
        self._model = model
        self._device = model.device
        self._dtype = model.dtype
        self._config = model.config.get_text_config()
        self._layer_types = _layer_types(self._config, name)
        self._cache: SlotCache | None = None

    @property
    def context(self) -> int | None:
        """Tokens that fit, prompt and answer together; None where the model does not say."""
        for field in ("max_position_embeddings", "n_positions", "n_ctx", "max_seq_len"):
            if (value := getattr(self._config, field, None)) is not None:
                return int(value)
        return None

    @property
    def bytes_per_token(self) -> int:
        """Of keys and values, all layers."""
        config = self._config
        heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
        dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        return int(2 * config.num_hidden_layers * heads * dim * self._dtype.itemsize)

    def reserve(self, *, width: int, capacity: int) -> None:
        """Make room for `width` rows of `capacity` tokens. What was seen before may be forgotten."""
        cache = self._cache
        if cache is None or cache.width < width or cache.capacity < capacity:
            self._cache = None  # the old one goes before the new one comes
            self._cache = SlotCache(width=width, capacity=capacity)

    @property
    def cache(self) -> SlotCache:
        """Of the batch under way."""
        assert self._cache is not None, "reserve comes first"
        return self._cache

    @torch.inference_mode()
    def prefill(self, slot: int, tokens: list[int], start: int) -> torch.Tensor:
        """Let a row see `tokens` from column `start` on. Logits after the last one: float32, 1 x vocabulary."""
        stop = start + len(tokens)
        self.cache.span(slot, start, stop)
        positions = torch.arange(start, stop, device=self._device)
        columns = torch.arange(stop, device=self._device)
        return self._run([tokens], positions.unsqueeze(0), columns <= positions.unsqueeze(1))

    @torch.inference_mode()
    def step(self, tokens: list[int], lengths: list[int]) -> torch.Tensor:
        """Let each row see one more token. Logits after it: float32, rows x vocabulary."""
        longest = max(lengths)
        positions = torch.tensor(lengths, device=self._device)
        self.cache.step(positions, longest)
        columns = torch.arange(longest + 1, device=self._device)
        visible = columns <= positions.view(-1, 1, 1, 1)
        return self._run([[token] for token in tokens], positions.unsqueeze(1), visible)

    @torch.inference_mode()
    def move(self, source: int, target: int, length: int) -> None:
        """See `SlotCache.move`."""
        self.cache.move(source, target, length)

    @torch.inference_mode()
    def snapshot(self, slot: int, length: int) -> Snapshot:
        """See `SlotCache.snapshot`."""
        return self.cache.snapshot(slot, length)

    @torch.inference_mode()
    def restore(self, slot: int, snapshot: Snapshot, length: int) -> None:
        """See `SlotCache.restore`."""
        self.cache.restore(slot, snapshot, length)

    def _run(self, tokens: list[list[int]], positions: torch.Tensor, visible: torch.Tensor) -> torch.Tensor:
        output = self._model(
            input_ids=torch.tensor(tokens, device=self._device),
            position_ids=positions,
            attention_mask=self._masks(visible, positions),
            past_key_values=self.cache,
            use_cache=True,
            logits_to_keep=1,
        )
        logits: torch.Tensor = output.logits[:, -1].float()
        return logits

    def _masks(self, visible: torch.Tensor, positions: torch.Tensor) -> torch.Tensor | dict[str, torch.Tensor]:
        """Additive masks: one, or one for each kind of layer where a model mixes them."""
        if visible.dim() == 2:
            visible = visible[None, None]
        window = getattr(self._config, "sliding_window", None)
        kinds = set(self._layer_types)
        if _SLIDING not in kinds or window is None or visible.shape[-1] <= window:
            mask = self._additive(visible)
            return dict.fromkeys(kinds, mask) if len(kinds) > 1 else mask
        columns = torch.arange(visible.shape[-1], device=self._device)
        near = visible & (columns > positions.view(positions.shape[0], 1, -1, 1) - window)
        masks = {_FULL: self._additive(visible), _SLIDING: self._additive(near)}
        return masks if len(kinds) > 1 else masks[_SLIDING]

    def _additive(self, visible: torch.Tensor) -> torch.Tensor:
        mask = torch.zeros(visible.shape, dtype=self._dtype, device=self._device)
        return mask.masked_fill_(~visible, torch.finfo(self._dtype).min)


def _layer_types(config: Any, name: str) -> tuple[str, ...]:
    kinds = tuple(getattr(config, "layer_types", None) or ())
    if not kinds:
        return (_SLIDING if getattr(config, "sliding_window", None) else _FULL,)
    if other := set(kinds) - {_FULL, _SLIDING}:
        raise ModelError(
            f"{name}: layers of the kind {', '.join(sorted(other))} keep no keys and values; "
            "only models with full or sliding attention run here. Serve it elsewhere, or take another model."
        )
    return kinds
