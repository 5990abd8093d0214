"""Recording -> Matrices: every different program once on all inputs, in the sandbox; resumable, stored compactly.

An assert `f(x) == y` is an input and an expected value, so that one execution answers all asserts about the same call.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from benchmarks.selection.cache import Cache
from benchmarks.selection.plans import Plan, stored_plan
from benchmarks.selection.pools import Recording
from codegen.alpha import alpha_key
from codegen.fingerprints import NOT_RUN, outcome_of
from codegen.judging import retried
from codegen.programs import code_size, executable
from codegen.python_source import parse
from problems.asserts import holds
from problems.checkers import check
from sandbox.execution import Execution, Grain, Limits, Program, Run, Sandbox, Status

LIMITS = Limits(cpu_s=0.5, wall_s=5.0, memory_bytes=512 << 20, output_bytes=1 << 20)
"""Short: what takes longer on inputs as small as these is told apart by that."""
PATIENCE = 1
"""After so many time limits the other inputs get `HURRIED`: a slow input must not hide what comes of the rest."""
HURRIED = replace(LIMITS, cpu_s=0.05)
HURRIED_PATIENCE = 5
"""After so many more the rest counts as timed out."""
DIGEST_BYTES = 8
_HEAD = 48
_VERSION = 3
"""Of what a row says."""
_KEYS = 1
"""Of what makes programs equal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one program did.

    Attributes:
        outcomes: A digest an input.
        asserts: Whether each of the model's tests holds.
        examples: Whether each public test is passed.
        executions: Calls that were made.
        seconds: Of processor time.
        size: How much code it is (`codegen.programs.code_size`).
    """

    outcomes: tuple[str, ...]
    asserts: tuple[bool, ...]
    examples: tuple[bool, ...]
    executions: int
    seconds: float
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrices:
    """Attributes:
    keys: Of each sample; equal programs have equal keys.
    rows: Key -> what the program did.
    """

    plan: Plan
    keys: tuple[str, ...]
    rows: Mapping[str, Row]


def execute(
    recording: Recording, cache: Cache, sandbox: Callable[[], Sandbox], *, on_program: Callable[[], None] = lambda: None
) -> Matrices:
    """The matrices of a problem: what the cache holds, and the rest by running it."""
    chosen = stored_plan(recording, cache)
    keys = _stored_keys(recording, cache)
    sources = dict(zip(keys, recording.programs, strict=True))
    group = _group_key(recording, chosen)
    rows = {key: _unpacked(blob, recording, chosen) for key, blob in cache.read(group).items() if key in sources}
    waiting = [key for key in sources if key not in rows]
    for _ in rows:
        on_program()
    runner = _Runner(recording, chosen, sandbox)
    if waiting:
        with ThreadPoolExecutor(sandbox().slots) as executor, cache.writer(group) as store:
            for key, row in executor.map(lambda key: (key, runner.run(sources[key])), waiting):
                rows[key] = row
                store(key, _packed(row))
                on_program()
    return Matrices(plan=chosen, keys=keys, rows=rows)


def _stored_keys(recording: Recording, cache: Cache) -> tuple[str, ...]:
    """Equal for programs that are equal but for the names of variables. To read them all again would take seconds."""
    texts = json.dumps([_KEYS, recording.language, recording.programs]).encode()
    group = f"keys:{hashlib.sha256(texts).hexdigest()}"
    if known := cache.read(group).get("keys"):
        return tuple(json.loads(known))
    keys = tuple(alpha_key(source, recording.language) for source in recording.programs)
    with cache.writer(group) as store:
        store("keys", json.dumps(keys).encode())
    return keys


class _Runner:
    """Runs programs of one problem. Safe from several threads."""

    def __init__(self, recording: Recording, chosen: Plan, sandbox: Callable[[], Sandbox]) -> None:
        self._recording, self._plan, self._sandbox = recording, chosen, sandbox
        self._inputs = [text.encode("utf-8", "surrogatepass") for text in chosen.texts]
        self._place = {text: place for place, text in enumerate(chosen.inputs, start=len(chosen.examples))}
        self._known: dict[tuple[int, bytes], bool] = {}

    def run(self, source: str) -> Row:
        size = code_size(source, self._recording.language)
        if self._recording.language == "python" and parse(source) is None:
            return self._not_run(size)
        program = executable(self._recording.problem, source, self._recording.language)
        executions = self._executions(program)
        if executions is None:
            return self._not_run(size)
        asserts = []
        for number, expectation in enumerate(self._recording.tests):
            value = executions[self._place[expectation.case.input]].value
            asserts.append(value is not None and self._holds(number, value))
        shown = len(self._plan.examples)
        outcomes = [outcome_of(each, program, self._recording.problem).digest for each in executions[shown:]]
        return Row(
            outcomes=tuple(digest[: 2 * DIGEST_BYTES] for digest in outcomes),
            asserts=tuple(asserts),
            examples=tuple(self._examples(executions[:shown], program)),
            executions=len(executions),
            seconds=sum(each.cpu_s for each in executions),
            size=size,
        )

    def _not_run(self, size: int) -> Row:
        """Of a program that cannot be built."""
        return Row(
            outcomes=(NOT_RUN.digest,) * len(self._plan.inputs),
            asserts=(False,) * len(self._recording.tests),
            examples=(False,) * len(self._plan.examples),
            executions=0,
            seconds=0.0,
            size=size,
        )

    def _executions(self, program: Program) -> list[Execution] | None:
        """One an input; None for a program that cannot be built."""
        done: list[Execution] = []
        for limits, patience in ((LIMITS, PATIENCE), (HURRIED, HURRIED_PATIENCE)):
            if len(done) == len(self._inputs):
                break
            run = self._patiently(program, self._inputs[len(done) :], limits, patience)
            if not run.built:
                return None
            done += run.executions
        return done + [Execution(status=Status.TIME_LIMIT)] * (len(self._inputs) - len(done))

    def _patiently(self, program: Program, inputs: Sequence[bytes], limits: Limits, patience: int) -> Run:
        """Run until so many inputs have ended by time."""
        grain = Grain.PER_INPUT if program.entry_point is None else Grain.PER_BATCH

        def attempt() -> Run:
            timeouts = 0

            def keep_going(execution: Execution) -> bool:
                nonlocal timeouts
                timeouts += execution.status is Status.TIME_LIMIT
                return timeouts < patience

            return self._sandbox().run(program, inputs, limits, grain=grain, keep_going=keep_going)

        return retried(attempt)

    def _holds(self, number: int, value: bytes) -> bool:
        known = self._known.get((number, value))
        if known is None:
            known = self._known[(number, value)] = holds(self._recording.tests[number], value)
        return known

    def _examples(self, executions: Sequence[Execution], program: Program) -> list[bool]:
        found = []
        for case, execution in zip(self._plan.examples, executions, strict=True):
            output = execution.value if program.entry_point is not None else execution.stdout
            ended = execution.status is Status.OK and output is not None
            found.append(
                ended and (case.output is None or check(self._recording.problem.checker, case.output, output or b"").ok)
            )
        return found


def _group_key(recording: Recording, chosen: Plan) -> str:
    """Changes with everything that a stored row depends on."""
    tests = [(each.case.input, each.case.output, each.relation, each.tolerance) for each in recording.tests]
    examples = [(case.input, case.output) for case in chosen.examples]
    checker = recording.problem.checker
    what = [_VERSION, recording.problem.id, recording.language, chosen.inputs, tests, examples, repr(checker)]
    return hashlib.sha256(json.dumps([*what, repr(LIMITS), repr(HURRIED)]).encode()).hexdigest()


def _packed(row: Row) -> bytes:
    known = {status.value: number for number, status in enumerate(Status)} | {NOT_RUN.digest: len(Status)}
    parts = [
        bytes([known[each]]) + bytes(DIGEST_BYTES - 1) if each in known else bytes.fromhex(each)
        for each in row.outcomes
    ]
    head = json.dumps([row.executions, round(row.seconds, 4), row.size]).encode().ljust(_HEAD)
    return head + b"".join(parts) + bytes(row.asserts) + bytes(row.examples)


def _unpacked(blob: bytes, recording: Recording, chosen: Plan) -> Row:
    names = [status.value for status in Status] + [NOT_RUN.digest]
    executions, seconds, size = json.loads(blob[:_HEAD])
    end = _HEAD + DIGEST_BYTES * len(chosen.inputs)
    outcomes = []
    for start in range(_HEAD, end, DIGEST_BYTES):
        part = blob[start : start + DIGEST_BYTES]
        outcomes.append(names[part[0]] if not any(part[1:]) and part[0] < len(names) else part.hex())
    asserts = blob[end : end + len(recording.tests)]
    examples = blob[end + len(recording.tests) :]
    return Row(
        outcomes=tuple(outcomes),
        asserts=tuple(map(bool, asserts)),
        examples=tuple(map(bool, examples)),
        executions=executions,
        seconds=seconds,
        size=size,
    )
