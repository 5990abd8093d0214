"""The problem of adding two numbers, a model that writes four different programs for it, and what they do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from codegen.config import Settings
from codegen.engine import Engine
from codegen.models.scripted import ScriptedModel
from codegen.prompts import Prompt
from problems.values import dumps, loads
from sandbox.execution import Program
from sandbox.testing import FakeSandbox

STUB = '''def add(a: int, b: int) -> int:
    """Return the sum of a and b.

    >>> add(1, 2)
    3
    >>> add(0, 0)
    0
    """
'''
BODIES = ("a + b", "a - b", "b + a", "a * b + 1 if a else b")


def answer(prompt: Prompt) -> str:
    return f"def add(a, b):\n    return {BODIES[prompt.index % len(BODIES)]}\n"


def run(program: Program, given: bytes) -> bytes:
    """What the programs do."""
    a, b = loads(given)
    return dumps(eval(program.source.rpartition("return ")[2], {"a": a, "b": b})).encode()


def adding_engine(samples: int = 8, before: Callable[[Prompt], None] = lambda _: None, **options: Any) -> Engine:
    model = ScriptedModel(answer, form="plain", before=before)
    chosen = {"model": model, "sandbox": FakeSandbox(run), "settings": Settings(samples=samples)} | options
    return Engine(**chosen)
