"""One program on its way through a box: build, then run on one input after the other.

A job can be taken up again in another box when the first one fails: what has been judged stays, the rest is run there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from sandbox.artifacts import Artifacts
from sandbox.capture import Capture, Returned
from sandbox.channel import Channel
from sandbox.descriptors import Descriptors, descriptors, memory_file, seal, size
from sandbox.execution import Execution, Grain, Limits, Program, Run, Status
from sandbox.guest.wire import ARTIFACT_NAME, LONGEST_WALL, MEMORY, VALUE
from sandbox.languages import Language, language_of

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
    ) -> None:
        self._language: Language = language_of(program)
        self._program, self._inputs, self._grain = program, inputs, grain
        self._memory_bytes = limits.memory_bytes
        self.limits = self._language.with_overhead(limits)
        self._keep_going = keep_going or (lambda _: True)
        self._artifacts = artifacts
        self._kept = Descriptors()
        self._source = self._kept.keep(memory_file("source", program.source.encode(errors="replace")))
        self._beside = self._beside_program()
        self._built: int | None = None
        self._build: Execution | None = None
        self._executions: list[Execution] = []
        self._done = False

    def close(self) -> None:
        self._kept.close_all()

    def result(self) -> Run:
        return Run(build=self._build, executions=tuple(self._executions))

    def advance(self, box: Box) -> None:
        """Do all that is left to do. Raises BoxError: then another box may go on."""
        if not self._language.in_guest and not self._ready(box):
            return
        while not self._done and len(self._executions) < len(self._inputs):
            if self._program.entry_point is None:
                self._run_stdio(box)
            else:
                self._run_calls(box)

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

    @property
    def streams(self) -> tuple[str, ...]:
        """What a run writes to, besides its standard streams."""
        return ("report",) if self._program.reports else ()

    def ended(self, answer: dict[str, Any], capture: Capture) -> Execution:
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

    def note_build(self, answer: dict[str, Any], stderr: bytes) -> bool:
        """Remember how an in-guest build ended; whether it came to a run."""
        if self._build is None and self._language.in_guest:
            if answer["built"]:
                self._build = Execution(status=Status.OK, exit_code=0, cpu_s=answer["build_cpu_s"])
            else:
                capture = Capture(len(stderr))
                capture.feed("stderr", stderr)
                self._build = execution(answer, capture)
        return bool(answer["built"])

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
        capture = Capture(limits.output_bytes)
        with descriptors() as kept:
            given = {"source": self._source, "artifact": artifact, "stdin": kept.keep(memory_file("stdin", b""))}
            for name, text in self._program.sources:
                given[f"file:{name}"] = kept.keep(memory_file("file", text.encode(errors="replace")))
            answer = box.channel.exchange(
                message, given, ("stdout", "stderr"), capture, patience_s=LONGEST_WALL * limits.wall_s + PATIENCE_S
            )
        build = execution(answer, capture)
        if answer["built"] and build.status is Status.OK:
            seal(artifact)
            self._built = artifact
            self._artifacts.put(self._program, artifact)
        elif build.status is Status.OK:
            build = Execution(status=Status.NONZERO_EXIT, exit_code=1, stderr=b"the build left no program behind\n")
        self._build = build

    def _keep_code(self, given: dict[str, int]) -> None:
        """Where the guest has left the compiled program: used from now on, by nobody to be changed."""
        if "compiled" in given and size(given["compiled"]):
            seal(given["compiled"])
            self._built = given["compiled"]

    def _append(self, execution: Execution) -> bool:
        self._executions.append(execution)
        going_on = self._keep_going(execution)
        self._done = self._done or not going_on
        return going_on

    def _request_more(self, *, several: bool) -> tuple[dict[str, Any], dict[str, int]]:
        message, given = self.request()
        if several and "source" in given:
            given["compiled"] = self._kept.keep(memory_file("compiled"))
        return message, given

    def _run_stdio(self, box: Box) -> None:
        box.limit_memory(self.limits.memory_bytes)
        message, given = self._request_more(several=len(self._inputs) > 1)
        capture = Capture(self.limits.output_bytes)
        with descriptors() as kept:
            given["stdin"] = kept.keep(memory_file("stdin", self._inputs[len(self._executions)]))
            answer = box.channel.exchange(
                message, given, ("stdout", "stderr", *self.streams), capture, patience_s=self.patience_s
            )
        self._keep_code(given)
        if self.note_build(answer, capture.stderr):
            self._append(self.ended(answer, capture))
        else:
            self._done = True

    def _run_calls(self, box: Box) -> None:
        """One process: the next call, or all that are left, until one of them ends the process."""
        box.limit_memory(self.limits.memory_bytes)
        alone = self._grain is Grain.PER_INPUT
        done = len(self._executions)
        batch = self._inputs[done : done + 1] if alone else self._inputs[done:]
        message, given = self._request_more(several=len(self._inputs) > 1)
        returned: list[Returned] = []
        last = time.monotonic()

        def on_returned(call: Returned) -> bool:
            nonlocal last
            if len(returned) == len(batch):
                return False
            returned.append(call)
            if alone:
                return True
            capture.new_call()
            wall_s, last = time.monotonic() - last, time.monotonic()
            return self._append(_called(call, wall_s=wall_s))

        capture = Capture(self.limits.output_bytes, on_returned=on_returned)
        with descriptors() as kept:
            lines = b"".join(line.replace(b"\n", b" ") + b"\n" for line in batch)
            given["arguments"] = kept.keep(memory_file("arguments", lines))
            given["stdin"] = kept.keep(memory_file("stdin", b""))
            answer = box.channel.exchange(
                message, given, ("stdout", "stderr", "values"), capture, patience_s=self.patience_s
            )
        self._keep_code(given)
        ended = execution(answer, capture)
        if not self.note_build(answer, capture.stderr):
            self._done = True
        elif alone and returned and ended.status is Status.OK:
            self._append(_called(returned[0], wall_s=ended.wall_s, process=ended))
        elif alone or (len(returned) < len(batch) and not capture.enough):
            self._append(_without_value(ended))


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


def execution(answer: dict[str, Any], capture: Capture) -> Execution:
    """The guest's account of a process, and what came out of it."""
    ended, code = answer["ended"], int(answer["code"])
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
        cpu_s=float(answer["cpu_s"]),
        wall_s=float(answer["wall_s"]),
        memory_bytes=int(answer["memory_bytes"]),
    )


_ENDS = {
    "signal": Status.SIGNALED,
    "cpu": Status.TIME_LIMIT,
    "wall": Status.TIME_LIMIT,
    "memory": Status.MEMORY_LIMIT,
    "stopped": Status.SIGNALED,
}
