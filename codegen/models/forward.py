"""One forward pass of a transformers model over rows of different lengths.

Masks and positions are made here and handed over ready, in the four-dimensional form that every
transformers model takes as it is. With a mask given, transformers never repeats the key and value heads in a step.

What a row gets must not depend on the rows beside it. Matrix kernels sum in another order for other numbers of rows,
and attention for other numbers of columns: so columns come in whole grains, and rows are filled up to a number of which
`settle` has seen that it gives the same bits as a full batch.
"""

from __future__ import annotations

from typing import Any

import torch

from codegen.errors import ModelError
from codegen.models.kv import SlotCache, Snapshot

CHUNK = 64
"""Tokens of a prompt in one pass, counted from its beginning: short enough that a cancelled call ends within a second.
Prompts share whole chunks only, so that what a chunk gives does not depend on the prompt before."""

GRAIN = 64
"""Columns that a step reads are a multiple of this."""

_ROWS = (4, 8, *range(16, 257, 16))
"""Numbers of rows that may give the same bits as a full batch. Fewer than four never did."""

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
        self._rows: tuple[int, ...] = ()

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

    def settle(self, width: int) -> tuple[int, ...]:
        """Fill batches up from now on; the numbers of rows that are run. Any other number gives other bits."""
        self._rows = (width,)
        self.reserve(width=width, capacity=GRAIN)
        start = GRAIN // 2
        tokens = [1 + place % 97 for place in range(max(width, start))]
        self.prefill(0, tokens[:start], 0)
        seen = self.snapshot(0, start)
        for slot in range(1, width):
            self.restore(slot, seen, start)
        full = [self.step(tokens[:width], [start] * width), self.step(tokens[:width], [start + 1] * width)]
        found = []
        for rows in _ROWS:
            if rows < width:
                self._rows = (rows,)
                one = self.step(tokens[:rows], [start] * rows)
                other = self.step(tokens[:rows], [start + 1] * rows)
                if torch.equal(one, full[0][:rows]) and torch.equal(other, full[1][:rows]):
                    found.append(rows)
        self._rows = (*found, width)
        return self._rows

    def _filled_up(self, rows: int) -> int:
        return next((number for number in self._rows if number >= rows), rows)

    def reserve(self, *, width: int, capacity: int) -> None:
        """Make room for `width` rows of `capacity` tokens. What was seen before may be forgotten."""
        width = self._filled_up(width)
        capacity += -capacity % GRAIN
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
        rows = len(tokens)
        idle = [0] * (self._filled_up(rows) - rows)
        reach = max(lengths) + 1
        reach += -reach % GRAIN
        positions = torch.tensor([*lengths, *idle], device=self._device)
        self.cache.step(positions, reach)
        columns = torch.arange(reach, device=self._device)
        visible = columns <= positions.view(-1, 1, 1, 1)
        return self._run([[token] for token in (*tokens, *idle)], positions.unsqueeze(1), visible)[:rows]

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
