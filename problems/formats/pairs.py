"""Input and output pairs in the ways in which APPS and LiveCodeBench write them."""

from __future__ import annotations

from typing import Any

from problems.errors import ValueFormatError
from problems.fields import Record
from problems.problem import TestCase
from problems.values import dumps


def stdio_text(record: Record, value: Any, field: str, *steps: str | int) -> str:
    """Text of standard input or output: a string, or a list of lines."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(line, (str, int, float)) for line in value):
        return "".join(f"{line}\n" for line in value)
    raise record.error("a string or a list of lines is needed", field, *steps)


def call_case(record: Record, arguments: Any, output: Any, name: str, field: str, position: int) -> TestCase:
    """A call with arguments and result as values of JSON."""
    if not isinstance(arguments, list):
        raise record.error("a list of arguments is needed", field, position)
    try:
        return TestCase(input=dumps(arguments), output=dumps(output), name=name)
    except ValueFormatError as error:
        raise record.error(str(error), field, position) from error


def method_or_function(starter_code: str, name: str) -> str:
    """Entry point: a method is called on a fresh object of the class `Solution` that the starter code begins."""
    return f"Solution.{name}" if "class Solution" in starter_code else name
