"""The solutions that come with a suite, as a model with one sample a problem: `--model reference`.

What a suite says of its own solutions is the first thing to know of a judge: all of them have to pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from codegen.models.base import Completion, SamplingParams
from codegen.prompts import Prompt

NAME = "reference"


class ReferenceModel:
    """Gives out references by problem id; a problem without one has no samples."""

    name = NAME
    batch_size = 64

    def __init__(self, references: Callable[[], dict[str, str]]) -> None:
        """`references` is asked once, when first needed."""
        self._ask = references
        self._known: dict[str, str] | None = None

    def load(self) -> None:
        """See `Model.load`."""
        if self._known is None:
            self._known = self._ask()

    def available(self, problem_id: str) -> int | None:
        """One, or none."""
        self.load()
        assert self._known is not None, "loaded"
        return int(bool(self._known.get(problem_id)))

    def generate(
        self,
        prompts: Sequence[Prompt],
        params: SamplingParams,  # noqa: ARG002 (what is given is given)
        *,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Iterator[Completion]:
        """See `Model.generate`."""
        self.load()
        assert self._known is not None, "loaded"
        for index, prompt in enumerate(prompts):
            if cancelled():
                return
            text = self._known[prompt.problem_id]
            yield Completion(index=index, text=text, form="recorded", finish_reason="recorded")

    def close(self) -> None:
        """Nothing is held."""
