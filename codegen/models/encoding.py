"""Prompt -> tokens. The statement is untrusted: a special token written in it stays plain text.

The chat template is rendered once with placeholders. Its own text is cut at special tokens as usual; what a prompt
puts in place of the placeholders is tokenized with the plain text around it, special tokens switched off.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from codegen.errors import ModelError, UsageError
from codegen.models.base import SamplingParams
from codegen.prompts import Prompt

Form = Literal["chat", "plain"]

_SYSTEM = "Placeholder5f0c2e9asystem"
_USER = "Placeholder5f0c2e9auser"
_CONTROL = re.compile(r"[<\[].*[>\]]", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """Tokens of a prompt and the stop texts that belong to the form it took."""

    tokens: tuple[int, ...]
    form: Form
    stop: tuple[str, ...]


def room(encoded: Encoded, prompt: Prompt, params: SamplingParams, *, context: int | None, name: str) -> int:
    """New tokens that an answer may have behind a prompt.

    Args:
        context: Tokens that fit into the model called `name`, prompt and answer together; None where it does not say.

    Raises:
        UsageError: None, since the prompt is too long.
    """
    left = params.max_tokens if context is None else min(params.max_tokens, context - len(encoded.tokens))
    if left < 1:
        raise UsageError(
            f"the prompt of problem {prompt.problem_id} is {len(encoded.tokens):,} tokens long; "
            f"{name} takes {context:,} with its answer. Shorten the statement or take another model."
        )
    return left


class Encoder:
    """Turns prompts into tokens for one tokenizer.

    Args:
        form: None takes the chat form where the tokenizer has a chat template, else the plain one.
    """

    def __init__(self, tokenizer: Any, *, form: Form | None = None) -> None:
        self._tokenizer = tokenizer
        self.form: Form = form or ("chat" if tokenizer.chat_template else "plain")
        if self.form == "chat" and not tokenizer.chat_template:
            raise ModelError("the chat form was asked for, but the tokenizer has no chat template; use plain")
        added = tokenizer.added_tokens_decoder.items()
        self._special = {str(token.content): int(number) for number, token in added if token.special}
        self._border = _alternatives(self._special)
        # Not special to the tokenizer, yet with a meaning to models: <tool_call>. Runs of blanks are not meant.
        self._control = _alternatives(
            {token.content for _, token in added if not token.special and _CONTROL.fullmatch(token.content)}
        )
        self._templates: dict[bool, str] = {}

    def encode(self, prompt: Prompt) -> Encoded:
        """Tokens of a prompt in the encoder's form."""
        if self.form == "plain":
            return Encoded(tokens=self._plain(prompt.plain), form="plain", stop=prompt.plain_stop)
        return Encoded(tokens=self._chat(prompt), form="chat", stop=prompt.stop)

    def _plain(self, text: str) -> tuple[int, ...]:
        start = self._tokenizer("", add_special_tokens=True).input_ids
        end = getattr(self._tokenizer, "eos_token_id", None)
        # What some tokenizers put behind a text would end the answer before it begins.
        return (*(token for token in start if token != end), *self._text(text))

    def _chat(self, prompt: Prompt) -> tuple[int, ...]:
        fill = {_SYSTEM: prompt.system, _USER: prompt.user}
        tokens: list[int] = []
        run = ""
        for piece in re.split(f"({_SYSTEM}|{_USER})", self._template(bool(prompt.system))):
            if piece in fill:
                run += fill[piece]
                continue
            place = 0
            for match in self._border.finditer(piece):
                tokens += self._text(run + piece[place : match.start()])
                tokens.append(self._special[match.group()])
                run, place = "", match.end()
            run += piece[place:]
        return (*tokens, *self._text(run + prompt.prefill))

    def _text(self, text: str) -> list[int]:
        tokens: list[int] = []
        for piece in _halves(text, self._control):
            if piece:
                tokens += self._tokenizer(piece, add_special_tokens=False, split_special_tokens=True).input_ids
        return tokens

    def _template(self, with_system: bool) -> str:
        """The chat template as text, with placeholders."""
        if with_system not in self._templates:
            system = [{"role": "system", "content": _SYSTEM}] if with_system else []
            user = {"role": "user", "content": _USER}
            try:
                text = self._render([*system, user])
            except Exception as error:  # a template raises what it likes
                if not with_system:
                    raise ModelError(f"the tokenizer's chat template fails: {error}") from error
                text = ""
            if with_system and _SYSTEM not in text:
                # A template without a system role: what it says goes in front of the question.
                text = self._render([{"role": "user", "content": f"{_SYSTEM}\n\n{_USER}"}])
            if _USER not in text:
                raise ModelError("the tokenizer's chat template leaves the question out; use the plain form")
            self._templates[with_system] = text
        return self._templates[with_system]

    def _render(self, messages: list[dict[str, str]]) -> str:
        # A template that prints today's date would give another prompt each day; one that lets the model think
        # aloud first would not go on from a prefill. Templates without these variables ignore them.
        return str(
            self._tokenizer.apply_chat_template(
                messages,
                tokenize=False,
                add_generation_prompt=True,
                date_string="26 Jul 2024",
                enable_thinking=False,
            )
        )


def _alternatives(texts: Any) -> re.Pattern[str]:
    longest_first = sorted(texts, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")


def _halves(text: str, control: re.Pattern[str]) -> list[str]:
    """The text, cut within each control word, so that no piece holds a whole one."""
    pieces: list[str] = []
    place = 0
    for match in control.finditer(text):
        middle = (match.start() + match.end()) // 2
        pieces.append(text[place:middle])
        place = middle
    return [*pieces, text[place:]]
