"""A model that says what it is told to: for tests, and for trying the rest of the engine without weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from codegen.errors import ModelError
from codegen.models.base import Completion, SamplingParams
from codegen.models.encoding import Form
from codegen.prompts import Prompt

Answers = Mapping[str, Sequence[str]] | Callable[[Prompt], str]


class ScriptedModel:
    """Answers sample i of a problem with its i-th text, going round, or with what a function makes of the prompt.

    Args:
        form: What the texts are said to be: an answer in a chat, or what follows the plain form.
        before: Called before each completion; a test waits, counts or raises in it.
    """

    def __init__(
        self,
        answers: Answers,
        *,
        name: str = "scripted",
        batch_size: int = 8,
        form: Form = "chat",
        before: Callable[[Prompt], None] = lambda _: None,
    ) -> None:
        self._answers = answers
        self._name = name
        self._batch_size = batch_size
        self._form: Form = form
        self._before = before
        self.closed = False

    @property
    def name(self) -> str:
        return self._name

    @property
    def batch_size(self) -> int:
        return self._batch_size

    def load(self) -> None:
        """Nothing to read."""

    def available(self, problem_id: str) -> int | None:  # noqa: ARG002 (texts go round)
        return None

    def generate(
        self, prompts: Sequence[Prompt], params: SamplingParams, *, cancelled: Callable[[], bool] = lambda: False
    ) -> Iterator[Completion]:
        """See `Model.generate`. A text's words count as its tokens; one with too many is cut.

        Raises:
            ModelError: There are no texts for a problem.
        """
        for index, prompt in enumerate(prompts):
            if cancelled():
                return
            self._before(prompt)
            text, whole = _cut(self._answer(prompt), params.max_tokens)
            yield Completion(
                index=index,
                text=text,
                form=self._form,
                finish_reason="stop" if whole else "length",
                token_count=min(len(text.split()), params.max_tokens),
            )

    def close(self) -> None:
        self.closed = True

    def _answer(self, prompt: Prompt) -> str:
        if callable(self._answers):
            return self._answers(prompt)
        texts = self._answers.get(prompt.problem_id, ())
        if not texts:
            raise ModelError(f"{self._name} has no text for the problem {prompt.problem_id}")
        return texts[prompt.index % len(texts)]


def _cut(text: str, words: int) -> tuple[str, bool]:
    """The text up to its word number `words`, blanks as they are; whether that is all of it."""
    place = 0
    for _ in range(words):
        start = len(text) - len(text[place:].lstrip())
        if start == len(text):
            return text, True
        place = start + len(text[start:].split(maxsplit=1)[0])
    return (text, True) if not text[place:].strip() else (text[:place], False)
