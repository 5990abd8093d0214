"""Where a model in this process computes, and in which numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

Device = Literal["auto", "cpu", "cuda"]
Precision = Literal["auto", "float32", "bfloat16", "float16", "int8"]


def place_of(device: Device) -> str:
    """Where a model goes. torch, which takes seconds to import, is asked only where there may be a GPU."""
    if device == "cpu" or not any(Path(found).exists() for found in ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg")):
        return "cpu"
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def auto_dtype(place: str) -> str:
    if place == "cuda":
        import torch

        return "bfloat16" if torch.cuda.is_bf16_supported() else "float16"
    # torch computes bfloat16 on any CPU, but only fast where there are instructions for it.
    return "bfloat16" if cpu_flags() & {"avx512_bf16", "amx_bf16", "bf16"} else "float32"


def cpu_flags() -> set[str]:
    """What this machine's CPU says that it can do; empty where it does not say."""
    try:
        return set(Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").split())
    except OSError:
        return set()
