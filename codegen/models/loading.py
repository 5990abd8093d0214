"""What `--model` takes -> a model."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from codegen.errors import UsageError
from codegen.models import adapters
from codegen.models.base import Model
from codegen.models.encoding import Form
from codegen.models.fetch import pull
from codegen.models.local import TransformersModel
from codegen.models.placement import Device, Precision
from codegen.models.replay import ReplayModel
from codegen.models.served import served
from codegen.models.table import DEFAULT_MODEL, EMBEDDED_MODELS
from codegen.models.vllm_offline import VllmModel
from codegen.models.wire import Endpoint

__all__ = ["DEFAULT_MODEL", "load_model"]

_REPLAY = "replay:"
_SERVED: dict[str, Endpoint] = {"openai:": "chat", "openai-completions:": "completions"}
_VLLM = "vllm:"
_LORA = "+lora:"
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")


def load_model(
    spec: str,
    *,
    device: Device = "auto",
    dtype: Precision = "auto",
    batch_size: int | None = None,
    form: Form | None = None,
) -> Model:
    """The model of a name: an embedded one, a .gguf file, a folder or a hub id, any of them behind `vllm:` or with a
    LoRA adapter (`+lora:`); openai:SERVER; replay:PATH.

    Weights are fetched and read when the model is first asked for a completion, so that a run in which nothing is
    left to draw needs none.

    Args:
        device, dtype, form: See `TransformersModel`; a recorded model has none of them. A dtype other than "auto" is
            refused for models that are not read here.
        batch_size: None takes the backend's own.

    Raises:
        UsageError: The name is none of these, or the dtype is not for it.
        ModelError: The recorded file is not there.
    """
    if dtype != "auto" and spec.startswith((_REPLAY, _VLLM, *_SERVED)):
        raise UsageError(f"dtype {dtype} is for models that run in this process, not for {spec}; leave --dtype out")
    if spec.startswith(_REPLAY):
        return ReplayModel(Path(spec.removeprefix(_REPLAY)).expanduser(), name=spec, batch_size=batch_size)
    for prefix, endpoint in _SERVED.items():
        if spec.startswith(prefix):
            return served(spec.removeprefix(prefix), endpoint=endpoint, name=spec, batch_size=batch_size)
    if spec.startswith(_VLLM):
        return VllmModel(_source(spec.removeprefix(_VLLM)), name=spec, batch_size=batch_size, form=form)
    base, adapter = _adapted(spec)
    return TransformersModel(
        _source(base), name=spec, device=device, dtype=dtype, batch_size=batch_size, form=form, adapter=adapter
    )


def _adapted(spec: str) -> tuple[str, Path | None]:
    """Base model and adapter: BASE+lora:FOLDER, or the folder of an adapter, which names its base."""
    base, plus, folder = spec.partition(_LORA)
    if plus:
        adapter = Path(folder).expanduser()
        if not (adapter / adapters.CONFIG).is_file():
            raise UsageError(f"the folder {folder} holds no {adapters.CONFIG}, so it is no LoRA adapter")
        return base, adapter
    if spec and adapters.is_adapter(path := Path(spec).expanduser()):
        return adapters.base_of(path), path
    return spec, None


def _source(spec: str) -> str | Path | Callable[[], Path]:
    """Where weights are: an embedded model's name, a .gguf file, a folder, or a hub id."""
    path = Path(spec).expanduser()
    if spec in EMBEDDED_MODELS:
        return lambda: pull(spec)
    if path.suffix == ".gguf" and not path.is_file():
        raise UsageError(f"the model file {spec} does not exist")
    if spec and path.is_dir() and not (path / "config.json").is_file():
        raise UsageError(f"the folder {spec} holds no config.json, so it is no model in the transformers format")
    if spec and (path.suffix == ".gguf" or path.is_dir()):
        return path
    if _HUB_ID.fullmatch(spec) and not path.exists():
        return spec
    raise UsageError(
        f"no model '{spec}'. Choose {' or '.join(EMBEDDED_MODELS)}, a hub id (org/name), a folder with a model, "
        "a .gguf file, openai:ADDRESS#NAME for a server, vllm:MODEL, MODEL+lora:FOLDER, or replay:PATH with recorded "
        "completions."
    )
