"""Tokens -> text while they come: stop texts across token borders, and rows that go round in circles."""

from __future__ import annotations

from collections.abc import Callable, Sequence

_PERIODS = 64
_REPEATS = 8
_LOOP_TOKENS = 96
_BROKEN = "\N{REPLACEMENT CHARACTER}"


class TextStream:
    """Text of a growing list of tokens. `context` is the end of the prompt: some decoders need what came before."""

    def __init__(self, decode: Callable[[list[int]], str], context: Sequence[int], stop: Sequence[str]) -> None:
        self._decode = decode
        self._tokens = list(context)
        self._read = len(self._tokens)
        self._known = decode(self._tokens)
        self._stop = tuple(text for text in stop if text)
        self._margin = max((len(text) for text in self._stop), default=1) - 1
        self.text = ""

    def push(self, token: int) -> bool:
        """Take one token. True when a stop text has been written; `text` ends before it then."""
        self._tokens.append(token)
        whole = self._decode(self._tokens)
        if whole.endswith(_BROKEN):
            return False  # in the middle of a character
        return self._take(whole)

    def finish(self) -> str:
        """The text with what was still held back."""
        self._take(self._decode(self._tokens))
        return self.text

    def _take(self, whole: str) -> bool:
        fresh = whole[len(self._known) :]
        # Decode from the tokens of the last step only, so that the work of a step does not grow with the text.
        self._tokens = self._tokens[self._read :] or self._tokens
        self._read = len(self._tokens)
        self._known = self._decode(self._tokens)
        begin = max(0, len(self.text) - self._margin)
        self.text += fresh
        places = [place for text in self._stop if (place := self.text.find(text, begin)) >= 0]
        if not places:
            return False
        self.text = self.text[: min(places)]
        return True


def circles(tokens: Sequence[int]) -> bool:
    """Whether the end repeats itself verbatim: at least 8 times, over at least 96 tokens."""
    for period in range(1, _PERIODS + 1):
        length = max(_REPEATS * period, _LOOP_TOKENS)
        if length + period > len(tokens):
            break
        end = len(tokens)
        if tokens[end - 1] == tokens[end - 1 - period] and (
            tokens[end - length :] == tokens[end - length - period : end - period]
        ):
            return True
    return False
