"""The wire form of values, as the guest reads and writes it: type-tagged JSON.

JSON's own null, true, false, strings, numbers and arrays stand for None, bool, str, int, float and list. Everything
else is an object with one key, the tag:

    {"tuple": [...]}  {"set": [...]}  {"frozenset": [...]}  {"dict": [[key, value], ...]}  {"bytes": "68656c"}
    {"complex": [re, im]}  {"float": "nan" | "inf" | "-inf"}  {"int": "0x..."} (beyond 64 bits)

Nothing of the host is imported in a box, hence a copy. Other than the host's, `dumps` takes what a program may hand
back: an instance of a subclass is written as its built-in base (by the base's own methods, not by what the subclass
says of itself), a `re.Match` as True.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

MAX_DEPTH = 200

_SMALL = 1 << 63
_READER, _WRITER = json.JSONDecoder(), json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


class NoWireFormError(TypeError):
    """A value cannot leave the box; the message names its type."""


def dumps(value: Any) -> str:
    """Wire form of a value. Raises NoWireFormError."""
    return _WRITER.encode(_encode(value, 0))


def loads(text: str | bytes) -> Any:
    """The value of a wire form that the host wrote."""
    return _decode(_READER.decode(text if isinstance(text, str) else text.decode("utf-8", "surrogatepass")))


def _plain(items: list[Any]) -> bool:
    """Whether JSON has all of the items as they are: long lists of numbers or of texts need no look at each one."""
    kinds = set(map(type, items))
    if kinds <= {str, bool, type(None)}:
        return True
    try:
        # A sum is finite only where all terms are; where it is not, each is looked at.
        return (
            kinds <= {int, float, bool} and min(items) >= -_SMALL and max(items) < _SMALL and math.isfinite(sum(items))
        )
    except OverflowError:
        return False


def _encode(value: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise NoWireFormError(f"the value is nested deeper than {MAX_DEPTH}")
    if value is None or value is True or value is False:
        return value
    kind = type(value)
    if issubclass(kind, str):
        return str.__str__(value)
    if issubclass(kind, int):
        number = int.__int__(value)
        return number if -_SMALL <= number < _SMALL else {"int": hex(number)}
    if issubclass(kind, float):
        real = float.__float__(value)
        return real if math.isfinite(real) else {"float": float.__repr__(real)}
    if issubclass(kind, list):
        items = list(list.__iter__(value))
        return items if _plain(items) else [_encode(item, depth + 1) for item in items]
    for base in (tuple, set, frozenset):
        if issubclass(kind, base):
            return {base.__name__: [_encode(item, depth + 1) for item in base.__iter__(value)]}
    if issubclass(kind, dict):
        pairs = dict.items(value)
        return {"dict": [[_encode(key, depth + 1), _encode(item, depth + 1)] for key, item in pairs]}
    if issubclass(kind, bytes):
        return {"bytes": bytes.hex(value)}
    if issubclass(kind, complex):
        whole = complex.__complex__(value)
        return {"complex": [_encode(whole.real, depth), _encode(whole.imag, depth)]}
    if kind is re.Match:
        return True
    raise NoWireFormError(f"a value of type '{kind.__name__}' cannot be returned; built-in values only")


def _decode(node: Any) -> Any:
    if isinstance(node, list):
        return [_decode(item) for item in node]
    if not isinstance(node, dict):
        return node
    ((tag, body),) = node.items()
    if tag == "int":
        return int(body, 16)
    if tag == "float":
        return float(body)
    if tag == "bytes":
        return bytes.fromhex(body)
    items = [_decode(item) for item in body]
    if tag == "complex":
        return complex(*items)
    if tag == "dict":
        return dict(items)
    return {"tuple": tuple, "set": set, "frozenset": frozenset}[tag](items)
