"""Prompt -> Completion -> Sample: draw completions from a model and extract a program from each."""

from __future__ import annotations

from dataclasses import dataclass

from codegen.extraction import Extraction
from codegen.models.base import Completion
from codegen.prompts import Variation


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
