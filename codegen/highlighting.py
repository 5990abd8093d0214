"""Program -> tokens with a class each, for pages that show it in colour and build it out of text nodes."""

from __future__ import annotations

from typing import Any

from pygments.lexers import CppLexer, PythonLexer, get_lexer_by_name
from pygments.token import STANDARD_TYPES, _TokenType
from pygments.util import ClassNotFound


def tokens(program: str, language: str) -> list[str]:
    """Class and text by turns, neighbours of one class as one; the class is "" for plain text."""
    found: list[str] = []
    for kind, text in _lexer(language).get_tokens(program):
        name = _class(kind)
        if (found and found[-2] == name) or (found and not text.strip()):
            found[-1] += text
        else:
            found += [name, text]
    return found


def _lexer(language: str) -> Any:
    match language:
        case "python":
            return PythonLexer()
        case "cpp":
            return CppLexer()
    try:
        return get_lexer_by_name(language)
    except ClassNotFound:
        return get_lexer_by_name("text")


def _class(kind: _TokenType) -> str:
    """One of a few letters: keyword, string, number, comment, function or class name, operator."""
    short = STANDARD_TYPES.get(kind, "")
    for prefix in ("nf", "nc", "nb", "ow"):
        if short.startswith(prefix):
            return {"nf": "f", "nc": "f", "nb": "b", "ow": "k"}[prefix]
    return short[:1] if short[:1] in ("k", "s", "m", "c") else ""
