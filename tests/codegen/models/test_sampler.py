"""The loop over a made-up model whose logits are known: a row's next token says what the row has seen."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from codegen.models.base import SamplingParams
from codegen.models.forward import CHUNK
from codegen.models.kv import Snapshot
from codegen.models.sampler import Finished, Request, Sampler

VOCABULARY = 101
END = 100


@dataclass
class Recorder:
    """Keeps the tokens each slot has seen, as a cache would, and foretells their checksum."""

    slots: list[list[int]] = field(default_factory=list)
    prefilled: int = 0
    steps: list[int] = field(default_factory=list)

    def reserve(self, *, width: int, capacity: int) -> None:
        self.slots = [[-1] * capacity for _ in range(width)]

    def prefill(self, slot: int, tokens: list[int], start: int) -> torch.Tensor:
        self.slots[slot][start : start + len(tokens)] = tokens
        self.prefilled += len(tokens)
        return self._next([self.slots[slot][: start + len(tokens)]])

    def step(self, tokens: list[int], lengths: list[int]) -> torch.Tensor:
        self.steps.append(len(tokens))
        for slot, (token, length) in enumerate(zip(tokens, lengths, strict=True)):
            self.slots[slot][length] = token
        return self._next([self.slots[slot][: length + 1] for slot, length in enumerate(lengths)])

    def move(self, source: int, target: int, length: int) -> None:
        self.slots[target][:length] = self.slots[source][:length]

    def snapshot(self, slot: int, length: int) -> Snapshot:
        return Snapshot(length=length, keys=(torch.tensor(self.slots[slot][:length]),), values=())

    def restore(self, slot: int, snapshot: Snapshot, length: int) -> None:
        self.slots[slot][:length] = snapshot.keys[0][:length].tolist()

    def _next(self, seen: list[list[int]]) -> torch.Tensor:
        return torch.stack([torch.eye(VOCABULARY)[foretold(row)] * 100 for row in seen])


def foretold(seen: list[int]) -> int:
    checksum = 0
    for place, token in enumerate(seen):
        assert token >= 0, "a column that was never written is read"
        checksum = (checksum * 31 + token * (place + 1)) % 7919
    return END if checksum % 11 == 0 else checksum % END


def expected(request: Request) -> list[int]:
    seen, answer = list(request.tokens), list[int]()
    while len(answer) < request.max_tokens and (not answer or answer[-1] != END):
        answer.append(foretold(seen + answer))
    return answer


def sampler(passes: Recorder, *, width: int = 4, kv_bytes: int = 1 << 30) -> Sampler:
    def decode(tokens: list[int]) -> str:
        return "".join(chr(0x4E00 + token) for token in tokens)

    return Sampler(passes, decode, ends=frozenset({END}), width=width, kv_bytes=kv_bytes, bytes_per_token=1)


def request(index: int, tokens: list[int], *, max_tokens: int = 40) -> Request:
    return Request(index=index, tokens=tuple(tokens), seed=index, temperature=1.0, max_tokens=max_tokens)


prompts = st.lists(st.lists(st.integers(0, 99), min_size=1, max_size=12), min_size=1, max_size=12)


@settings(deadline=None, max_examples=50)
@given(prompts, st.integers(1, 5), st.data())
def test_every_row_sees_its_own_tokens_however_rows_come_and_go(
    texts: list[list[int]], width: int, data: st.DataObject
) -> None:
    asked = [
        request(index, data.draw(st.sampled_from(texts)), max_tokens=data.draw(st.integers(1, 40)))
        for index in range(len(texts))
    ]
    finished = {row.index: row for row in sampler(Recorder(), width=width).run(asked, SamplingParams())}
    assert finished.keys() == {one.index for one in asked}
    for one in asked:
        row = finished[one.index]
        assert list(row.tokens) == expected(one)
        assert row.reason == ("stop" if row.tokens[-1] == END else "length")
        assert row.logprob == pytest.approx(0, abs=1e-3)


def test_a_prompt_is_run_once_and_a_common_beginning_too() -> None:
    passes = Recorder()
    common = [number % 90 for number in range(2 * CHUNK + 9)]
    asked = [request(index, [*common, index % 3]) for index in range(12)]
    assert len(list(sampler(passes).run(asked, SamplingParams()))) == 12
    assert passes.prefilled == 2 * CHUNK + 3 * 10  # whole chunks are shared


def test_memory_bounds_the_rows_and_one_row_always_runs() -> None:
    for kv_bytes, rows in ((64 * 3 + 2, 3), (64 * 3, 2), (0, 1)):
        passes = Recorder()
        asked = [request(index, [index], max_tokens=9) for index in range(8)]
        assert len(list(sampler(passes, width=8, kv_bytes=kv_bytes).run(asked, SamplingParams()))) == 8
        assert max(passes.steps) == rows


def test_long_prompts_are_run_in_pieces_and_cancelled_between_them() -> None:
    passes, asked = Recorder(), request(0, [7] * 1000)
    assert list(sampler(passes).run([asked], SamplingParams(), cancelled=lambda: passes.prefilled > 300)) == []
    assert passes.prefilled == 5 * CHUNK


def test_cancelled_between_steps() -> None:
    passes = Recorder()
    asked = [request(index, [1, index]) for index in range(4)]
    run = sampler(passes).run(asked, SamplingParams(), cancelled=lambda: len(passes.steps) >= 2)
    assert len(list(run)) < 4
    assert len(passes.steps) == 2


def test_a_row_that_goes_round_in_circles_is_ended() -> None:
    class Parrot(Recorder):
        def _next(self, seen: list[list[int]]) -> torch.Tensor:
            return torch.stack([torch.eye(VOCABULARY)[len(row) % 3] * 100 for row in seen])

    (row,) = sampler(Parrot()).run([request(0, [1], max_tokens=5000)], SamplingParams())
    assert row.reason == "length"
    assert len(row.tokens) < 200


def test_equal_calls_give_equal_rows_in_equal_order() -> None:
    asked = [request(index, [index % 3, 5]) for index in range(9)]
    assert _rows(asked) == _rows(asked)


def _rows(asked: list[Request]) -> list[Finished]:
    return list(sampler(Recorder()).run(asked, SamplingParams()))
