"""codesieve's engine: sample many programs for a problem, run them, keep the ones that prove themselves.

    from codegen import solve
    report = solve("def add(a, b):\\n    '''>>> add(1, 2)\\n    3'''\\n")
    print(report.best.program)

Names are loaded when first used, so that importing this package costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from codegen.version import __version__

if TYPE_CHECKING:
    from codegen.config import Settings
    from codegen.engine import Engine, solve
    from codegen.errors import CancelledError, CodesieveError, ModelError, RunFileError, UsageError
    from codegen.events import QuestionAsked
    from codegen.models.base import Completion, Model, SamplingParams
    from codegen.report import Funnel, Report, SubmittedProgram
    from problems.problem import Call, CheckerSpec, Problem, Stdio, TestCase

__all__ = [
    "Call",
    "CancelledError",
    "CheckerSpec",
    "CodesieveError",
    "Completion",
    "Engine",
    "Funnel",
    "Model",
    "ModelError",
    "Problem",
    "QuestionAsked",
    "Report",
    "RunFileError",
    "SamplingParams",
    "Settings",
    "Stdio",
    "SubmittedProgram",
    "TestCase",
    "UsageError",
    "__version__",
    "solve",
]

_HOME = {
    "Engine": "codegen.engine",
    "solve": "codegen.engine",
    "Settings": "codegen.config",
    "CodesieveError": "codegen.errors",
    "CancelledError": "codegen.errors",
    "ModelError": "codegen.errors",
    "RunFileError": "codegen.errors",
    "UsageError": "codegen.errors",
    "Model": "codegen.models.base",
    "Completion": "codegen.models.base",
    "SamplingParams": "codegen.models.base",
    "QuestionAsked": "codegen.events",
    "Report": "codegen.report",
    "Funnel": "codegen.report",
    "SubmittedProgram": "codegen.report",
    "Problem": "problems.problem",
    "Call": "problems.problem",
    "Stdio": "problems.problem",
    "TestCase": "problems.problem",
    "CheckerSpec": "problems.problem",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'codegen' has no attribute '{name}'")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
