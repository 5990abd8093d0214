"""Texts taken apart: words, numbers, and what stands between them."""

from __future__ import annotations

import re

_INTEGER = re.compile(r"-?[0-9]{1,18}")
_DECIMAL = re.compile(r"-?[0-9]{1,18}\.[0-9]{1,12}")
_RUN = re.compile(r"[^\W\d_]+|[0-9]+|\s+|.", re.DOTALL)


def runs(text: str) -> list[str]:
    """Words, numbers, white space and single other characters, in order; together they are the text."""
    return _RUN.findall(text)


def is_word(run: str) -> bool:
    return run.isalpha()


def is_number(run: str) -> bool:
    return run.isascii() and run.isdigit()


def is_integer(token: str) -> bool:
    """One of at most 18 digits: longer ones are texts, and never counts."""
    return _INTEGER.fullmatch(token) is not None


def is_decimal(token: str) -> bool:
    return _DECIMAL.fullmatch(token) is not None
