"""Values of `Call` problems as text: type-tagged JSON, never pickle.

JSON's own null, true, false, strings, numbers and arrays stand for None, bool, str, int, float and list. A number with
a point or an exponent is a float. Everything else is an object with one key, the tag:

    {"tuple": [...]}  {"set": [...]}  {"frozenset": [...]}  {"dict": [[key, value], ...]}  {"bytes": "68656c"}
    {"complex": [re, im]}  {"float": "nan" | "inf" | "-inf"}  {"int": "0x..."} (beyond 64 bits)

`dumps` takes exact built-in types only; the guest turns subclasses into their base before it writes. The guest has its
own copy of this format (`sandbox/guest/values.py`), because nothing of the host is imported there; a test keeps the two
equal.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

from problems.errors import ValueFormatError

MAX_DEPTH = 200
"""Nesting beyond this is refused on both sides, so that no value can exhaust a stack."""

_SMALL = 1 << 63


def dumps(value: Any) -> str:
    """Wire form of a value. Raises ValueFormatError for a type without one, or a nesting deeper than MAX_DEPTH."""
    return json.dumps(_encode(value, 0), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def loads(text: str | bytes) -> Any:
    """The value of a wire form. Raises ValueFormatError when `text` is not one; safe on hostile text."""
    try:
        return _decode(json.loads(text, parse_constant=_refuse_constant), 0)
    except ValueFormatError:
        raise
    except (ValueError, TypeError, RecursionError, OverflowError) as error:
        raise ValueFormatError(f"not a value in wire form: {error}") from error


def canonical(value: Any) -> str:
    """One text for all values that Python's `==` calls equal: 1, 1.0 and True agree, sets and dicts have no order.

    Floats keep 9 significant digits, so that sums taken in another order agree. For fingerprints, not for verdicts.
    """
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int):
        return hex(value) if abs(value) >= _SMALL else str(value)
    if isinstance(value, float):
        if math.isfinite(value) and value == int(value) and abs(value) < 1e15:
            return str(int(value))
        return f"{value:.9g}"
    if isinstance(value, (list, tuple)):
        body = ",".join(canonical(item) for item in value)
        return f"[{body}]" if isinstance(value, list) else f"({body})"
    if isinstance(value, (set, frozenset)):
        return "{" + ",".join(sorted(canonical(item) for item in value)) + "}"
    if isinstance(value, dict):
        pairs = sorted(f"{canonical(key)}:{canonical(item)}" for key, item in value.items())
        return "{:" + ",".join(pairs) + "}"
    return repr(value)


def _refuse_constant(name: str) -> Any:
    raise ValueFormatError(f"{name} is not JSON; write it as a tagged float")


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
    if kind in (tuple, set, frozenset):
        return {kind.__name__: [_encode(item, depth + 1) for item in value]}
    if kind is dict:
        return {"dict": [[_encode(k, depth + 1), _encode(v, depth + 1)] for k, v in value.items()]}
    if kind is bytes:
        return {"bytes": value.hex()}
    if kind is complex:
        return {"complex": [_encode(value.real, depth), _encode(value.imag, depth)]}
    raise ValueFormatError(f"{kind.__name__} has no wire form; built-in values only")


def _pairs(items: Any) -> dict[Any, Any]:
    return {key: value for key, value in items}  # noqa: C416 (a pair of the wrong length must raise here)


_TAGS: dict[str, Callable[[Any], Any]] = {
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
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
