"""Problem -> Prompt: the text for the model, and what was varied in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Style = Literal["direct", "plan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variation:
    """What differs between the prompts of one problem; stored with each sample.

    Attributes:
        style: "direct": the program at once; "plan": a short plan first.
        language: "python" or "cpp".
        temperature: Of the sampling.
        tags, rating: What the prompt says of the problem (AlphaCode conditions on random ones); may be empty.
    """

    style: Style = "direct"
    language: str = "python"
    temperature: float = 0.8
    tags: tuple[str, ...] = ()
    rating: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """Text for the model, in both of the forms that models take.

    Attributes:
        index: Number of the sample within its problem.
        seed: Of this sample alone; a function of (run seed, problem id, index).
        system, user, prefill: A chat; `prefill` is how the model's answer is made to begin (may be empty).
        plain: The same question as plain text to be continued, for models without a chat template.
        stop: Texts after which the model need not go on, for the chat form.
        plain_stop: The same for the plain form.
    """

    problem_id: str
    index: int
    seed: int
    variation: Variation
    system: str
    user: str
    prefill: str
    plain: str
    stop: tuple[str, ...] = ()
    plain_stop: tuple[str, ...] = ()
