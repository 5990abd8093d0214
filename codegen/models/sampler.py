"""The sampling loop: one prefill a prompt, all rows of a call in one batch, each row drawn by its own seed.

A batch has `width` slots. A prompt is run through the model once and copied to the slots of all its samples; a prompt
that begins like the one before starts from what that one has seen. A row that ends is handed out at once, the last row
takes its slot, and waiting requests fill the batch up again. A row's text follows from its prompt, seed and settings,
whatever else is in the batch.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import torch

from codegen.models.base import SamplingParams
from codegen.models.choice import draw, uniform
from codegen.models.forward import CHUNK, GRAIN
from codegen.models.kv import Snapshot
from codegen.models.text import TextStream, circles

_CONTEXT = 6  # tokens of the prompt that the decoder of a row sees
_LOOP_CHECK = 16  # steps from one look for a loop to the next


class Passes(Protocol):
    """What the loop needs of a model; see `codegen.models.forward.Forward`."""

    def reserve(self, *, width: int, capacity: int) -> None: ...
    def prefill(self, slot: int, tokens: list[int], start: int) -> torch.Tensor: ...
    def step(self, tokens: list[int], lengths: list[int]) -> torch.Tensor: ...
    def move(self, source: int, target: int, length: int) -> None: ...
    def snapshot(self, slot: int, length: int) -> Snapshot: ...
    def restore(self, slot: int, snapshot: Snapshot, length: int) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One sample that is wanted: the tokens of its prompt, and what is its own."""

    index: int
    tokens: tuple[int, ...]
    seed: int
    temperature: float
    max_tokens: int
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What came of a request; see `codegen.models.base.Completion`."""

    index: int
    text: str
    reason: Literal["stop", "length"]
    tokens: tuple[int, ...]
    logprob: float


@dataclass(slots=True)
class _Row:
    request: Request
    stream: TextStream
    tokens: list[int] = field(default_factory=list)
    logprob: float = 0.0
    reason: Literal["stop", "length"] | None = None

    @property
    def length(self) -> int:
        """Columns it has in the cache: its prompt, and all its tokens but the newest."""
        return len(self.request.tokens) + len(self.tokens) - 1

    def take(self, token: int, logprob: float, ends: frozenset[int]) -> None:
        self.tokens.append(token)
        self.logprob += logprob
        if token in ends or self.stream.push(token):
            self.reason = "stop"
        elif len(self.tokens) >= self.request.max_tokens or (
            len(self.tokens) % _LOOP_CHECK == 0 and circles(self.tokens)
        ):
            self.reason = "length"

    def finished(self) -> Finished:
        assert self.reason is not None
        return Finished(
            index=self.request.index,
            text=self.stream.finish(),
            reason=self.reason,
            tokens=tuple(self.tokens),
            logprob=self.logprob,
        )


@dataclass(slots=True)
class _Prompt:
    """A prompt that has been run: what the model has seen of it, and what it thinks comes next."""

    tokens: tuple[int, ...]
    snapshot: Snapshot
    logits: torch.Tensor


class Sampler:
    """Runs requests through a model.

    Args:
        decode: Tokens -> text, special tokens left out.
        ends: Tokens that end an answer.
        width: Rows in a batch at most.
        kv_bytes: What keys and values may take at most; one row runs even if it takes more.
        bytes_per_token: Of keys and values.
    """

    def __init__(
        self,
        passes: Passes,
        decode: Callable[[list[int]], str],
        *,
        ends: frozenset[int],
        width: int,
        kv_bytes: int,
        bytes_per_token: int,
    ) -> None:
        self._passes = passes
        self._decode = decode
        self._ends = ends
        self._width = width
        self._kv_tokens = kv_bytes // bytes_per_token

    def run(
        self,
        requests: Sequence[Request],
        params: SamplingParams,
        *,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Iterator[Finished]:
        """The requests as they finish. `cancelled` is asked before each pass of the model."""
        if not requests:
            return
        capacity = max(len(request.tokens) + request.max_tokens for request in requests)
        capacity += -capacity % GRAIN
        # Beside the rows, what was seen of two prompts is kept: the one whose rows begin, and the one before.
        kept = 2 * max(len(request.tokens) for request in requests)
        width = max(1, min(self._width, len(requests), (self._kv_tokens - kept) // capacity))
        self._passes.reserve(width=width, capacity=capacity)
        waiting = deque(_by_prompt(requests))
        wanted = Counter(request.tokens for request in requests)
        prompts: dict[tuple[int, ...], _Prompt] = {}
        latest: _Prompt | None = None
        rows: list[_Row] = []
        while waiting or rows:
            fresh: dict[tuple[tuple[int, ...], float], tuple[torch.Tensor, list[_Row]]] = {}
            while waiting and len(rows) < width:
                request = waiting.popleft()
                prompt = prompts.get(request.tokens)
                if prompt is None:
                    prompt = self._prefill(len(rows), request.tokens, latest, cancelled)
                    if prompt is None:
                        return
                    latest = prompts[request.tokens] = prompt
                else:
                    self._passes.restore(len(rows), prompt.snapshot, prompt.snapshot.length)
                wanted[request.tokens] -= 1
                if not wanted[request.tokens]:
                    del prompts[request.tokens]
                rows.append(self._row(request))
                alike = fresh.setdefault((request.tokens, request.temperature), (prompt.logits, []))
                alike[1].append(rows[-1])
            if fresh:
                for first, begun in fresh.values():
                    self._draw(begun, first, params)
                yield from self._hand_out(rows)
                continue
            if cancelled():
                return
            logits = self._passes.step([row.tokens[-1] for row in rows], [row.length for row in rows])
            self._draw(rows, logits, params)
            yield from self._hand_out(rows)

    def _row(self, request: Request) -> _Row:
        return _Row(request, TextStream(self._decode, request.tokens[-_CONTEXT:], request.stop))

    def _prefill(
        self, slot: int, tokens: tuple[int, ...], latest: _Prompt | None, cancelled: Callable[[], bool]
    ) -> _Prompt | None:
        """Run a prompt in a slot, from where it parts from the latest one. None when cancelled."""
        start = 0
        if latest is not None:
            start = _common(latest.tokens, tokens) // CHUNK * CHUNK
            self._passes.restore(slot, latest.snapshot, start)
        for begin in range(start, len(tokens), CHUNK):
            if cancelled():
                return None
            logits = self._passes.prefill(slot, list(tokens[begin : begin + CHUNK]), begin)
        return _Prompt(tokens, self._passes.snapshot(slot, len(tokens)), logits)

    def _draw(self, rows: Sequence[_Row], logits: torch.Tensor, params: SamplingParams) -> None:
        """The next token of each row, from logits of its own, or from one row of logits for all of one temperature."""
        drawn = draw(
            logits,
            [row.request.temperature for row in rows[: len(logits)]],
            [uniform(row.request.seed, len(row.tokens)) for row in rows],
            top_k=params.top_k,
            top_p=params.top_p,
            min_p=params.min_p,
        )
        for row, token, logprob in zip(rows, drawn.tokens, drawn.logprobs, strict=True):
            row.take(token, logprob, self._ends)

    def _hand_out(self, rows: list[_Row]) -> Iterator[Finished]:
        """Give finished rows out and close the gaps they leave."""
        for slot in reversed(range(len(rows))):
            row = rows[slot]
            if row.reason is None:
                continue
            last = rows.pop()
            if last is not row:
                rows[slot] = last
                self._passes.move(len(rows), slot, last.length)
            yield row.finished()


def _by_prompt(requests: Sequence[Request]) -> list[Request]:
    """The same requests; those of one prompt, in their order, stand together."""
    together: dict[tuple[int, ...], list[Request]] = {}
    for request in requests:
        together.setdefault(request.tokens, []).append(request)
    return [request for group in together.values() for request in group]


def _common(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    """Length of the common beginning, at least one token short of `other`: its last one must be run for its logits."""
    limit = min(len(one), len(other) - 1)
    return next((place for place in range(limit) if one[place] != other[place]), limit)
