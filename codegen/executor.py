"""Where model and sandbox are: in this process, or elsewhere. The engine asks an executor to open both."""

from __future__ import annotations

import importlib
from typing import Protocol, cast

from codegen.errors import UsageError
from codegen.models.base import Model
from codegen.models.loading import load_model
from codegen.models.placement import Precision
from codegen.tasks import Runner, SandboxRunner
from sandbox.backends import open_sandbox


class Executor(Protocol):
    """Opens a model and a runner by name. Each is opened once at most, and closed by who asked for it."""

    def model(self, name: str) -> Model:
        """The model of this name, as `codegen.models.loading.load_model` knows it."""

    def runner(self, sandbox: str) -> Runner:
        """A runner whose tasks run in the sandbox of this name."""

    def close(self) -> None:
        """Give back what the executor itself holds, after model and runner were closed. Idempotent."""


class LocalExecutor:
    """Model and sandbox in this process.

    Args:
        dtype: What the model computes in.
    """

    def __init__(self, *, dtype: Precision = "auto") -> None:
        self._dtype: Precision = dtype

    def model(self, name: str) -> Model:
        return load_model(name, dtype=self._dtype)

    def runner(self, sandbox: str) -> Runner:
        return SandboxRunner(open_sandbox(sandbox))

    def close(self) -> None:
        """Nothing is held."""


EXECUTORS = {
    "local": "codegen.executor:LocalExecutor",
    "ray": "codegen.ray_executor:RayExecutor",
}


def open_executor(name: str, *, dtype: Precision = "auto") -> Executor:
    """The executor of this name.

    Args:
        dtype: What its models compute in.

    Raises:
        UsageError: There is none.
        ExecutorError: It cannot be had here.
    """
    if name not in EXECUTORS:
        raise UsageError(f"executor '{name}' is not offered; choose from {', '.join(EXECUTORS)}")
    module, _, attribute = EXECUTORS[name].partition(":")
    return cast("Executor", getattr(importlib.import_module(module), attribute)(dtype=dtype))
