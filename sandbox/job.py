"""One program on its way through a box: build, then run on one input after the other.

A job can be taken up again in another box when the first one fails: what has been judged stays, the rest is run there.

A time limit that was passed while others had the processor, but not by far, is not believed: that input is run again
alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from sandbox.artifacts import Artifacts
from sandbox.capture import Capture, Returned
from sandbox.channel import Channel, Feed, close_all
from sandbox.descriptors import Descriptors, memory_file, seal, size
from sandbox.execution import Execution, Grain, Limits, Program, Run, Status
from sandbox.guest.wire import ARTIFACT_NAME, LONGEST_WALL, MAX_DESCRIPTORS, MEMORY, QUIET, VALUE, Answer
from sandbox.languages import Language, language_of

_OUTPUT = ("stdout", "stderr")
_SILENT_LIMITS, _SILENT_S = 1.25, 0.25
"""When no call of a batch has ended for so many limits and seconds, its count of calls is checked."""

AT_ONCE = 16
"""Inputs in one request to a box, at most; for each about six descriptors are open for a moment."""

PATIENCE_S = 30.0
"""How much longer than its limits a run may take to be answered; the guest enforces the limits."""


class Box(Protocol):
    """One place in which one program at a time runs."""

    @property
    def channel(self) -> Channel: ...

    def limit_memory(self, memory_bytes: int) -> None:
        """What the box's programs may use from now on. Raises BoxError."""

    def kill(self) -> None:
        """End it and everything in it, and leave nothing behind. Idempotent, from any thread."""


class Job:
    """A `Sandbox.run` under way."""

    def __init__(
        self,
        program: Program,
        inputs: Sequence[bytes],
        limits: Limits,
        *,
        grain: Grain,
        keep_going: Callable[[Execution], bool] | None,
        artifacts: Artifacts,
        codes: Artifacts | None = None,
        at_once: int = AT_ONCE,
    ) -> None:
        """`codes`: where the code of a program that is run often is kept, when it is compiled in the guest."""
        self._language: Language = language_of(program)
        self._program, self._inputs, self._grain = program, inputs, grain
        self._memory_bytes = limits.memory_bytes
        self.limits = self._language.with_overhead(limits)
        self._keep_going = keep_going or (lambda _: True)
        self._artifacts, self._at_once = artifacts, at_once
        self._codes = codes if self._language.in_guest else None
        self._kept = Descriptors()
        self._source = self._kept.keep(memory_file("source", program.source.encode(errors="replace")))
        self._beside = self._beside_program()
        known = self._codes.get(program) if self._codes else None
        self._built = None if known is None else self._kept.keep(known)
        self._build: Execution | None = None
        self._executions: list[Execution] = []
        self._done = False
        self._alone = self.wants_quiet = False

    def close(self) -> None:
        self._kept.close_all()

    def result(self) -> Run:
        return Run(build=self._build, executions=tuple(self._executions))

    def advance(self, box: Box) -> None:
        """Do all that is left to do. Raises BoxError: then another box may go on."""
        if not self._language.in_guest and not self._ready(box):
            return
        while not self._done and not self.wants_quiet and len(self._executions) < len(self._inputs):
            if self._program.entry_point is not None and self._grain is Grain.PER_BATCH:
                self._run_batch(box)
            else:
                self._run_each(box)

    def advance_alone(self, box: Box) -> None:
        """Do the next input, when nothing else runs: what comes out counts. Raises BoxError."""
        self.wants_quiet, self._alone = False, True
        try:
            if self._program.entry_point is not None and self._grain is Grain.PER_BATCH:
                self._run_batch(box)
            else:
                self._run_each(box)
        finally:
            self._alone = False

    def prepare(self, box: Box) -> bool:
        """Build, where that is a step of its own; whether the program can be run."""
        return self._language.in_guest or self._ready(box)

    def request(self) -> tuple[dict[str, Any], dict[str, int]]:
        """A request to run the program, and its descriptors but for the standard ones."""
        message: dict[str, Any] = {
            "cpu_s": self.limits.cpu_s,
            "wall_s": self.limits.wall_s,
            "memory_bytes": self.limits.memory_bytes,
        }
        folders = [name for name, _ in self._program.files if name.endswith("/")]
        if folders:
            message["folders"] = folders
        if not self._language.in_guest:
            assert self._built is not None, "prepared before"
            command = self._language.run_command(self._program, artifact="{artifact}", memory_bytes=self._memory_bytes)
            return {**message, "job": "command", "command": command}, {"artifact": self._built, **self._beside}
        build = self._language.build_limits
        message |= {"job": "python", "build_cpu_s": build.cpu_s, "build_wall_s": build.wall_s}
        message["entry_point"] = self._program.entry_point
        if self._program.arguments:
            message["argv"] = list(self._program.arguments)
        if self._built is not None:
            return message, {"code": self._built, **self._beside}
        return message, {"source": self._source, **self._beside}

    def request_again(self) -> tuple[dict[str, Any], dict[str, int]]:
        """The same of a program that may be run again: with a descriptor for its code; see `keep_code`."""
        message, given = self.request()
        if (len(self._inputs) > 1 or self._codes) and "source" in given:
            given["compiled"] = self._kept.keep(memory_file("compiled"))
        return message, given

    def keep_code(self, given: dict[str, int]) -> None:
        """Where the guest has left the compiled program: used from now on, by nobody to be changed."""
        if "compiled" in given and size(given["compiled"]):
            seal(given["compiled"])
            self._built = given["compiled"]
            if self._codes:
                self._codes.put(self._program, self._built)

    @property
    def streams(self) -> tuple[str, ...]:
        """What a run writes to, besides its standard streams."""
        return ("report",) if self._program.reports else ()

    def ended(self, answer: Answer, capture: Capture) -> Execution:
        """How a run of the program ended."""
        return self._language.ended(execution(answer, capture))

    def _beside_program(self) -> dict[str, int]:
        """Descriptors of what lies beside the program while it runs, by "file:NAME"."""
        beside = {name: data for name, data in self._program.files if not name.endswith("/")}
        if self._language.in_guest:
            beside |= {name: text.encode(errors="replace") for name, text in self._program.sources}
        return {f"file:{name}": self._kept.keep(memory_file("file", data)) for name, data in beside.items()}

    @property
    def patience_s(self) -> float:
        return LONGEST_WALL * (self.limits.wall_s + self._language.build_limits.wall_s) + PATIENCE_S

    def _doubtful(self, answer: Answer) -> bool:
        """Whether a time limit was passed on a busy machine, or a call came back too late, so that the input has to be
        run again alone."""
        if not self._alone and answer.ended in ("cpu", "wall") and answer.waited_s > QUIET * answer.wall_s:
            self.wants_quiet = True
        return self.wants_quiet

    def _note_build(self, answer: Answer, stderr: bytes) -> bool:
        """Remember how an in-guest build ended; whether it came to a run."""
        if self._build is None and self._language.in_guest:
            if answer.built:
                self._build = Execution(status=Status.OK, exit_code=0, cpu_s=answer.build_cpu_s)
            else:
                capture = Capture(len(stderr))
                capture.feed("stderr", stderr)
                self._build = execution(answer, capture)
        self._done = self._done or not answer.built
        return answer.built

    def _ready(self, box: Box) -> bool:
        if self._built is None and self._build is None:
            cached = self._artifacts.get(self._program)
            if cached is None:
                self._compile(box)
            else:
                self._built = self._kept.keep(cached)
                self._build = Execution(status=Status.OK, exit_code=0)
        return self._built is not None

    def _compile(self, box: Box) -> None:
        language, limits = self._language, self._language.build_limits
        box.limit_memory(limits.memory_bytes)
        message = {
            "job": "build",
            "command": language.build_command(self._program, artifact=ARTIFACT_NAME),
            "source_name": language.source_file(self._program),
            "cpu_s": limits.cpu_s,
            "wall_s": limits.wall_s,
            "memory_bytes": limits.memory_bytes,
        }
        artifact = self._kept.keep(memory_file("artifact", executable=True))
        feed = Feed({"stdin": memory_file("stdin", b"")}, ("stdout", "stderr"), Capture(limits.output_bytes))
        patience_s = LONGEST_WALL * limits.wall_s + PATIENCE_S
        given = {"source": self._source, "artifact": artifact}
        for name, text in self._program.sources:
            given[f"file:{name}"] = self._kept.keep(memory_file("file", text.encode(errors="replace")))
        answer = box.channel.exchange_one(message, given, feed, patience_s=patience_s)
        build = execution(answer, feed.capture)
        if answer.built and build.status is Status.OK:
            seal(artifact)
            self._built = artifact
            self._artifacts.put(self._program, artifact)
        elif build.status is Status.OK:
            build = Execution(status=Status.NONZERO_EXIT, exit_code=1, stderr=b"the build left no program behind\n")
        self._build = build

    def _append(self, execution: Execution) -> bool:
        self._executions.append(execution)
        going_on = self._keep_going(execution)
        self._done = self._done or not going_on
        return going_on

    def _run_each(self, box: Box) -> None:
        """A process for every input that is left, some inputs a request; the next ones are made ready meanwhile."""
        box.limit_memory(self.limits.memory_bytes)
        calls = self._program.entry_point is not None
        made = len(self._executions)
        ready = self._feeds(made, calls=calls)
        try:
            while ready and not self._done and not self.wants_quiet:
                feeds, made = ready, made + len(ready)
                ready = []
                message, given = self.request_again()

                def make_ready(made: int = made) -> None:
                    nonlocal ready
                    ready = self._feeds(made, calls=calls)

                def on_answer(answer: Answer, capture: Capture) -> bool:
                    if self._doubtful(answer) or not self._note_build(answer, capture.stderr):
                        return False
                    return self._append(_alone(answer, capture) if calls else self.ended(answer, capture))

                try:
                    box.channel.exchange(
                        message, given, feeds, on_answer, patience_s=self.patience_s, on_sent=make_ready
                    )
                finally:
                    close_all(feeds)
                self.keep_code(given)
                if len(self._executions) < made:
                    return  # the box is to be thrown away, or no more is wanted
        finally:
            close_all(ready)

    def _feeds(self, start: int, *, calls: bool) -> list[Feed]:
        feeds: list[Feed] = []
        name, read = ("arguments", (*_OUTPUT, "values")) if calls else ("stdin", (*_OUTPUT, *self.streams))
        count = min(self._at_once, max(1, (MAX_DESCRIPTORS - len(self._beside) - 2) // 5))
        if self._alone:
            count = 1 if start == len(self._executions) else 0
        try:
            for given in self._inputs[start : start + count]:
                data = _one_line(given) if calls else given
                capture = Capture(self.limits.output_bytes)
                feeds.append(Feed({name: memory_file(name, data)}, read, capture))
        except OSError:
            close_all(feeds)
            raise
        return feeds

    def _run_batch(self, box: Box) -> None:
        """One process for all calls that are left, until one of them ends the process."""
        box.limit_memory(self.limits.memory_bytes)
        done = len(self._executions)
        batch = self._inputs[done : done + 1] if self._alone else self._inputs[done:]
        # Most batches come through in one process, which has no use for the code that it would leave behind.
        message, given = self.request_again() if done else self.request()
        message["calls"] = len(batch)
        answered = 0
        last = time.monotonic()

        def on_returned(call: Returned) -> bool:
            nonlocal answered, last
            if answered == len(batch):
                return False
            answered += 1
            capture.new_call()
            wall_s, last = time.monotonic() - last, time.monotonic()
            late = call.cpu_s > self.limits.cpu_s
            if late and not self._alone:
                self.wants_quiet = True
                return False
            ended = _called(call, wall_s=wall_s)
            return self._append(replace(ended, status=Status.TIME_LIMIT, exit_code=None, value=None) if late else ended)

        capture = Capture(self.limits.output_bytes, on_returned=on_returned)
        lines = memory_file("arguments", b"".join(map(_one_line, batch)))
        feed = Feed({"arguments": lines}, (*_OUTPUT, "values"), capture)
        silence_s = _SILENT_LIMITS * self.limits.cpu_s + _SILENT_S
        answer = box.channel.exchange_one(message, given, feed, patience_s=self.patience_s, silence_s=silence_s)
        self.keep_code(given)
        if self._doubtful(answer) or not self._note_build(answer, capture.stderr):
            return
        if answered < len(batch) and not capture.enough:
            self._append(_without_value(execution(answer, capture)))


def _one_line(arguments: bytes) -> bytes:
    return arguments.replace(b"\n", b" ") + b"\n"


def _alone(answer: Answer, capture: Capture) -> Execution:
    """A call that had a process of its own."""
    ended = execution(answer, capture)
    if capture.returned and ended.status is Status.OK:
        return _called(capture.returned[0], wall_s=ended.wall_s, process=ended)
    return _without_value(ended)


def _called(call: Returned, *, wall_s: float, process: Execution | None = None) -> Execution:
    """A call that came to an end. With `process`, it was alone in it."""
    good = call.kind == VALUE
    status = Status.OK if good else Status.MEMORY_LIMIT if call.kind == MEMORY else Status.NONZERO_EXIT
    return Execution(
        status=status,
        exit_code=0 if good else 1 if status is Status.NONZERO_EXIT else None,
        stdout=process.stdout if process else b"",
        stderr=(process.stderr if process else b"") + (b"" if good else call.payload),
        value=call.payload if good else None,
        cpu_s=process.cpu_s if process else call.cpu_s,
        wall_s=wall_s,
        memory_bytes=process.memory_bytes if process else 0,
    )


def _without_value(ended: Execution) -> Execution:
    """The process ended before the call did. An exit without error is not a result."""
    if ended.status is not Status.OK:
        return ended
    note = b"the program ended the process inside a call\n"
    return Execution(
        status=Status.NONZERO_EXIT,
        exit_code=ended.exit_code,
        stdout=ended.stdout,
        stderr=ended.stderr + note,
        cpu_s=ended.cpu_s,
        wall_s=ended.wall_s,
        memory_bytes=ended.memory_bytes,
    )


def execution(answer: Answer, capture: Capture) -> Execution:
    """The guest's account of a process, and what came out of it."""
    ended, code = answer.ended, answer.code
    if capture.exceeded:
        status = Status.OUTPUT_LIMIT
    elif ended == "exit":
        status = Status.NONZERO_EXIT if code else Status.OK
    else:
        status = _ENDS[ended]
    return Execution(
        status=status,
        exit_code=code if ended == "exit" and not capture.exceeded else None,
        signal=code if ended == "signal" and not capture.exceeded else None,
        stdout=capture.stdout,
        stderr=capture.stderr,
        report=capture.report,
        cpu_s=answer.cpu_s,
        wall_s=answer.wall_s,
        memory_bytes=answer.memory_bytes,
    )


_ENDS = {
    "signal": Status.SIGNALED,
    "cpu": Status.TIME_LIMIT,
    "wall": Status.TIME_LIMIT,
    "memory": Status.MEMORY_LIMIT,
    "stopped": Status.SIGNALED,
}
