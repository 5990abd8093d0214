"""GGUF file -> folder of safetensors, once: reading the file takes most of a minute, the folder a second."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from codegen.errors import ModelError
from codegen.models.cache import exclusive, known_sha256, models_dir

_VERSION = 1
"""Of the conversion: a copy made by another one is not used."""


def copy_of(sha256: str) -> Path:
    """Where the converted copy of a file with this hash is, or would be."""
    return models_dir() / f"converted-{_VERSION}-{sha256[:32]}"


def converted(path: Path, *, note: Callable[[str], None]) -> Path:
    """The folder with a GGUF file's model in bfloat16, its tokenizer beside it; made where it is not in the cache.

    Raises:
        ModelError: The file cannot be read as a model, or the copy cannot be written.
    """
    folder = copy_of(known_sha256(path))
    if folder.is_dir():
        return folder
    with exclusive(folder.with_suffix(".lock")):
        if folder.is_dir():
            return folder
        for leftover in folder.parent.glob(f"{folder.name}.making-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        making = folder.with_name(f"{folder.name}.making-{os.getpid()}")
        note(f"{path.name}: converting once for faster starts")
        try:
            _convert(path, making)
            making.replace(folder)
        except OSError as error:
            raise ModelError(f"{path} cannot be converted into {folder}: {error.strerror or error}") from error
        finally:
            shutil.rmtree(making, ignore_errors=True)
    return folder


def _convert(path: Path, folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    where: dict[str, Any] = {"pretrained_model_name_or_path": str(path.parent), "gguf_file": path.name}
    try:
        tokenizer = AutoTokenizer.from_pretrained(**where)
        model: Any = AutoModelForCausalLM.from_pretrained(
            **where, dtype=torch.bfloat16, quantization_config=GgufConfig(dequantize=True)
        )
    except OSError:
        raise
    except Exception as error:  # the reader raises whatever its parsing meets
        raise ModelError(f"{path} cannot be read as a GGUF model: {error}") from error
    # What GGUF says of quantization is not true of the copy.
    model.config.quantization_config = None
    del model.config.quantization_config
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)
