from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codegen.errors import ModelError
from codegen.models.base import Model, SamplingParams
from codegen.models.scripted import ScriptedModel
from tests.codegen.models.conformance import PROBLEM, Conformance, draw, prompt


class TestConformance(Conformance):
    @pytest.fixture
    def model(self) -> Model:
        return ScriptedModel({PROBLEM: ["return a + b", "return a - b", "pass"]})


def test_texts_go_round_by_index() -> None:
    model = ScriptedModel({PROBLEM: ["one", "two"]})
    assert [c.text for c in draw(model, [prompt(3), prompt(0), prompt(2)])] == ["two", "one", "one"]


def test_a_function_answers() -> None:
    model = ScriptedModel(lambda asked: f"{asked.seed}")
    assert [c.text for c in draw(model, [prompt(1), prompt(2)])] == ["1001", "1002"]


def test_a_problem_without_texts_is_named() -> None:
    with pytest.raises(ModelError, match="toy/other"):
        draw(ScriptedModel({PROBLEM: ["x"]}), [prompt(problem_id="toy/other")])


def test_what_goes_before_may_raise_and_earlier_completions_stand() -> None:
    def before(asked: object) -> None:
        seen.append(asked)
        if len(seen) == 2:
            raise ModelError("broken")

    seen: list[object] = []
    stream = ScriptedModel({PROBLEM: ["x"]}, before=before).generate([prompt(0), prompt(1)], SamplingParams())
    assert next(stream).text == "x"
    with pytest.raises(ModelError, match="broken"):
        next(stream)


@settings(deadline=None)
@given(st.text(), st.integers(1, 6))
def test_long_texts_are_cut_at_words(text: str, limit: int) -> None:
    (completion,) = draw(ScriptedModel({PROBLEM: [text]}), [prompt()], SamplingParams(max_tokens=limit))
    assert text.startswith(completion.text)
    assert completion.text.split() == text.split()[:limit]
    assert (completion.finish_reason == "stop") == (len(text.split()) <= limit)
