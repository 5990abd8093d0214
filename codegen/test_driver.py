"""The program that runs test code beside a candidate: in a box of its own, calling the candidate by lines of text.

It is never imported on this side: `codegen.test_code` puts its text behind those of `problems.values` and
`codegen.pytest_stand_in`, with a call of `run_job` behind it. Its standard output is the candidate's input and the
other way round: arguments in wire form out, `{"value": ...}` or `{"error": "TypeName: message"}` back, a line each.
Modules that most test code does not need are imported where they are used: a process is started for every program.
What came of the tests goes to standard error behind a token that the candidate cannot know, nor reach the stream.
"""

from __future__ import annotations

import builtins
import json
import os
import random
import sys
import types
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from codegen.pytest_stand_in import Inexpressible, Skipped, Unsupported, stand_in
from problems.errors import ValueFormatError
from problems.values import dumps, loads


class CandidateError(Exception):
    """The candidate raised, or gave no answer."""


class Candidate:
    """The function under test, as the test code calls it."""

    def __init__(self, parameters: list[str]) -> None:
        self._parameters = parameters
        self._asked = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
        self._answered = os.fdopen(os.dup(0), "r", encoding="utf-8", errors="strict", newline="\n")
        self.space: dict[str, Any] = {}
        """Where exceptions that the candidate names are looked up, beside the built-in ones."""
        self.last = ""

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        arranged = self._arranged(list(arguments), named)
        try:
            line = dumps(arranged)
        except ValueFormatError as error:
            raise Inexpressible(str(error)) from None
        self.last = "called with " + ", ".join(repr(each) for each in arranged)[:200]
        try:
            self._asked.write(line + "\n")
            self._asked.flush()
            answer = self._answered.readline()
        except OSError:
            answer = ""
        if not answer.endswith("\n"):
            raise CandidateError("no answer")
        try:
            found = json.loads(answer)
            if isinstance(found, dict) and list(found) == ["value"]:
                value = loads(json.dumps(found["value"]))
                self.last += " it gave " + repr(value)[:200]
                return value
            message = str(found["error"])
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise CandidateError("an answer that is none: " + type(error).__name__) from None
        raise self._error(message)

    def _arranged(self, arguments: list[Any], named: dict[str, Any]) -> list[Any]:
        """Arguments by position, which is all that the protocol has."""
        left = dict(named)
        for name in self._parameters[len(arguments) :]:
            if name not in left:
                break
            arguments.append(left.pop(name))
        if left:
            raise Unsupported("keyword arguments: " + ", ".join(left))
        return arguments

    def _error(self, message: str) -> CandidateError:
        """An exception of the kind that the candidate raised, so that test code can expect it."""
        name, _, text = message.partition(": ")
        kind = self.space.get(name) or getattr(builtins, name, None)
        if isinstance(kind, type) and issubclass(kind, Exception):
            try:
                error = type(name, (CandidateError, kind), {})(text)
            except Exception:  # noqa: BLE001 (a class of the user's, or one that wants other arguments)
                return CandidateError(message)
            assert isinstance(error, CandidateError)
            return error
        return CandidateError(message)


# -- running ----------------------------------------------------------------------------------------------------------


class Fixtures:
    """What the arguments of one test stand for; generators among the fixtures end with it."""

    def __init__(self, space: dict[str, Any]) -> None:
        functions = [each for each in space.values() if isinstance(each, types.FunctionType)]
        self._makers: dict[str, Any] = {
            each.__dict__["sieve_fixture"]: each for each in functions if "sieve_fixture" in each.__dict__
        }
        self._made: dict[str, Any] = {}
        self._open: list[Iterator[Any]] = []

    def arguments(self, function: Any, known: dict[str, Any]) -> dict[str, Any]:
        import inspect

        for name, maker in self._makers.items():
            if maker.sieve_auto:
                self._value(name)
        wanted = [name for name, each in inspect.signature(function).parameters.items() if each.default is each.empty]
        return {name: known[name] if name in known else self._value(name) for name in (*wanted, *known)}

    def close(self) -> None:
        for each in reversed(self._open):
            next(each, None)

    def _value(self, name: str) -> Any:
        import inspect

        if name not in self._made:
            if name == "tmp_path":
                import tempfile
                from pathlib import Path

                self._made[name] = Path(tempfile.mkdtemp())
                return self._made[name]
            if name not in self._makers:
                raise Unsupported("the fixture " + name)
            maker = self._makers[name]
            made = maker(**self.arguments(maker, {}))
            if inspect.isgenerator(made):
                self._open.append(made)
                made = next(made)
            self._made[name] = made
        return self._made[name]


def run_function(name: str, space: dict[str, Any]) -> None:
    """Run a test, with each row of its parameters. Raises what it raises."""
    import inspect
    import unittest

    owner, _, own = name.rpartition("::")
    kind = space[owner] if owner else None
    if kind is not None and issubclass(kind, unittest.TestCase):
        kind(own).debug()
        return
    plain = getattr(kind, own) if kind is not None else space[own]
    if getattr(plain, "sieve_skip", False) or getattr(kind, "sieve_skip", False):
        raise Skipped
    for row in getattr(plain, "sieve_rows", [{}]):
        fixtures = Fixtures(space)
        holder = kind() if kind is not None else None
        function = plain if holder is None else getattr(holder, own)
        if hasattr(holder, "setup_method"):
            setup: Any = holder.setup_method  # type: ignore[union-attr]
            setup(*[function] * len(inspect.signature(setup).parameters))
        try:
            function(**fixtures.arguments(function, row))
        finally:
            fixtures.close()


def outcome_of(work: Callable[[], None], candidate: Candidate, code: str, *, running: bool = False) -> tuple[str, str]:
    """How some test code ended, and one line about it.

    "unsupported" is what depends on the test code alone, and may be left out; while a test is `running`, what it fails
    at may depend on what the candidate gave, so that it must not pass: "unclear".
    """
    random.seed(0)
    candidate.last = ""
    try:
        work()
    except CandidateError as error:
        kind = type(error).__name__
        said = str(error) if kind == "CandidateError" else kind + ": " + str(error)
        return "raised", said
    except Inexpressible as error:
        return "unclear", str(error)
    except Unsupported as error:
        return "unsupported", str(error)
    except (Skipped, getattr(sys.modules.get("unittest"), "SkipTest", Skipped)):
        return "skipped", ""
    except ImportError as error:
        return "unclear" if running else "unsupported", str(error)
    except SyntaxError as error:
        return "unclear" if running else "unsupported", "the test code does not parse: " + str(error)
    except AssertionError as error:
        return "wrong", "assertion failed: " + (str(error) or _line(error, code)) + _seen(candidate)
    except BaseException as error:  # noqa: BLE001 (whatever test code does is told)
        return "wrong", type(error).__name__ + ": " + str(error) + _seen(candidate)
    return "passed", ""


def outcome_of_all(results: list[tuple[str, str, str]]) -> tuple[str, str]:
    """Of (test, outcome, line): what stands in the way, or what was left out when nothing does."""
    for name, outcome, line in results:
        if outcome not in ("passed", "skipped", "unsupported"):
            return outcome, name + ": " + line
    left = [name + ": " + line for name, outcome, line in results if outcome == "unsupported"]
    if any(outcome == "passed" for _, outcome, _ in results):
        return "passed", "not run: " + "; ".join(left) if left else ""
    return "unsupported", left[0] if left else "every test was skipped"


def _seen(candidate: Candidate) -> str:
    return "; " + candidate.last if candidate.last else ""


def _line(error: BaseException, code: str) -> str:
    import traceback

    lines = code.split("\n")
    numbers = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "tests"]
    return lines[numbers[-1] - 1].strip() if numbers and numbers[-1] and numbers[-1] <= len(lines) else ""


def run_check(job: dict[str, Any], candidate: Candidate) -> None:
    """Test code of a benchmark: bare asserts, or a function `check`."""
    space: dict[str, Any] = {"__name__": "tests"}
    exec(compile(job["context"], "context", "exec"), space)  # noqa: S102
    space.update({"candidate": candidate, job["entry_point"]: candidate})
    candidate.space = space
    exec(compile(job["code"], "tests", "exec"), space)  # noqa: S102
    if callable(space.get("check")):
        space["check"](candidate)


def load_tests(job: dict[str, Any], candidate: Candidate) -> dict[str, Any]:
    """The namespace of a test file, which imports the file of the function under any of its names."""
    module = types.ModuleType(job["modules"][0])
    sys.modules["pytest"] = stand_in()
    for name in job["modules"]:
        parts = name.split(".")
        for end in range(1, len(parts)):
            package = sys.modules.setdefault(".".join(parts[:end]), types.ModuleType(parts[end - 1]))
            package.__path__ = []
        sys.modules[name] = module
        if len(parts) > 1:
            setattr(sys.modules[name.rpartition(".")[0]], parts[-1], module)
    exec(compile(job["context"], "context", "exec"), module.__dict__)  # noqa: S102
    setattr(module, job["entry_point"], candidate)
    candidate.space = module.__dict__
    space: dict[str, Any] = {"__name__": "tests"}
    exec(compile(job["code"], "tests", "exec"), space)  # noqa: S102
    return space


def run_job(text: str, token: str) -> None:
    """Run the tests of a job and say on standard error what came of them; the process ends."""
    job = json.loads(text)
    candidate = Candidate(job["parameters"])
    report = os.fdopen(os.dup(2), "w", encoding="utf-8")
    sys.stdin = sys.stdout = sys.stderr = open(os.devnull, "r+", encoding="utf-8")  # noqa: SIM115 (to the end)

    def say(mark: str, outcome: str, detail: str) -> None:
        report.write("\n" + token + mark + " " + outcome + " " + " ".join(detail.split())[:500] + "\n")
        report.flush()

    if not job["functions"]:
        outcome, detail = outcome_of(lambda: run_check(job, candidate), candidate, job["code"])
    else:
        space: dict[str, Any] = {}
        outcome, detail = outcome_of(lambda: space.update(load_tests(job, candidate)), candidate, job["code"])
        if outcome == "passed":
            results = []
            for name in job["functions"]:
                found, line = outcome_of(partial(run_function, name, space), candidate, job["code"], running=True)
                say("+", found, name + " " + line)
                results.append((name, found, line))
            outcome, detail = outcome_of_all(results)
    say("", outcome, detail)
    os._exit(0 if outcome == "passed" else 1)
