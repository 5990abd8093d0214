"""A program of a Kattis package + the package's tests -> verdict, in the words of the package.

The default validator compares on the host. A package's own validator is a program like any other: it runs in a box of
its own, with the test's input and answer and what the submission wrote, and says by exit code 42 or 43 what it found.
An interactive one talks with the submission over crossed pipes.
"""

from __future__ import annotations

import re
import signal
from dataclasses import dataclass, replace
from pathlib import PurePath

from benchmarks.verdict import last_line
from codegen.judging import build_message
from problems.errors import ProblemError
from problems.formats.kattis_package import Package, PackageTest, Source, decide
from sandbox.execution import Execution, Limits, Program, Sandbox, Status
from sandbox.languages import language_of_file

RIGHT, WRONG = 42, 43
"""Exit codes of a validator. Any other is a fault of its own."""

JUDGE_ERROR = "IE"
_ENDED = {
    Status.NONZERO_EXIT: "RTE",
    Status.SIGNALED: "RTE",
    Status.TIME_LIMIT: "TLE",
    Status.MEMORY_LIMIT: "RTE",
    Status.OUTPUT_LIMIT: "RTE",
}
"""The format knows four verdicts; a program that used up memory or output has crashed."""

_MAINS = {
    "c": re.compile(r"\bmain\s*\("),
    "cpp": re.compile(r"\bmain\s*\("),
    "java": re.compile(r"\bvoid\s+main\s*\("),
    "go": re.compile(r"\bfunc\s+main\s*\("),
    "rust": re.compile(r"\bfn\s+main\s*\("),
}
"""What stands in the main one of several files; in other languages it is the one that no other imports."""
_MAIN_NAMES = ("main", "__main__", "index")
_IMPORTED = re.compile(r"(?:import|from|require\()\s*[\"']?(?:\./)?(\w+)")

_FEEDBACK = "feedback/"
_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How a submission fared: the verdict of its first test that is not passed.

    Attributes:
        cpu_s: Of the slowest test.
    """

    verdict: str
    detail: str = ""
    cpu_s: float = 0.0


def language_in(source: Source) -> str | None:
    """Language of a program's files, by their endings; None when there is none for them."""
    return next((found for name, _ in source.files if (found := language_of_file(name))), None)


def program_of(source: Source, language: str) -> Program:
    """Raises ProblemError when the program brings its own way of being built."""
    for name, _ in source.files:
        if PurePath(name).name in ("build", "run"):
            raise ProblemError(f"{source.path}: programs with a script '{name}' of their own are not supported")
    own = [each for each in source.files if language_of_file(each[0]) == language] or list(source.files)
    main = _main_file(own, language)
    return Program(language=language, source=main[1], sources=tuple(each for each in source.files if each is not main))


def _main_file(files: list[tuple[str, str]], language: str) -> tuple[str, str]:
    if sign := _MAINS.get(language):
        return next((each for each in files if sign.search(each[1])), files[0])
    imported = {name for _, text in files for name in _IMPORTED.findall(text)}
    stems = {each: PurePath(each[0]).stem for each in files}
    named = [each for each in files if stems[each] in _MAIN_NAMES]
    return next(iter(named or [each for each in files if stems[each] not in imported] or files))


class Judge:
    """Judges programs on one package's tests."""

    def __init__(self, package: Package, sandbox: Sandbox) -> None:
        """Raises ProblemError for a validator in a language that there is not."""
        self._package, self._sandbox = package, sandbox
        self._validators = [_validator(source, package) for source in package.validators]
        settings = package.settings
        self._validation = Limits(
            cpu_s=settings.validation_time_s,
            wall_s=2 * settings.validation_time_s,
            memory_bytes=settings.validation_memory_bytes,
            output_bytes=settings.output_bytes,
        )

    def limits(self, cpu_s: float) -> Limits:
        """Limits of a test, for submissions that may take `cpu_s`."""
        settings = self._package.settings
        return Limits(
            cpu_s=cpu_s,
            wall_s=max(10.0, 3 * cpu_s),
            memory_bytes=settings.memory_bytes,
            output_bytes=settings.output_bytes,
        )

    def judge(self, program: Program, cpu_s: float) -> Found:
        """Run on the tests in order, to the first that is not passed. Raises SandboxError."""
        if self._package.settings.interactive:
            return self._in_turn(program, self.limits(cpu_s), talking=True)
        if self._validators:
            return self._in_turn(program, self.limits(cpu_s), talking=False)
        return self._compared(program, self.limits(cpu_s))

    def _compared(self, program: Program, limits: Limits) -> Found:
        tests = self._package.tests
        found = Found(verdict=JUDGE_ERROR, detail="not all tests were run")
        slowest, passed = 0.0, 0

        def keep_going(execution: Execution) -> bool:
            nonlocal found, slowest, passed
            slowest = max(slowest, execution.cpu_s)
            test = tests[passed]
            if execution.status is not Status.OK:
                found = _ended(execution, test)
            elif decision := _wrong(test, execution.stdout):
                found = Found(verdict="WA", detail=f"{test.name}: {decision}")
            else:
                passed += 1
                return True
            return False

        run = self._sandbox.run(program, [test.input for test in tests], limits, keep_going=keep_going)
        if not run.built:
            return Found(verdict="CE", detail=build_message(run)[:_SHOWN])
        if passed == len(tests):
            found = Found(verdict="AC")
        return replace(found, cpu_s=slowest)

    def _in_turn(self, program: Program, limits: Limits, *, talking: bool) -> Found:
        slowest = 0.0
        for test in self._package.tests:
            found = self._talk(program, test, limits) if talking else self._validated(program, test, limits)
            slowest = max(slowest, found.cpu_s)
            if found.verdict != "AC":
                break
        return replace(found, cpu_s=slowest)

    def _validated(self, program: Program, test: PackageTest, limits: Limits) -> Found:
        run = self._sandbox.run(program, [test.input], limits)
        if not run.built:
            return Found(verdict="CE", detail=build_message(run)[:_SHOWN])
        ended = run.executions[0]
        if ended.status is not Status.OK:
            return replace(_ended(ended, test), cpu_s=ended.cpu_s)
        for validator in self._validators:
            judged = self._sandbox.run(_on(validator, test), [ended.stdout], self._validation)
            said = judged.executions[0] if judged.executions else judged.build
            assert said is not None, "there is a build where nothing was executed"
            found = _said(said, test)
            if found.verdict != "AC":
                return replace(found, cpu_s=ended.cpu_s)
        return Found(verdict="AC", cpu_s=ended.cpu_s)

    def _talk(self, program: Program, test: PackageTest, limits: Limits) -> Found:
        ended, said = self._sandbox.converse(program, _on(self._validators[0], test), limits)
        if _never_ran(ended, said):
            return Found(verdict=JUDGE_ERROR, detail=f"the validator cannot be built: {last_line(said.stderr)}")
        if _never_ran(said, ended) or _does_not_parse(ended):
            return Found(verdict="CE", detail=last_line(ended.stderr))
        found = _said(said, test)
        validator_first = said.place == 1 and (found.verdict == "WA" or _cut_off(ended))
        if ended.status is Status.OK or validator_first:
            return replace(found, cpu_s=ended.cpu_s)
        return replace(_ended(ended, test), cpu_s=ended.cpu_s)


def _validator(source: Source, package: Package) -> Program:
    language = language_in(source)
    if language is None:
        raise ProblemError(f"{package.id}: the validator {source.path} is in no language that is known here")
    return program_of(source, language)


def _on(validator: Program, test: PackageTest) -> Program:
    """The validator as it is called for one test: input, answer, folder for feedback, flags."""
    return replace(
        validator,
        arguments=("test.in", "test.ans", _FEEDBACK, *test.flags),
        files=(("test.in", test.input), ("test.ans", test.answer), (_FEEDBACK, b"")),
    )


def _said(validator: Execution, test: PackageTest) -> Found:
    if validator.exit_code == RIGHT:
        return Found(verdict="AC")
    if validator.exit_code == WRONG:
        return Found(verdict="WA", detail=f"{test.name}: {last_line(validator.stderr) or 'the validator says so'}")
    how = f"the validator ended with {validator.status.value}, exit code {validator.exit_code}"
    return Found(verdict=JUDGE_ERROR, detail=f"{test.name}: {how} {last_line(validator.stderr)}".rstrip())


def _ended(execution: Execution, test: PackageTest) -> Found:
    if execution.status is Status.TIME_LIMIT:
        how = f"{execution.cpu_s:.2f} s of CPU, {execution.wall_s:.2f} s in all"
    else:
        last = execution.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        code = f"signal {execution.signal}" if execution.signal else f"exit code {execution.exit_code}"
        how = " ".join((execution.status.value, *([code] if execution.exit_code or execution.signal else []), *last))
    return Found(verdict=_ENDED[execution.status], detail=f"{test.name}: {how}"[:_SHOWN])


def _wrong(test: PackageTest, output: bytes) -> str:
    decision = decide(test, output)
    return "" if decision.ok else decision.reason or "wrong answer"


def _never_ran(side: Execution, other: Execution) -> bool:
    """Of a conversation that never began, since the other side could not be built."""
    return side == Execution(status=other.status, exit_code=other.exit_code)


def _cut_off(ended: Execution) -> bool:
    """Ended by writing to a validator that had heard enough, which is no crash of its own."""
    return ended.signal == signal.SIGPIPE or b"roken pipe" in ended.stderr or b"EPIPE" in ended.stderr


def _does_not_parse(ended: Execution) -> bool:
    """Python says so without a traceback."""
    refused = last_line(ended.stderr).startswith(("SyntaxError", "IndentationError", "TabError"))
    return refused and ended.status is Status.NONZERO_EXIT and b"Traceback" not in ended.stderr
