"""A model and a sandbox that are opened when first needed."""

from __future__ import annotations

import threading

from codegen.executor import Executor
from codegen.models.base import Model
from codegen.tasks import Runner, SandboxRunner
from sandbox.execution import Sandbox


class LazyModel:
    """The model, loaded once when first asked for, from any thread. One made by the caller is never closed here."""

    def __init__(self, model: str | Model, executor: Executor) -> None:
        self._executor = executor
        self._name = model if isinstance(model, str) else model.name
        self._model = None if isinstance(model, str) else model
        self._own = isinstance(model, str)
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return self._name

    def get(self) -> Model:
        with self._lock:
            if self._model is None:
                self._model = self._executor.model(self._name)
            return self._model

    def close(self) -> None:
        with self._lock:
            if self._own and self._model is not None:
                self._model.close()
                self._model = None


class LazyRunner:
    """The same for the sandbox, with what runs tasks in it."""

    def __init__(self, sandbox: str | Sandbox, executor: Executor) -> None:
        self._executor = executor
        self._name = sandbox if isinstance(sandbox, str) else sandbox.name
        self._runner: Runner | None = None if isinstance(sandbox, str) else SandboxRunner(sandbox)
        self._own = isinstance(sandbox, str)
        self._lock = threading.Lock()

    def get(self) -> Runner:
        with self._lock:
            if self._runner is None:
                self._runner = self._executor.runner(self._name)
            return self._runner

    def close(self) -> None:
        with self._lock:
            if self._own and self._runner is not None:
                self._runner.close()
                self._runner = None
