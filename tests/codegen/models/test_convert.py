from __future__ import annotations

from pathlib import Path

import pytest

from codegen.errors import ModelError
from codegen.models import convert
from codegen.models.base import Model, SamplingParams
from codegen.models.convert import converted
from codegen.models.loading import DEFAULT_MODEL, load_model
from codegen.prompts import Variation
from tests.codegen.models.conformance import Conformance, draw, prompt


@pytest.fixture
def gguf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CODESIEVE_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "toy.gguf"
    path.write_bytes(b"toy")
    return path


def test_converted_once_and_again_when_the_file_changes(gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(path: Path, folder: Path) -> None:
        folder.mkdir()
        (folder / "model.safetensors").write_bytes(path.read_bytes())

    notes: list[str] = []
    monkeypatch.setattr(convert, "_convert", write)
    first = converted(gguf, note=notes.append)
    assert converted(gguf, note=notes.append) == first
    assert len(notes) == 1
    gguf.write_bytes(b"another")
    second = converted(gguf, note=notes.append)
    assert (second / "model.safetensors").read_bytes() == b"another"
    assert second != first


def test_a_conversion_cut_off_leaves_no_half_copy(gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: Path, folder: Path) -> None:
        folder.mkdir()
        (folder / "config.json").write_text("{}")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(convert, "_convert", fail)
    with pytest.raises(ModelError, match="No space left"):
        converted(gguf, note=lambda _: None)
    assert [path for path in (gguf.parent / "cache" / "models").iterdir() if path.name.startswith("conv")] == [
        *(gguf.parent / "cache" / "models").glob("converted-*.lock")
    ]


def test_a_file_that_is_no_gguf(gguf: Path) -> None:
    with pytest.raises(ModelError, match=r"toy\.gguf cannot be"):
        converted(gguf, note=lambda _: None)


@pytest.mark.model
class TestEmbedded(Conformance):
    """The real thing: fetched, converted and run. CODESIEVE_CACHE keeps it from test to test."""

    @pytest.fixture(scope="class")
    @classmethod
    def model(cls) -> Model:
        return load_model(DEFAULT_MODEL)

    def test_writes_a_program(self, model: Model) -> None:
        asked = prompt(
            user="Write a Python function `add(a, b)` that returns the sum of its arguments.",
            variation=Variation(temperature=0.0),
            prefill="```python\ndef add(",
            stop=("\n```",),
        )
        (completion,) = draw(model, [asked], SamplingParams(max_tokens=250))
        assert "return" in completion.text
        assert "a + b" in completion.text
        assert completion.logprob is not None
        assert completion.logprob > -10
