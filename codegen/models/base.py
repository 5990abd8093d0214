"""The seam between the engine and any code model: one method."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from codegen.prompts import Prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingParams:
    """Settings of the sampler that are the same for all samples of a run (temperature and seed are the prompt's).

    Attributes:
        max_tokens: New tokens a completion may have.
        top_p, top_k: Nucleus and number of tokens that are kept; top_k 0 keeps all.
        min_p: Tokens less likely than this share of the likeliest one are left out; 0 keeps all.
    """

    max_tokens: int = 512
    top_p: float = 0.95
    top_k: int = 64
    min_p: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """Raw text of a model.

    Attributes:
        index: Position of its prompt in the call to `generate`.
        text: What the model wrote, the prompt's prefill not included, special tokens left out.
        form: Which form of the prompt was used; extraction needs it to know what the text continues. "answer": a
            chat's answer from its very beginning, no prefill.
        finish_reason: "stop" (end token, stop text), "length" (max_tokens), "recorded" (replay).
        token_count: New tokens, 0 where not known.
        logprob: Sum of the log-probabilities of the sampled tokens, None where not known.
    """

    index: int
    text: str
    form: Literal["chat", "answer", "plain", "recorded"]
    finish_reason: Literal["stop", "length", "recorded"]
    token_count: int = 0
    logprob: float | None = None


class Model(Protocol):
    """Writes completions. Deterministic: equal prompts in equal calls give equal texts."""

    @property
    def name(self) -> str:
        """What `--model` was given, for reports and for the run file."""

    @property
    def batch_size(self) -> int:
        """How many prompts a call to `generate` should carry. Part of a run's settings: numerics depend on it."""

    def available(self, problem_id: str) -> int | None:
        """How many samples of a problem can be had; None: as many as asked (every model but a recorded one)."""

    def load(self) -> None:
        """Get ready: read weights or recordings. `generate` does it when it was not done. Idempotent, from
        any thread.

        Raises:
            ModelError: They cannot be had or read.
        """

    def generate(
        self, prompts: Sequence[Prompt], params: SamplingParams, *, cancelled: Callable[[], bool] = lambda: False
    ) -> Iterator[Completion]:
        """One completion a prompt, as they finish, each with the index of its prompt. Closing the iterator stops.

        `cancelled` is asked at least once a second, from the calling thread; when it says yes, the iterator ends.

        Raises:
            ModelError: The model failed; what came before stands.
        """

    def close(self) -> None:
        """Give memory and processes back. Idempotent."""
