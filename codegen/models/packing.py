"""Weights of linear layers laid out once as the CPU's matrix kernels want them, instead of in every call.

Worth a third of a step at 16 rows in bfloat16. The operators are those that torch's own compiler emits for frozen
models; they are no public interface, so a model is only packed where they are there and give the same numbers.
"""

from __future__ import annotations

from typing import Any

import torch

_ROWS = 32
"""The number of rows that the layout is made for; other numbers run as well."""

_TOLERANCE = 0.02
"""Largest difference that is let pass, relative to the largest number: a few steps of bfloat16."""


class _PackedLinear(torch.nn.Module):
    def __init__(self, linear: torch.nn.Linear) -> None:
        super().__init__()
        self._weight = torch.ops.mkldnn._reorder_linear_weight(linear.weight.detach(), _ROWS)
        self._bias = None if linear.bias is None else linear.bias.detach()

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = torch.ops.mkldnn._linear_pointwise(states, self._weight, self._bias, "none", [], "")
        return result


@torch.inference_mode()
def pack(model: Any) -> bool:
    """Pack a model's linear layers in place. False, and the model as it was, where that cannot be done."""
    if model.device.type != "cpu" or model.dtype != torch.bfloat16:
        return False
    probe = torch.arange(1, 9).unsqueeze(0)
    expected = model(input_ids=probe, use_cache=False).logits.float()
    replaced: list[tuple[Any, str, torch.nn.Linear]] = []
    try:
        for parent in list(model.modules()):
            for name, child in list(parent.named_children()):
                # Subclasses and hooks may do more than a product.
                if type(child) is torch.nn.Linear and not child._forward_hooks:
                    setattr(parent, name, _PackedLinear(child))
                    replaced.append((parent, name, child))
        found = model(input_ids=probe, use_cache=False).logits.float()
        good = bool((found - expected).abs().max() <= _TOLERANCE * expected.abs().max())
    except (RuntimeError, AttributeError, TypeError):  # no such operator; a model that reads `linear.weight` itself
        good = False
    if not good:
        for parent, name, child in replaced:
            setattr(parent, name, child)
    return good
