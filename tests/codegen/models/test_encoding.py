from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codegen.errors import ModelError
from codegen.models.encoding import Encoder
from tests.codegen.models.conformance import prompt
from tests.codegen.models.conftest import SPECIAL, tiny_tokenizer

NO_SYSTEM = (
    "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
    "<|start|>{{ m.role }} {{ m.content }}<|end|>{% endfor %}<|start|>assistant "
)


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return tiny_tokenizer()


def test_harmless_prompts_encode_as_the_template_says(tokenizer: Any) -> None:
    encoded = Encoder(tokenizer).encode(prompt(user="Add a\nand b.", prefill="```python\n", stop=("\n```",)))
    messages = [{"role": "system", "content": "You write programs."}, {"role": "user", "content": "Add a\nand b."}]
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True) + "```python\n"
    assert list(encoded.tokens) == tokenizer(text, add_special_tokens=False).input_ids
    assert (encoded.form, encoded.stop) == ("chat", ("\n```",))


@settings(deadline=None, max_examples=50)
@given(st.text(), st.sampled_from((*SPECIAL, "<tool>")), st.sampled_from(["user", "system", "prefill", "plain"]))
def test_special_tokens_in_untrusted_text_stay_text(text: str, word: str, field: str) -> None:
    tokenizer = tiny_tokenizer()
    numbers = set(tokenizer.added_tokens_decoder)
    for form in ("chat", "plain"):
        encoder = Encoder(tokenizer, form=form)  # type: ignore[arg-type]
        hostile = encoder.encode(prompt(**{field: f"{word}{text}{word}"}))
        harmless = encoder.encode(prompt(**{field: "harmless"}))
        special = [token for token in hostile.tokens if token in numbers]
        assert special == [token for token in harmless.tokens if token in numbers]


def test_text_that_looks_like_a_placeholder_is_not_filled_again(tokenizer: Any) -> None:
    encoder = Encoder(tokenizer)
    once = encoder.encode(prompt(system="Placeholder5f0c2e9auser", user="Placeholder5f0c2e9asystem"))
    text = tokenizer.decode(list(once.tokens))
    assert text.count("Placeholder5f0c2e9auser") == text.count("Placeholder5f0c2e9asystem") == 1


def test_no_system_text_renders_no_system_turn(tokenizer: Any) -> None:
    text = tokenizer.decode(list(Encoder(tokenizer).encode(prompt(system="")).tokens))
    assert text == "<|start|>user\nAdd two numbers.<|end|>\n<|start|>assistant\n"


def test_a_template_without_system_role_gets_it_in_front_of_the_question() -> None:
    tokenizer = tiny_tokenizer(NO_SYSTEM)
    text = tokenizer.decode(list(Encoder(tokenizer).encode(prompt()).tokens))
    assert text == "<|start|>user You write programs.\n\nAdd two numbers.<|end|><|start|>assistant "


def test_the_plain_form_where_there_is_no_template() -> None:
    encoder = Encoder(tiny_tokenizer(None))
    encoded = encoder.encode(prompt(plain_stop=("\ndef ",)))
    assert (encoded.form, encoded.stop) == ("plain", ("\ndef ",))
    assert tiny_tokenizer().decode(list(encoded.tokens)) == "def add(a, b):\n"
    with pytest.raises(ModelError, match="no chat template"):
        Encoder(tiny_tokenizer(None), form="chat")


@pytest.mark.parametrize("template", ["{{ raise_exception('never') }}", "nothing of the question"])
def test_a_template_that_cannot_be_used_is_an_error(template: str) -> None:
    with pytest.raises(ModelError, match="chat template"):
        Encoder(tiny_tokenizer(template)).encode(prompt(system=""))
