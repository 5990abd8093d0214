"""The image that containers are made from, and how it is built."""

from __future__ import annotations

from sandbox.image.build import build_image, ensure_image, remove_image

__all__ = ["build_image", "ensure_image", "remove_image"]
