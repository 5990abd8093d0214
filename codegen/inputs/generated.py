"""One generated input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Source = Literal["example", "mutation", "hypothesis", "model", "search"]
"""Where an input comes from; "search": found on the way to one on which programs differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedInput:
    """`text` is what a test case's `input` is: standard input, or arguments in wire form."""

    text: str
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A proposal. `odd`: beyond what the examples suggest, so quite likely no valid input."""

    text: str
    odd: bool = False
