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
    from codegen.events import (
        Done,
        Event,
        ModelLoaded,
        OfferedOutput,
        ProgramJudged,
        ProgramObserved,
        QuestionAsked,
        SampleDrawn,
        SandboxReady,
        Started,
        Submitted,
    )
    from codegen.judging import Verdict
    from codegen.models.base import Completion, Model, SamplingParams
    from codegen.models.scripted import ScriptedModel
    from codegen.report import ClusterView, Funnel, Report, SubmittedProgram
    from codegen.schema import event_schema
    from codegen.stream import Stream
    from codegen.verifying import ExampleResult, Verification
    from problems.errors import ProblemError
    from problems.library import from_text
    from problems.problem import Call, CheckerSpec, Problem, Stdio, TestCase
    from sandbox.errors import SandboxError

__all__ = [
    "Call",
    "CancelledError",
    "CheckerSpec",
    "ClusterView",
    "CodesieveError",
    "Completion",
    "Done",
    "Engine",
    "Event",
    "ExampleResult",
    "Funnel",
    "Model",
    "ModelError",
    "ModelLoaded",
    "OfferedOutput",
    "Problem",
    "ProblemError",
    "ProgramJudged",
    "ProgramObserved",
    "QuestionAsked",
    "Report",
    "RunFileError",
    "SampleDrawn",
    "SamplingParams",
    "SandboxError",
    "SandboxReady",
    "ScriptedModel",
    "Settings",
    "Started",
    "Stdio",
    "Stream",
    "Submitted",
    "SubmittedProgram",
    "TestCase",
    "UsageError",
    "Verdict",
    "Verification",
    "__version__",
    "event_schema",
    "from_text",
    "solve",
]

_HOME = {
    "Settings": "codegen.config",
    "Engine": "codegen.engine",
    "solve": "codegen.engine",
    "CancelledError": "codegen.errors",
    "CodesieveError": "codegen.errors",
    "ModelError": "codegen.errors",
    "RunFileError": "codegen.errors",
    "UsageError": "codegen.errors",
    "Done": "codegen.events",
    "Event": "codegen.events",
    "ModelLoaded": "codegen.events",
    "OfferedOutput": "codegen.events",
    "ProgramJudged": "codegen.events",
    "ProgramObserved": "codegen.events",
    "QuestionAsked": "codegen.events",
    "SampleDrawn": "codegen.events",
    "SandboxReady": "codegen.events",
    "Started": "codegen.events",
    "Submitted": "codegen.events",
    "Verdict": "codegen.judging",
    "Completion": "codegen.models.base",
    "Model": "codegen.models.base",
    "SamplingParams": "codegen.models.base",
    "ScriptedModel": "codegen.models.scripted",
    "ClusterView": "codegen.report",
    "Funnel": "codegen.report",
    "Report": "codegen.report",
    "SubmittedProgram": "codegen.report",
    "event_schema": "codegen.schema",
    "Stream": "codegen.stream",
    "ExampleResult": "codegen.verifying",
    "Verification": "codegen.verifying",
    "ProblemError": "problems.errors",
    "from_text": "problems.library",
    "Call": "problems.problem",
    "CheckerSpec": "problems.problem",
    "Problem": "problems.problem",
    "Stdio": "problems.problem",
    "TestCase": "problems.problem",
    "SandboxError": "sandbox.errors",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'codegen' has no attribute '{name}'")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
