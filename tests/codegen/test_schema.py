"""The JSON form of events is the documented one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import jsonschema

from codegen import event_schema, events
from codegen.config import Settings
from tests.codegen.adding import STUB, adding_engine

DOCS = Path(__file__).parents[2] / "docs"


def test_every_event_fits_the_schema_and_every_kind_but_two_comes_up() -> None:
    validator = jsonschema.Draft202012Validator(event_schema())
    seen = set()

    def answer(event: events.Event) -> None:
        data = json.loads(json.dumps(event.to_json()))
        validator.validate(data)
        seen.add(data["event"])
        if isinstance(event, events.QuestionAsked):
            event.answer(0)

    stub = STUB.replace("    >>> add(0, 0)\n    0\n", "")
    with adding_engine(settings=Settings(samples=8)) as engine:
        engine.solve(stub, ask=True, on_event=answer)
    kinds = {events.name_of(kind) for kind in get_args(events.Event)}
    assert kinds - seen == {"program_examined"}, "benchmarks alone examine"


def test_what_is_no_event_does_not_fit() -> None:
    validator = jsonschema.Draft202012Validator(event_schema())
    assert not validator.is_valid({"event": "sample_drawn", "problem_id": "p"})
    assert not validator.is_valid({"event": "nothing"})


def test_the_schema_in_the_documents_is_this_one() -> None:
    """After a change that is meant: `python -m tests.codegen.test_schema` writes it anew."""
    assert json.loads((DOCS / "events.schema.json").read_text()) == event_schema()


def test_the_page_tells_of_every_event_and_every_field() -> None:
    page = (DOCS / "events.md").read_text()
    schema = event_schema()["$defs"]
    for name, kind in schema.items():
        assert f"`{name}`" in page
        for field in kind["properties"]:
            assert f"`{field}`" in page, f"{name}.{field}"


def test_public_names_are_there_and_explained() -> None:
    import codegen

    for name in codegen.__all__:
        value = getattr(codegen, name)
        assert name == "__version__" or name == "Event" or (value.__doc__ or "").strip(), name
    assert sorted(codegen.__all__) == codegen.__dir__()


if __name__ == "__main__":
    (DOCS / "events.schema.json").write_text(json.dumps(event_schema(), indent=2) + "\n")
