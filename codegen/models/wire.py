"""The OpenAI-compatible protocol: what is sent for prompts, and what is read out of answers.

Nothing here waits or connects. An answer is untrusted: every field may be missing or of another type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from codegen.models.base import SamplingParams
from codegen.prompts import Prompt

Endpoint = Literal["chat", "completions"]

PATHS: dict[Endpoint, str] = {"chat": "/chat/completions", "completions": "/completions"}

MOST_STOPS = 4
"""The protocol takes no more; the rest is looked for here."""

_CHARS_PER_TOKEN = 32

_TOKEN_LIKE = re.compile(
    r"<(?=/?(?:s|bos|eos|pad|unk|start_of_turn|end_of_turn|tool_call|tool_response|think|im_start|im_end)>)"
    r"|\[(?=/?(?:INST|SYSTEM_PROMPT|TOOL_CALLS|AVAILABLE_TOOLS|TOOL_RESULTS)\])|<(?=</?SYS>>)"
)


class MalformedError(Exception):
    """An answer that is not one of the protocol."""


def harmless(text: str) -> str:
    """`text` with words broken up that a server's tokenizer may take for control tokens.

    In this process they are kept apart by their tokens; a server puts the text into its template and then tokenizes.
    """
    return _TOKEN_LIKE.sub(lambda found: f"{found[0]} ", text)


def group_key(prompt: Prompt, endpoint: Endpoint) -> tuple[object, ...]:
    """Prompts with equal keys can be samples of one request: they differ in nothing but their seeds."""
    text = (prompt.system, prompt.user) if endpoint == "chat" else (prompt.plain,)
    return (prompt.problem_id, *text, stops(prompt, endpoint), prompt.variation.temperature)


def stops(prompt: Prompt, endpoint: Endpoint) -> tuple[str, ...]:
    """Texts that end an answer. A chat's answer is written from its beginning, so its first fence ends nothing."""
    return prompt.plain_stop if endpoint == "completions" else ()


def body(
    prompts: Sequence[Prompt], params: SamplingParams, *, model: str, endpoint: Endpoint, without: frozenset[str]
) -> dict[str, Any]:
    """The request for prompts of one group, one choice each.

    Args:
        without: Fields that the server has refused; "max_tokens" stands for its new name then.
    """
    prompt = prompts[0]
    wanted: dict[str, Any] = {"model": model}
    if endpoint == "chat":
        system = [{"role": "system", "content": harmless(prompt.system)}] if prompt.system else []
        wanted["messages"] = [*system, {"role": "user", "content": harmless(prompt.user)}]
        # Of the token that was drawn; llama.cpp sends twenty others along where it is not told how many.
        wanted["logprobs"], wanted["top_logprobs"] = True, 1
    else:
        wanted["prompt"] = harmless(prompt.plain)
        wanted["logprobs"] = 1
    wanted |= {
        "max_tokens": params.max_tokens,
        "temperature": prompt.variation.temperature,
        "top_p": params.top_p,
        "top_k": params.top_k,
        "min_p": params.min_p,
        "seed": prompt.seed & 0x7FFFFFFF,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    for name in ("top_k", "min_p"):
        if not wanted[name]:
            del wanted[name]
    if stop := stops(prompt, endpoint):
        wanted["stop"] = list(stop[:MOST_STOPS])
    if len(prompts) > 1:
        wanted["n"] = len(prompts)
    if "max_tokens" in without:
        wanted["max_completion_tokens"] = params.max_tokens
    if "logprobs" in without:
        without |= {"top_logprobs"}
    if "stream" in without:
        without |= {"stream_options"}
    return {name: value for name, value in wanted.items() if name not in without}


@dataclass(slots=True)
class Choice:
    """One answer while it comes.

    Attributes:
        pieces: Events that carried text: about one token each, where the server streams.
        finish: None while it is under way.
        cut: Ended here, not by the server.
    """

    stop: tuple[str, ...]
    max_tokens: int
    text: str = ""
    pieces: int = 0
    logprob: float | None = None
    logprob_tokens: int = 0
    finish: Literal["stop", "length"] | None = None
    cut: bool = False

    def take(self, text: str) -> None:
        """Text that follows; ends the choice at a stop text, and where the server goes on beyond its limit."""
        if self.finish is not None or not text:
            return
        begin = max(0, len(self.text) - max((len(stop) for stop in self.stop), default=0))
        self.text += text
        self.pieces += 1
        places = [place for stop in self.stop if (place := self.text.find(stop, begin)) >= 0]
        if places:
            self.text, self.finish, self.cut = self.text[: min(places)], "stop", True
        elif self.pieces > 2 * self.max_tokens + 16 or len(self.text) > _CHARS_PER_TOKEN * self.max_tokens:
            self.text, self.finish = self.text[: _CHARS_PER_TOKEN * self.max_tokens], "length"
            self.cut = True

    @property
    def tokens(self) -> int:
        """As well as they are known."""
        return min(self.logprob_tokens or self.pieces, self.max_tokens)


@dataclass(slots=True)
class Answer:
    """What has come of a request so far.

    Attributes:
        prompt_tokens, completion_tokens: As the server counts them, all choices together; 0 where it does not say.
    """

    choices: list[Choice]
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seen: set[int] = field(default_factory=set)

    @property
    def done(self) -> bool:
        return all(choice.finish is not None for choice in self.choices)

    def take(self, message: object) -> None:
        """A whole answer, or one event of a stream.

        Raises:
            MalformedError: It is neither.
        """
        if not isinstance(message, dict):
            raise MalformedError(f"the answer is {_short(message)}, no object")
        if message.get("error"):
            raise MalformedError(f"the answer breaks off with an error: {_short(error_text(message))}")
        usage = message.get("usage")
        if isinstance(usage, dict):
            self.prompt_tokens = _count(usage.get("prompt_tokens")) or self.prompt_tokens
            self.completion_tokens = _count(usage.get("completion_tokens")) or self.completion_tokens
        choices = message.get("choices")
        if not isinstance(choices, list):
            if isinstance(usage, dict):
                return
            raise MalformedError(f"the answer has no choices: {_short(message)}")
        for place, found in enumerate(choices):
            if not isinstance(found, dict):
                raise MalformedError(f"a choice is {_short(found)}, no object")
            number = found.get("index", place)
            # More choices than were asked for: nobody wants them.
            if type(number) is int and 0 <= number < len(self.choices):
                self.seen.add(number)
                _take(self.choices[number], found)


def _take(choice: Choice, found: dict[str, Any]) -> None:
    part = found.get("delta", found.get("message", found))
    text = (part.get("content", part.get("text")) if isinstance(part, dict) else None) or ""
    if not isinstance(text, str):
        raise MalformedError(f"the text of a choice is {_short(text)}")
    if choice.finish is None:
        for value in _logprobs(found.get("logprobs")):
            choice.logprob = (choice.logprob or 0.0) + value
            choice.logprob_tokens += 1
    choice.take(text)
    reason = found.get("finish_reason")
    if reason and choice.finish is None:
        choice.finish = "length" if reason == "length" else "stop"


def _logprobs(found: object) -> Iterator[float]:
    """Of a chat ({"content": [{"logprob"}]}) or of a completion ({"token_logprobs": []})."""
    if not isinstance(found, dict):
        return
    for entry in found.get("content") or found.get("token_logprobs") or ():
        value = entry.get("logprob") if isinstance(entry, dict) else entry
        if isinstance(value, int | float) and not isinstance(value, bool) and value == value:
            yield max(-1e3, min(0.0, float(value)))


def error_text(message: object) -> str:
    """What a server says of an error, in the forms in use: {"error": {"message"}}, {"error": ""}, {"detail": ...}."""
    if isinstance(message, dict):
        for key in ("error", "message", "detail"):
            if found := message.get(key):
                return error_text(found) if isinstance(found, dict) else str(found)
    return str(message)


def _count(value: object) -> int:
    return value if type(value) is int and value > 0 else 0


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 200 else f"{text[:200]}..."
