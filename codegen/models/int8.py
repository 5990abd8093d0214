"""Linear layers in eight bits: one scale for each output of a layer, and one for each row that comes in.

Sums of integers are exact, so what a row gets does not depend on the rows beside it. The operators are those that
torch's own compiler emits for quantized models.
"""

from __future__ import annotations

from typing import Any

import torch

from codegen.errors import ModelError, UsageError
from codegen.models.placement import cpu_flags

_MOST = 127
_MIDDLE = 128
"""What zero is stored as: the fast kernels take activations without a sign."""

_LEAST = 1e-8
"""A row or channel of zeros must not divide by zero."""

_FLAGS = {"avx512_vnni", "avx_vnni", "avxvnni", "amx_int8"}
"""What CPUs call their instructions for products of bytes."""

_TOLERANCE = 0.05
"""Largest error of a layer that is let pass, relative to what it gives; with normal numbers it is 0.01."""


class _Rows:
    """The states that layers side by side read, in eight bits: found once for all of them."""

    def __init__(self) -> None:
        self._seen: tuple[Any, torch.Tensor] | None = None
        self._found = (torch.empty(0), torch.empty(0))

    def quantized(self, states: torch.Tensor, owner: Any) -> tuple[torch.Tensor, torch.Tensor]:
        """Bytes around 128, rows x inputs, and float32 scales, rows x 1.

        Args:
            owner: What the layer belongs to; another one may find other numbers in the same tensor.
        """
        if self._seen is None or self._seen[0] is not owner or self._seen[1] is not states:
            rows = states.reshape(-1, states.shape[-1])
            scales = rows.abs().amax(dim=1, keepdim=True).float().clamp_min_(_LEAST).mul_(1 / _MOST)
            self._found = rows.div(scales).round_().add_(_MIDDLE).to(torch.uint8), scales
            self._seen = owner, states
        return self._found


class _Int8Linear(torch.nn.Module):
    def __init__(self, linear: torch.nn.Linear, rows: _Rows, owner: object) -> None:
        super().__init__()
        weight = linear.weight.detach().float()
        self._rows, self._owner = rows, owner
        self._outputs = linear.out_features
        self._scales = weight.abs().amax(dim=1).clamp_min_(_LEAST).mul_(1 / _MOST)
        integers = (weight / self._scales.unsqueeze(1)).round_().to(torch.int8)
        self._weight = torch.ops.onednn.qlinear_prepack(integers, None)
        self._zeros = torch.zeros(self._outputs, dtype=torch.int32)
        self._bias = None if linear.bias is None else linear.bias.detach().float()

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        integers, scales = self._rows.quantized(states, self._owner)
        result: torch.Tensor = torch.ops.onednn.qlinear_pointwise(
            integers, 1.0, _MIDDLE, self._weight, self._scales, self._zeros, None, 1.0, 0, torch.float32, "none", [], ""
        )
        result = result.mul_(scales) if self._bias is None else torch.addcmul(self._bias, result, scales)
        return result.to(states.dtype).view(*states.shape[:-1], self._outputs)


def check_cpu(place: str) -> None:
    """Raises UsageError unless a model goes to a CPU that multiplies bytes faster than other numbers."""
    if place != "cpu":
        raise UsageError(f"dtype int8 is for the CPU, not for {place}; leave --dtype out, or take bfloat16")
    if not cpu_flags() & _FLAGS:
        raise UsageError(
            "dtype int8 needs a CPU with VNNI or AMX instructions, which this one has not; "
            "leave --dtype out, or take bfloat16 or float32"
        )


@torch.inference_mode()
def quantize(model: Any, *, name: str) -> None:
    """Put a model's linear layers into eight bits, in place; embeddings, norms and attention stay as they are.

    Raises:
        ModelError: That cannot be done with this model.
    """
    remedy = f"take another dtype for {name}: leave --dtype out, or give bfloat16 or float32"
    rows = _Rows()
    try:
        for parent in list(model.modules()):
            owner = object()
            for part, child in list(parent.named_children()):
                # Subclasses and hooks may do more than a product.
                if type(child) is torch.nn.Linear and not child._forward_hooks:
                    layer = _Int8Linear(child, rows, owner)
                    off = _error(layer, child)
                    if not off <= _TOLERANCE:
                        raise ModelError(f"dtype int8 puts {part} of {name} off by {off:.0%}; {remedy}")
                    setattr(parent, part, layer)
        model(input_ids=torch.ones(1, 2, dtype=torch.int64), use_cache=False)  # some read `linear.weight` themselves
    except (RuntimeError, AttributeError, TypeError, NotImplementedError) as error:
        raise ModelError(f"dtype int8 does not work with {name}: {error}; {remedy}") from error


def _error(layer: torch.nn.Module, linear: torch.nn.Linear) -> float:
    """Of a layer beside the one that it stands for, on a few normal numbers."""
    numbers = torch.randn(4, linear.in_features, generator=torch.Generator().manual_seed(0))
    states = numbers.to(linear.weight.dtype)
    expected = linear(states).float()
    return float((layer(states).float() - expected).norm() / expected.norm().clamp_min(_LEAST))
