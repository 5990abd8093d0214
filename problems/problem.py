"""What is asked: a problem as a contestant sees it, and the tests that belong to it.

A test case carries text on both sides. For a `Stdio` problem that text is what stands on standard input and
output. For a `Call` problem it is a value in the wire form of `problems.values`: `input` the list of
arguments, `output` the result. So everything after this module (sandbox, run file, fingerprints) deals in
bytes and never in Python objects.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from problems.values import dumps

Difficulty = Literal["easy", "medium", "hard"]

QUESTION = "answer"
"""The checker of questions: problems without input whose answer is one value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stdio:
    """The program reads standard input and writes standard output."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The program defines `entry_point`, which is called with the arguments of a test.

    Attributes:
        entry_point: Name of the function.
        signature: The `def` line as written, e.g. ``def add(x: int, y: int) -> int:``; empty when not known.
        starter_code: What stands before the body: imports, helper functions, `def` line and docstring. A bare
            continuation of the model is put behind it.
    """

    entry_point: str
    signature: str = ""
    starter_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestCase:
    """One input, with the expected output where it is known.

    Attributes:
        input: Text for standard input, or the arguments in wire form (see the module docstring).
        output: Expected text or result in wire form; None where the right output is not known.
        name: For messages: "sample 1", "secret/03".
    """

    __test__ = False  # not a pytest class

    input: str
    output: str | None = None
    name: str = ""

    @classmethod
    def call(cls, arguments: tuple[Any, ...], result: Any, *, name: str = "") -> TestCase:
        """A test of a `Call` problem from Python values. Raises ValueError for one without wire form."""
        return cls(input=dumps(list(arguments)), output=dumps(result), name=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class TestCode:
    """A file of tests that can only be run: its functions call the function of a `Call` problem.

    Attributes:
        name: Of the file, for messages.
        source: The whole file, pytest's or unittest's way.
        functions: Those to run, methods as `Class::method`.
        modules: Names under which it imports the module of the function.
        context: What that module has beside the function.
    """

    __test__ = False  # not a pytest class

    name: str
    source: str
    functions: tuple[str, ...]
    modules: tuple[str, ...] = ()
    context: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckerSpec:
    """Which checker decides one output, and its options (see `problems.checkers.CHECKERS` for the names).

    Attributes:
        name: "exact", "tokens", "floats", "unordered_lines", "yes_no", "decimal_lines", "answer"; for `Call` problems
            "value", "json" or "json_or_item".
        absolute, relative: Tolerances, for "floats" and those of `Call` problems.
    """

    name: str = "tokens"
    absolute: float = 0.0
    relative: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """A program that came with a problem, and whether it is right."""

    language: str
    source: str
    correct: bool
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A problem as a contestant sees it. Hidden tests live in `problems.hidden`, never here.

    Attributes:
        id: Unique in its suite, e.g. "HumanEval/0"; with the suite in front it is what the command line
        takes.
        statement: Markdown. Untrusted text.
        public_tests: The examples of the statement.
        test_code: Tests of a `Call` problem that count like examples, and can only be run.
        time_limit_s: CPU seconds for one input; None: the caller's default.
        memory_limit_bytes: None: the caller's default.
        rating: Codeforces scale, 800 to 3500; None when not known.
        source: Where it comes from: a path, a package, a URL.
    """

    id: str
    statement: str
    interface: Stdio | Call
    public_tests: tuple[TestCase, ...] = ()
    test_code: tuple[TestCode, ...] = ()
    checker: CheckerSpec = field(default_factory=CheckerSpec)
    time_limit_s: float | None = None
    memory_limit_bytes: int | None = None
    tags: tuple[str, ...] = ()
    rating: int | None = None
    difficulty: Difficulty | None = None
    source: str = ""

    @property
    def is_question(self) -> bool:
        """Whether what is asked for is a value: a program reads nothing and prints it."""
        return self.checker.name == QUESTION


def question(text: str, *, problem_id: str, source: str = "") -> Problem:
    """A question whose answer is a value, as a problem: the one input is empty, the right output not known."""
    return Problem(
        id=problem_id,
        statement=text,
        interface=Stdio(),
        public_tests=(TestCase(input="", name="the run"),),
        checker=CheckerSpec(name=QUESTION),
        source=source,
    )
