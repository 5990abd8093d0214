"""Keys and values of all rows of a batch, in buffers that are allocated once.

A row owns a slot: columns 0 to its length hold what it has seen. Slots 0 to n-1 are in use, so a forward pass reads
`keys[:n, :, :longest]` as a view and nothing is copied or concatenated from step to step. When a row ends, the last
row moves into its slot. Columns behind a row's length are masked; they hold zeros or a former row's finite numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from transformers import Cache


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What a model has seen of one prompt: keys and values of each layer, one row, `length` columns."""

    length: int
    keys: tuple[torch.Tensor, ...]
    values: tuple[torch.Tensor, ...]


class SlotCache(Cache):
    """A transformers cache with one slot a row. Call `span` or `step` before each forward pass."""

    def __init__(self, *, width: int, capacity: int) -> None:
        super().__init__(layers=[])
        self.width = width
        self.capacity = capacity
        self._keys: list[torch.Tensor] = []
        self._values: list[torch.Tensor] = []
        self._slots = slice(0, 0)
        self._rows: torch.Tensor | None = None
        self._columns: torch.Tensor | slice = slice(0, 0)
        self._reach = 0

    def span(self, slot: int, start: int, stop: int) -> None:
        """The next pass writes columns `start` to `stop` of one slot."""
        self._slots, self._rows = slice(slot, slot + 1), None
        self._columns, self._reach = slice(start, stop), stop

    def step(self, lengths: torch.Tensor, reach: int) -> None:
        """The next pass appends one column to each of the first `len(lengths)` slots and reads `reach` columns."""
        self._slots = slice(0, len(lengths))
        self._rows = torch.arange(len(lengths), device=lengths.device)
        self._columns, self._reach = lengths, reach

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, layer_idx: int, *_: Any, **__: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Store the new columns and give views of all that the rows have seen."""
        while len(self._keys) <= layer_idx:
            # Zeros, not empty memory: a masked NaN would still poison a row. Untouched pages cost nothing.
            self._keys.append(self._buffer(key_states))
            self._values.append(self._buffer(value_states))
        keys, values = self._keys[layer_idx], self._values[layer_idx]
        if self._rows is None:
            keys[self._slots, :, self._columns] = key_states
            values[self._slots, :, self._columns] = value_states
        else:
            keys[self._rows, :, self._columns] = key_states[:, :, 0]
            values[self._rows, :, self._columns] = value_states[:, :, 0]
        return keys[self._slots, :, : self._reach], values[self._slots, :, : self._reach]

    def move(self, source: int, target: int, length: int) -> None:
        """Copy the first `length` columns of a slot into another."""
        for buffer in (*self._keys, *self._values):
            buffer[target, :, :length] = buffer[source, :, :length]

    def snapshot(self, slot: int, length: int) -> Snapshot:
        """A copy of the first `length` columns of a slot."""
        return Snapshot(
            length=length,
            keys=tuple(buffer[slot, :, :length].clone() for buffer in self._keys),
            values=tuple(buffer[slot, :, :length].clone() for buffer in self._values),
        )

    def restore(self, slot: int, snapshot: Snapshot, length: int) -> None:
        """Put the first `length` columns of a snapshot into a slot."""
        for buffers, copies in ((self._keys, snapshot.keys), (self._values, snapshot.values)):
            for buffer, copy in zip(buffers, copies, strict=True):
                buffer[slot, :, :length] = copy[:, :length]

    def get_seq_length(self, layer_idx: int = 0) -> int:  # noqa: ARG002 (the same for all layers)
        """Columns seen before the pass under way; models that ask get positions from the caller anyway."""
        return self._columns.start if isinstance(self._columns, slice) else self._reach - 1

    def get_mask_sizes(self, query_length: int, layer_idx: int = 0) -> tuple[int, int]:  # noqa: ARG002
        """Length and offset for masks that a model makes itself (ours are ready-made)."""
        return self._reach, 0

    def _buffer(self, like: torch.Tensor) -> torch.Tensor:
        _, heads, _, dim = like.shape
        return torch.zeros(self.width, heads, self.capacity, dim, dtype=like.dtype, device=like.device)
