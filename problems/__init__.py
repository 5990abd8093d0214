"""What is asked: problems, their tests, and the checkers that decide an output."""

from problems.checkers import CHECKERS, Decision, check
from problems.codec import dumps_problem, loads_problem, read_problem
from problems.errors import ProblemError, ProblemFormatError, ValueFormatError
from problems.library import find, find_all, from_text
from problems.problem import Call, CheckerSpec, Problem, Solution, Stdio, TestCase, TestCode

__all__ = [
    "CHECKERS",
    "Call",
    "CheckerSpec",
    "Decision",
    "Problem",
    "ProblemError",
    "ProblemFormatError",
    "Solution",
    "Stdio",
    "TestCase",
    "TestCode",
    "ValueFormatError",
    "check",
    "dumps_problem",
    "find",
    "find_all",
    "from_text",
    "loads_problem",
    "read_problem",
]
