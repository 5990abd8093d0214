"""Everything that `sandbox` raises. What a guest did is never among it."""

from __future__ import annotations


class SandboxError(Exception):
    """The host failed: the message says at what, and what to do."""


class SandboxUnavailableError(SandboxError):
    """No sandbox of the asked tier can be had here. The message names each remedy."""


class SandboxClosedError(SandboxError):
    """The sandbox was closed while a run was waiting or under way."""
