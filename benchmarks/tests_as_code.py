"""Hidden tests that are code, and what they need from the prompt: `codegen.test_code` runs them beside a program."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from benchmarks.verdict import Score
from codegen.test_code import run_test_code
from problems import syntax
from problems.problem import Call
from sandbox.execution import Limits, Program, Sandbox


@dataclass(frozen=True, slots=True, kw_only=True)
class CodedTests:
    """Test code with what it needs from the prompt."""

    code: str
    entry_point: str
    helpers: str = ""


def coded_tests(code: str, interface: Call) -> CodedTests:
    """Test code of a problem, with the helper functions that its prompt defines beside the asked one."""
    return CodedTests(
        code=code,
        entry_point=interface.entry_point,
        helpers=helpers_in(interface.starter_code, interface.entry_point),
    )


def helpers_in(starter_code: str, entry_point: str) -> str:
    """What a prompt defines beside the function that is asked for, imports included; "" when nothing."""
    for ending in ("", "\n    pass\n"):
        try:
            module = syntax.parse(starter_code + ending)
            break
        except (SyntaxError, ValueError):
            continue
    else:
        return ""
    kept = [
        node
        for node in module.body
        if not (isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == entry_point)
    ]
    if not any(isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Assign)) for node in kept):
        return ""
    return "\n\n".join(ast.unparse(node) for node in kept) + "\n"


def run_tests(tests: CodedTests, program: Program, sandbox: Sandbox, limits: Limits) -> Score:
    """Score of a program. Passed is only what the driver says behind its token."""
    found = run_test_code(tests.code, program, sandbox, limits, context=tests.helpers, entry_point=tests.entry_point)
    return Score(verdict=found.verdict, detail=found.detail, cpu_s=found.cpu_s)
