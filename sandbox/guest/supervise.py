"""PID 1's part in a run: fork, watch the limits, kill everything, clean up, say how it ended.

Whoever is not PID 1 and still alive after the run's main process has ended is killed too: `kill(-1)` reaches every
process of the PID namespace at one instant, so that no fork bomb outruns it.
"""

from __future__ import annotations

import mmap
import os
import resource
import select
import signal
import socket
import stat
import sys
import time
from contextlib import suppress
from typing import Any

from sandbox.guest import calls, child, wire
from sandbox.guest.confine import Confinement
from sandbox.guest.meter import Meter
from sandbox.guest.wipe import wipe

MAX_ARTIFACT_BYTES = 64 << 20

_WRITABLE = ("/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run/lock")  # noqa: S108
_SHORTEST_WAIT_S, _LOOK_EVERY_S = 0.001, 0.02


class _Watch:
    """Limits of the phase under way, and what had been used when it began."""

    def __init__(self, cpu_s: float, wall_s: float, begun_wall: float) -> None:
        self.cpu_s, self.wall_s = cpu_s, wall_s
        self.begun_cpu, self.begun_wall, self.begun_waited = 0.0, begun_wall, 0.0
        self.call = -1


class _Report:
    """What the child says on its pipe: that it came out of the build (its word counts once), that memory ran out."""

    def __init__(self, descriptor: int, *, built: bool) -> None:
        self.descriptor, self.built = descriptor, built
        self.build_cpu_s = 0.0
        self.out_of_memory = False
        self.text = b""

    def read(self) -> None:
        with suppress(BlockingIOError):
            while len(self.text) < 4096 and (data := os.read(self.descriptor, 512)):
                self.text += data
        first, *others = self.text.split(b"\n")
        if others and not self.built and first.startswith(b"built "):
            self.built, self.build_cpu_s = True, float(first[6:])
        self.out_of_memory = b"memory" in others


def _process_cpu_s(pid: int) -> float:
    """Processor time of one living process; the clock's number is made of the PID (see clock_getcpuclockid)."""
    with suppress(OSError):
        return time.clock_gettime((~pid << 3) | 2)
    return 0.0


def _waited_s() -> float:
    """How long the thread that waited longest was ready to run, while others had the processor (other runs, mostly)."""
    longest = 0
    for process in os.listdir("/proc"):
        if process.isdigit() and process != "1":
            with suppress(OSError):
                for thread in os.listdir(f"/proc/{process}/task"):
                    with open(f"/proc/{process}/task/{thread}/schedstat", "rb") as file:
                        longest = max(longest, int(file.read().split()[1]))
    return longest / 1e9


def _self_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Box:
    """One run at a time, and nothing of it afterwards."""

    def __init__(self, channel: socket.socket, meter: Meter, confinement: Confinement) -> None:
        self._channel, self._meter, self._confinement = channel, meter, confinement
        self._page = mmap.mmap(-1, mmap.PAGESIZE)
        with self._as_owner():
            self._folders = [path for path in _WRITABLE if os.access(path, os.W_OK, effective_ids=True)]

    def describe(self) -> dict[str, Any]:
        return {
            "python": sys.version.split()[0],
            "machine": os.uname().machine,
            "meter": self._meter.name,
            "limits_memory": self._meter.limits_memory,
            "landlock": self._confinement.landlock,
            "seccomp": True,
            "uid": self._confinement.uid,
            "idle_memory_bytes": self._meter.memory_bytes(),
        }

    def run(self, request: dict[str, Any], fds: dict[str, int]) -> dict[str, Any]:
        """The answer to a "run" request (see `wire`). Everything the run started is dead and wiped when it returns."""
        run = _Run(self._channel, self._meter, self._page, request)
        answer = run.perform(fds, self._confinement)
        with self._as_owner():
            if request["job"] == "build" and answer["built"]:
                answer["built"] = _collect(fds["artifact"])
            answer["clean"] = min([wipe(folder) for folder in self._folders], default=True)
        return answer

    def _as_owner(self) -> _AsOwner:
        return _AsOwner(self._confinement.uid)


class _AsOwner:
    """Act as the programs' uid for a while, so that their files are touched with their rights and no more."""

    def __init__(self, uid: int | None) -> None:
        self._uid = uid

    def __enter__(self) -> None:
        if self._uid is not None:
            os.setegid(self._uid)
            os.seteuid(self._uid)

    def __exit__(self, *_: object) -> None:
        if self._uid is not None:
            os.seteuid(0)
            os.setegid(0)


def _collect(target: int) -> bool:
    """Copy the build's one file to the host's descriptor. All processes are dead; no link is followed."""
    try:
        source = os.open(f"/tmp/{wire.ARTIFACT_NAME}", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)  # noqa: S108
    except OSError:
        return False
    try:
        about = os.fstat(source)
        if not stat.S_ISREG(about.st_mode) or about.st_size > MAX_ARTIFACT_BYTES:
            return False
        while data := os.read(source, 1 << 20):
            os.write(target, data)
    finally:
        os.close(source)
    return True


class _Run:
    """One fork, watched to its end."""

    def __init__(self, channel: socket.socket, meter: Meter, page: mmap.mmap, request: dict[str, Any]) -> None:
        self._channel, self._meter, self._page, self._request = channel, meter, page, request
        self._in_guest = request["job"] == "python"
        self._peak_bytes = 0

    def perform(self, fds: dict[str, int], confinement: Confinement) -> dict[str, Any]:
        request = self._request
        request["backstop_cpu_s"] = int(request["cpu_s"] + request.get("build_cpu_s", 0)) + 2
        if "arguments" in fds:
            request["backstop_cpu_s"] = 1 << 30  # the limit is one call's; `_over` sees to it
        if not self._meter.limits_memory:
            request["address_space"] = 4 * request["memory_bytes"] + (4 << 30)
        calls.PROGRESS.pack_into(self._page, 0, -1, 0.0, 0.0)
        reading, writing = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._report = _Report(reading, built=not self._in_guest)
        self._kills, self._cpu, self._self = self._meter.oom_kills(), self._meter.cpu_s(), _self_cpu_s()
        children, begun = _children_cpu_s(), time.monotonic()
        first = "build_" if self._in_guest else ""
        watch = _Watch(request[first + "cpu_s"], request[first + "wall_s"], begun)
        pid = os.fork()
        if pid == 0:
            child.run(request, fds, confinement, writing, self._page)
        os.close(writing)
        limit = self._watch(pid, watch)
        wall = time.monotonic() - begun
        with suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)
        _, status, usage = os.wait4(pid, 0)
        self._peak_bytes = max(self._peak_bytes, usage.ru_maxrss << 10)
        self._reap()
        self._report.read()
        os.close(reading)
        cpu = max(self._used_cpu_s(), _children_cpu_s() - children)
        return self._answer(status, limit, cpu, wall)

    def _answer(self, status: int, limit: str | None, cpu: float, wall: float) -> dict[str, Any]:
        report, request = self._report, self._request
        build_cpu = min(report.build_cpu_s, cpu) if self._in_guest and report.built else 0.0
        code = os.waitstatus_to_exitcode(status)
        built = report.built and (request["job"] != "build" or (code == 0 and limit is None))
        allowed = request["cpu_s"] if report.built else request["build_cpu_s"]
        ended = limit or ("exit" if code >= 0 else "signal")
        if self._meter.oom_kills() > self._kills or (report.out_of_memory and limit is None):
            ended = "memory"
        elif limit is None and "arguments" not in request["fds"] and cpu - build_cpu > allowed:
            ended = "cpu"
        return {
            "id": request["id"],
            "built": built,
            "ended": ended,
            "code": abs(code),
            "cpu_s": cpu - build_cpu,
            "wall_s": wall,
            "build_cpu_s": build_cpu,
            "memory_bytes": self._peak_bytes,
        }

    def _reap(self) -> None:
        while True:
            try:
                _pid, _status, usage = os.wait4(-1, 0)
            except ChildProcessError:
                return
            self._peak_bytes = max(self._peak_bytes, usage.ru_maxrss << 10)

    def _used_cpu_s(self) -> float:
        return self._meter.cpu_s() - self._cpu - (_self_cpu_s() - self._self)

    def _watch(self, pid: int, watch: _Watch) -> str | None:
        """Until the main process ends (None), or a limit's name."""
        poller = select.poll()
        ending = os.pidfd_open(pid)
        poller.register(ending, select.POLLIN)
        poller.register(self._channel, select.POLLIN)
        wait = min(watch.cpu_s, watch.wall_s, self._request["cpu_s"], self._request["wall_s"])
        try:
            while True:
                if not self._meter.limits_memory:
                    wait = min(wait, _LOOK_EVERY_S)
                ready = {descriptor for descriptor, _ in poller.poll(max(wait, _SHORTEST_WAIT_S) * 1000)}
                if ending in ready:
                    return None
                if ready and self._stopped():
                    return "stopped"
                limit, wait = self._over(pid, watch)
                if limit:
                    return limit
        finally:
            os.close(ending)

    def _stopped(self) -> bool:
        message, descriptors = wire.receive(self._channel)
        for descriptor in descriptors:
            os.close(descriptor)
        if message is None:
            os._exit(0)  # the host is gone: PID 1 ends, and with it the box
        return message.get("op") == "stop" and message.get("id") == self._request["id"]

    def _over(self, pid: int, watch: _Watch) -> tuple[str | None, float]:
        """The limit that was passed, if any, and how long none can be."""
        now = time.monotonic()
        if not self._meter.limits_memory:
            used = self._meter.memory_bytes()
            self._peak_bytes = max(self._peak_bytes, used)
            if used > self._request["memory_bytes"]:
                return "memory", 0.0
        cpu = self._used_cpu_s()
        if self._in_guest and watch.begun_cpu == 0.0:
            self._report.read()
            if self._report.built:
                built_at = min(self._report.build_cpu_s, cpu)
                # When exactly it was built is not known to the wall clock; not earlier than its processor time.
                watch.begun_cpu, watch.begun_wall = max(built_at, 1e-9), watch.begun_wall + built_at
                watch.cpu_s, watch.wall_s = self._request["cpu_s"], self._request["wall_s"]
        if "arguments" in self._request["fds"] and self._report.built:
            self._follow_calls(pid, watch, cpu, now)
        left_cpu = watch.cpu_s - (cpu - watch.begun_cpu)
        left_wall = watch.wall_s - (now - watch.begun_wall)
        if left_cpu <= 0:
            return "cpu", 0.0
        if left_wall <= 0:
            # Time spent waiting for a processor is the machine's doing, not the program's.
            left_wall += min(_waited_s() - watch.begun_waited, (wire.LONGEST_WALL - 1) * watch.wall_s)
        if left_wall <= 0:
            return "wall", 0.0
        return None, min(left_cpu, left_wall)

    def _follow_calls(self, pid: int, watch: _Watch, cpu: float, now: float) -> None:
        """Move the start of the limits to the start of the call under way.

        The page is the program's to forge; what it can gain by that is bounded by the host's clock between two values.
        """
        index, call_clock, call_wall = calls.PROGRESS.unpack_from(self._page, 0)
        if index == watch.call or index < 0:
            return
        clock = _process_cpu_s(pid)
        watch.call = index
        watch.begun_cpu = max(1e-9, cpu - max(0.0, clock - call_clock))
        watch.begun_wall = min(now, call_wall)
        watch.begun_waited = _waited_s()
