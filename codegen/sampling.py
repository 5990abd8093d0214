"""Prompt -> Completion -> Sample: draw completions from a model and extract a program from each.

Samples are generated in chunks with fixed borders. What stands together in a batch decides the numerics of a model, so
a chunk is always generated whole, even where some of its samples are stored already: a resumed run equals an
undisturbed one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, replace

from codegen.diversity import DEFAULT, prompt_of
from codegen.extraction import Extraction, extract
from codegen.models.base import Completion, Model, SamplingParams
from codegen.prompts import Prompt, Variation
from problems.problem import Problem

_HALF = re.compile("[\ud800-\udfff]")
"""Halves of surrogate pairs, which JSON can hold and UTF-8, so the run file, cannot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One completion with the program extracted from it.

    Attributes:
        index: Number within its problem, from 0; with (problem_id) its identity.
        seed, variation: Of its prompt.
    """

    problem_id: str
    index: int
    seed: int
    variation: Variation
    completion: Completion
    extraction: Extraction


def draw(
    model: Model,
    problem: Problem,
    indices: Iterable[int],
    *,
    run_seed: int,
    params: SamplingParams,
    borders: Sequence[int] = (),
    languages: tuple[str, ...] = ("python",),
    strategy: str = DEFAULT,
    cancelled: Callable[[], bool] = lambda: False,
    turn: Callable[[], AbstractContextManager[bool]] = lambda: nullcontext(True),
) -> Iterator[Sample]:
    """The samples with these numbers, as they finish; of a recorded model only as many as it has.

    Args:
        borders: Numbers of samples at which a chunk has to end, the last being how many samples the run has in all.
            None: the greatest index and one.
        strategy: How they are asked for (`codegen.diversity.STRATEGIES`).
        turn: Entered for each chunk, where others use the model too; drawing ends when it is False.

    Raises:
        ModelError: The model failed; what was yielded before stands.
        UsageError: The problem cannot be asked.
    """
    wanted = set(indices)
    available = model.available(problem.id)
    end = max(wanted, default=-1) + 1
    for chunk in _chunks(borders or (end,), max(1, model.batch_size), available):
        if not wanted.isdisjoint(chunk):
            prompts = [prompt_of(problem, index, run_seed, languages=languages, strategy=strategy) for index in chunk]
            yield from draw_prompts(model, problem, prompts, wanted, params=params, cancelled=cancelled, turn=turn)


def draw_prompts(
    model: Model,
    problem: Problem,
    prompts: Sequence[Prompt],
    indices: Container[int],
    *,
    params: SamplingParams,
    cancelled: Callable[[], bool] = lambda: False,
    turn: Callable[[], AbstractContextManager[bool]] = lambda: nullcontext(True),
) -> Iterator[Sample]:
    """Of the samples that these prompts ask for those with the given numbers, drawn in chunks of the model's size.

    Raises: As `draw`.
    """
    size = max(1, model.batch_size)
    for first in range(0, len(prompts), size):
        chunk = prompts[first : first + size]
        if cancelled():
            return
        if not any(prompt.index in indices for prompt in chunk):
            continue
        with (
            turn() as mine,
            closing(_generate(model, chunk, params, cancelled)) as completions,
        ):
            for completion in completions if mine else ():
                prompt = chunk[completion.index]
                if prompt.index in indices:
                    yield _sample(completion, prompt, problem)


def _chunks(borders: Sequence[int], size: int, available: int | None) -> Iterator[range]:
    first = 0
    for border in borders:
        end = border if available is None else min(border, available)
        while first < end:
            yield range(first, min(first + size, end))
            first = min(first + size, end)


def _generate(
    model: Model, prompts: Sequence[Prompt], params: SamplingParams, cancelled: Callable[[], bool]
) -> Generator[Completion, None, None]:
    """As a generator, which can be closed: the model stops when the caller does."""
    yield from model.generate(prompts, params, cancelled=cancelled)


def _sample(completion: Completion, prompt: Prompt, problem: Problem) -> Sample:
    if not completion.text.isascii():
        completion = replace(completion, text=_HALF.sub("\ufffd", completion.text))
    extraction = extract(completion, prompt, problem)
    return Sample(
        problem_id=problem.id,
        index=prompt.index,
        seed=prompt.seed,
        variation=prompt.variation,
        completion=replace(completion, index=prompt.index),
        extraction=extraction,
    )
