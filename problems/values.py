"""Values of `Call` problems as text: type-tagged JSON, never pickle.

JSON's own null, true, false, strings, numbers and arrays stand for None, bool, str, int, float and list. A
number with a point or an exponent is a float. Everything else is an object with one key, the tag:

    {"tuple": [...]}  {"set": [...]}  {"frozenset": [...]}  {"dict": [[key, value], ...]}  {"bytes": "68656c"}
    {"complex": [re, im]}  {"float": "nan" | "inf" | "-inf"}  {"int": "0x..."} (beyond 64 bits)

Members of sets are written in the order of their texts, so that equal values have one text in every process
(hash seeds differ); a string that is no Unicode (lone surrogates) is written with escapes, so that the text
always is.

`dumps` takes exact built-in types only; the guest turns subclasses into their base before it writes. The
guest has its own copy of this format (`sandbox/guest/values.py`), because nothing of the host is imported
there; a test keeps the two equal.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable
from typing import Any

from problems.errors import ValueFormatError

MAX_DEPTH = 200
"""Nesting beyond this is refused on both sides, so that no value can exhaust a stack."""

_SMALL = 1 << 63
_MAX_COLLISIONS = 100


def dumps(value: Any) -> str:
    """Wire form of a value. Raises ValueFormatError for other types and for nesting beyond MAX_DEPTH."""
    return _write(_encode(value, 0))


def loads(text: str | bytes) -> Any:
    """The value of a wire form. Raises ValueFormatError when `text` is not one; safe on hostile text."""
    try:
        return _decode(_READER.decode(text if isinstance(text, str) else text.decode("utf-8", "surrogatepass")), 0)
    except ValueFormatError:
        raise
    except (ValueError, TypeError, RecursionError, OverflowError) as error:
        raise ValueFormatError(f"not a value in wire form: {error}") from error


def canonical(value: Any) -> str:
    """One text for values that Python's `==` calls equal: 1, 1.0 and True agree, sets have no order.

    Floats keep 9 significant digits, so that sums taken in another order agree. For fingerprints, not for
    verdicts.
    """
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int):
        return hex(value) if abs(value) >= _SMALL else str(value)
    if isinstance(value, float):
        return _canonical_float(value)
    if isinstance(value, complex):
        if not value.imag:
            return _canonical_float(value.real)
        return f"{_canonical_float(value.real)}+{_canonical_float(value.imag)}j"
    if isinstance(value, (list, tuple)):
        body = ",".join(canonical(item) for item in value)
        return f"[{body}]" if isinstance(value, list) else f"({body})"
    if isinstance(value, (set, frozenset)):
        return "{" + ",".join(sorted(canonical(item) for item in value)) + "}"
    if isinstance(value, dict):
        pairs = sorted(f"{canonical(key)}:{canonical(item)}" for key, item in value.items())
        return "{:" + ",".join(pairs) + "}"
    return repr(value)


def _canonical_float(value: float) -> str:
    if not math.isfinite(value):
        return str(value)
    if value.is_integer() or abs(value) >= 1e9:
        return canonical(round(value))  # whole numbers are exact: they equal ints
    rounded = float(f"{value:.9g}")
    return str(int(rounded)) if rounded.is_integer() else str(rounded)


def _write(node: Any) -> str:
    text = _WRITER.encode(node)
    try:
        text.encode()
    except UnicodeEncodeError:
        return _ESCAPING_WRITER.encode(node)
    return text


def _refuse_constant(name: str) -> Any:
    raise ValueFormatError(f"{name} is not JSON; write it as a tagged float")


# (json.loads and json.dumps make new ones for every value.)
_READER = json.JSONDecoder(parse_constant=_refuse_constant)
_WRITER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_ESCAPING_WRITER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)


def _encode(value: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise ValueFormatError(f"value nested deeper than {MAX_DEPTH}")
    kind = type(value)
    if value is None or kind in (bool, str):
        return value
    if kind is int:
        return value if -_SMALL <= value < _SMALL else {"int": hex(value)}
    if kind is float:
        return value if math.isfinite(value) else {"float": repr(value)}
    if kind is list:
        return [_encode(item, depth + 1) for item in value]
    if kind is tuple:
        return {"tuple": [_encode(item, depth + 1) for item in value]}
    if kind in (set, frozenset):
        return {kind.__name__: sorted((_encode(item, depth + 1) for item in value), key=_write)}
    if kind is dict:
        return {"dict": [[_encode(k, depth + 1), _encode(v, depth + 1)] for k, v in value.items()]}
    if kind is bytes:
        return {"bytes": value.hex()}
    if kind is complex:
        return {"complex": [_encode(value.real, depth), _encode(value.imag, depth)]}
    raise ValueFormatError(f"{kind.__name__} has no wire form; built-in values only")


def _hashable(items: list[Any]) -> list[Any]:
    """The same items, unless so many share one hash that a set of them would take quadratic time."""
    most = Counter(map(hash, items)).most_common(1)
    if most and most[0][1] > _MAX_COLLISIONS:
        raise ValueFormatError(f"more than {_MAX_COLLISIONS} members of a set or dict have one hash")
    return items


def _pairs(items: list[Any]) -> dict[Any, Any]:
    if not all(isinstance(item, list) and len(item) == 2 for item in items):
        raise ValueFormatError("a dict is a list of [key, value] pairs")
    _hashable([key for key, _ in items])
    return dict(items)


_TAGS: dict[str, Callable[[list[Any]], Any]] = {
    "tuple": tuple,
    "set": lambda items: set(_hashable(items)),
    "frozenset": lambda items: frozenset(_hashable(items)),
    "dict": _pairs,
}
_SCALARS: dict[str, Callable[[Any], Any]] = {
    "bytes": bytes.fromhex,
    "int": lambda text: int(text, 16),
    "float": float,
}


def _decode(node: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise ValueFormatError(f"value nested deeper than {MAX_DEPTH}")
    if isinstance(node, list):
        return [_decode(item, depth + 1) for item in node]
    if not isinstance(node, dict):
        return node
    if len(node) != 1:
        raise ValueFormatError(f"a tagged value has one key, not {len(node)}")
    ((tag, body),) = node.items()
    if tag in _SCALARS and isinstance(body, str):
        return _SCALARS[tag](body)
    if tag == "complex" and isinstance(body, list) and len(body) == 2:
        return complex(_decode(body[0], depth), _decode(body[1], depth))
    if tag in _TAGS and isinstance(body, list):
        return _TAGS[tag]([_decode(item, depth + 1) for item in body])
    raise ValueFormatError(f"unknown tag '{tag}'")
