from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from codegen.errors import ModelError, UsageError
from codegen.models.loading import DEFAULT_MODEL, load_model
from codegen.models.local import TransformersModel
from codegen.models.replay import ReplayModel


def test_each_kind_of_name(tmp_path: Path, tiny_model: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"task_id": "a", "solution": "b"}\n')
    (tmp_path / "model.gguf").write_bytes(b"")
    recorded = load_model(f"replay:{tmp_path}/rows.jsonl", batch_size=5)
    assert isinstance(recorded, ReplayModel)
    assert (recorded.name, recorded.batch_size) == (f"replay:{tmp_path}/rows.jsonl", 5)
    for spec in (DEFAULT_MODEL, str(tiny_model), f"{tmp_path}/model.gguf", "some-org/some-model"):
        model = load_model(spec)
        assert isinstance(model, TransformersModel)
        assert model.name == spec


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("gpt-17", "no model 'gpt-17'.*qwen2.5-coder-0.5b.*hub id.*gguf.*replay:PATH"),
        ("", "no model ''"),
        ("missing/model.gguf", "does not exist"),
        (".", "holds no config.json"),
    ],
)
def test_what_is_no_model(spec: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=message):
        load_model(spec)


def test_a_recording_that_is_not_there() -> None:
    with pytest.raises(ModelError, match="not a file"):
        load_model("replay:nowhere.jsonl")


def test_no_model_library_is_imported_before_weights_are_read() -> None:
    code = (
        "import sys; from codegen.models.loading import load_model; load_model('some-org/some-model');"
        "print([name for name in ('torch', 'transformers', 'huggingface_hub', 'tqdm') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
