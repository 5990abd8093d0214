"""The JSON Schema of every event, made from the events' own types."""

from __future__ import annotations

import types
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from codegen import events
from codegen.answers import Verdict as AnswerVerdict
from codegen.report import ClusterView, Funnel, SubmittedProgram

_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def event_schema() -> dict[str, Any]:
    """What `to_json` of any event gives, as a JSON Schema. Keys may be added, so others than these are allowed."""
    kinds = get_args(events.Event)
    return {
        "$schema": _DRAFT,
        "title": "An event of codesieve",
        "oneOf": [{"$ref": f"#/$defs/{events.name_of(kind)}"} for kind in kinds],
        "$defs": {events.name_of(kind): _event(kind) for kind in kinds} | {"report": _report()},
    }


def _event(kind: type) -> dict[str, Any]:
    whole = _object(kind)
    properties = {"event": {"const": events.name_of(kind)}} | whole["properties"]
    if kind is events.Done:
        properties["report"] = {"$ref": "#/$defs/report"}
    return _closed(properties)


def _report() -> dict[str, Any]:
    text, number, whole = {"type": "string"}, {"type": "number"}, {"type": "integer"}
    contrast = {"input": text, "minimal": {"type": "boolean"}, "outputs": {"type": "array", "items": text}}
    answer = {"input": text, "verdict": _schema(AnswerVerdict), "output": {"anyOf": [text, {"type": "null"}]}}
    return _closed(
        {
            "problem_id": text,
            "model": text,
            "seed": whole,
            "funnel": _object(Funnel),
            "submissions": {"type": "array", "items": _object(SubmittedProgram)},
            "clusters": {"type": "array", "items": _object(ClusterView)},
            "verdicts": {"type": "object", "additionalProperties": whole},
            "salvaged": whole,
            "tokens": whole,
            "filtering": {"type": "boolean"},
            "contrasts": {"type": "array", "items": _closed(contrast)},
            "answers": {"type": "array", "items": _closed(answer)},
            "seconds": {"type": "object", "additionalProperties": number},
        }
    )


def _object(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return _closed({each.name: _schema(hints[each.name]) for each in fields(kind) if each.init})


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


_SIMPLE = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}


def _schema(hint: Any) -> dict[str, Any]:
    if hint in _SIMPLE:
        return {"type": _SIMPLE[hint]}
    if hint is Any:
        return {}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {"enum": [each.value for each in hint]}
    if is_dataclass(hint):
        return _object(hint)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [_schema(each) for each in arguments]}
    if origin is tuple:
        return {"type": "array", "items": _schema(arguments[0])}
    raise TypeError(f"{hint} has no JSON form")
