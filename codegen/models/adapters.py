"""LoRA adapters: folders that peft writes, with an `adapter_config.json` that names their base model."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

from codegen.errors import ModelError, UsageError

CONFIG = "adapter_config.json"


def is_adapter(folder: Path) -> bool:
    """Whether a folder holds an adapter and no model of its own."""
    return (folder / CONFIG).is_file() and not (folder / "config.json").is_file()


def base_of(folder: Path) -> str:
    """The base model that an adapter names.

    Raises:
        UsageError: The folder is no adapter, or names none.
    """
    try:
        base = json.loads((folder / CONFIG).read_text(encoding="utf-8")).get("base_model_name_or_path")
    except (OSError, ValueError, AttributeError) as error:
        raise UsageError(f"the folder {folder} is no LoRA adapter: its {CONFIG} cannot be read ({error})") from error
    if not isinstance(base, str) or not base:
        raise UsageError(f"the adapter {folder} names no base model; give it as BASE+lora:{folder}")
    return base


def applied(model: Any, folder: Path, *, name: str) -> Any:
    """The model with the adapter's weights added into its own, so that it costs nothing more to run.

    Raises:
        ModelError: peft is not installed, or the adapter does not fit the model.
    """
    if not (folder / "adapter_model.safetensors").is_file():
        raise ModelError(f"the adapter {folder} holds no adapter_model.safetensors; other formats are not read")
    try:
        import peft
    except ImportError as error:
        raise ModelError(f"{name} needs peft, which is not installed: pip install 'codesieve[lora]'") from error
    try:
        with warnings.catch_warnings():
            # peft asks transformers for names that are going; nobody who uses an adapter can change that.
            warnings.simplefilter("ignore", FutureWarning)
            return peft.PeftModel.from_pretrained(model, str(folder)).merge_and_unload(safe_merge=True)
    except Exception as error:  # peft raises what the shapes, names and settings of an adapter lead to
        raise ModelError(f"the adapter {folder} does not fit {name}: {error}") from error
