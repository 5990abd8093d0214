"""PID 1's part in a run: fork, watch the limits, kill everything, clean up, say how it ended.

Whoever is not PID 1 and still alive after the run's main process has ended is killed too: `kill(-1)` reaches every
process of the PID namespace at one instant, so that no fork bomb outruns it.
"""

from __future__ import annotations

import fcntl
import os
import select
import socket
import stat
import sys
import time
from contextlib import suppress
from typing import Any, NamedTuple

from sandbox.guest import child, wire
from sandbox.guest.confine import Confinement, Step, place
from sandbox.guest.fork import fork, kill_all
from sandbox.guest.meter import Meter
from sandbox.guest.pages import BuildPage, RunPage
from sandbox.guest.wipe import wipe

MAX_ARTIFACT_BYTES = 64 << 20

_WRITABLE = ("/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run/lock")  # noqa: S108
_SEALS = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK
_SHORTEST_WAIT_S, _LOOK_EVERY_S, _GLANCE_EVERY_S = 0.001, 0.02, 0.05
"""How often memory is looked at: to limit it; or, where the kernel does that, to know what processes have together."""


class _Watch:
    """Limits of the phase under way, and what had been used when it began."""

    def __init__(self, cpu_s: float, wall_s: float, begun_wall: float) -> None:
        self.cpu_s, self.wall_s = cpu_s, wall_s
        self.begun_cpu, self.begun_wall, self.begun_waited = 0.0, begun_wall, 0.0
        self.waited_s = 0.0
        self.call, self.seen_at, self.seen_waited = -1, 0.0, 0.0


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


class _Account(NamedTuple):
    """What the whole box, and PID 1 in it, had used at some time, and how often memory had run out."""

    cpu_s: float
    own_cpu_s: float
    oom_kills: int

    @classmethod
    def now(cls, meter: Meter) -> _Account:
        return cls(meter.cpu_s(), time.process_time(), meter.oom_kills())


class Box:
    """One run at a time, and nothing of it afterwards."""

    def __init__(self, channel: socket.socket, meter: Meter, confinement: Confinement) -> None:
        self._channel, self._meter, self._confinement = channel, meter, confinement
        self._build, self._page = BuildPage(), RunPage()
        self._poller = select.poll()
        self._poller.register(channel, select.POLLIN)
        self._account = _Account.now(meter)
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

    def run(self, request: dict[str, Any], descriptors: list[int]) -> None:
        """Do what a "run" request asks and answer it, an input at a time. Closes its descriptors.

        Everything that an input's run started is dead and wiped when its answer goes out.
        """
        inputs, names, each = request["inputs"], request["fds"], request["each"]
        # The limit of a batch is one call's; `_over` sees to it.
        cpu_s = 1 << 30 if "arguments" in each else int(request["cpu_s"] + request.get("build_cpu_s", 0)) + 2
        address_space = _address_space(request, limits_memory=self._meter.limits_memory)
        enter = self._confinement.enter(cpu_s=cpu_s, address_space=address_space)
        request["idle_bytes"] = self._meter.memory_bytes() if self._meter.limits_memory else 0
        common = dict(zip(names, descriptors, strict=False))
        ends = iter(descriptors[len(names) :])
        if "code" in common:
            request["code_bytes"] = os.fstat(common["code"]).st_size
        for index in range(inputs):
            own = {name: next(ends) for name in each}
            if "stdin" not in own:
                own["stdin"] = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
            run = _Run(self._channel, self._poller, self._build, self._page, request, index, {**common, **own})
            self._account = run.perform(enter, self._meter, self._account)
            built, clean = run.built, True
            if request["job"] == "build" and built:
                with self._as_owner():
                    built = _collect(common["artifact"])
            for folder in self._folders:
                # With one uid the folder is the program's own: it may have left marks on it, or closed it.
                if self._confinement.uid is None or os.listdir(folder):
                    with self._as_owner():
                        clean = wipe(folder) and clean
            for descriptor in own.values():
                os.close(descriptor)
            if "compiled" in common and built:
                request["code_bytes"] = _use_compiled(common)
            last = run.stop_all or index + 1 == inputs or not built or not clean
            self._channel.send(run.answer(built=built, clean=clean, last=last).pack())
            if last:
                break
        for descriptor in (*common.values(), *ends):
            os.close(descriptor)

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


def _use_compiled(common: dict[str, int]) -> int:
    """The first input's process has left the compiled program behind: the others take it, and none can change it."""
    common["code"] = common.pop("compiled")
    fcntl.fcntl(common["code"], fcntl.F_ADD_SEALS, _SEALS)
    os.close(common.pop("source"))
    return os.fstat(common["code"]).st_size


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


def _address_space(request: dict[str, Any], *, limits_memory: bool) -> int | None:
    """A bound behind the memory limit. What a compiled program asks for beyond all measure it is refused at once, and
    ends as it likes: page by page, it would take its time limit to get there. Runtimes reserve much and use little."""
    if request["job"] == "command" and request["command"][0] == "{artifact}":
        return 2 * int(request["memory_bytes"]) + (4 << 30)
    return None if limits_memory else 4 * int(request["memory_bytes"]) + (4 << 30)


class _Run:
    """One fork, watched to its end."""

    def __init__(
        self,
        channel: socket.socket,
        poller: select.poll,
        build: BuildPage,
        page: RunPage,
        request: dict[str, Any],
        index: int,
        fds: dict[str, int],
    ) -> None:
        self._channel, self._poller, self._build, self._page = channel, poller, build, page
        self._request, self._index, self._fds = request, index, fds
        self._to_build = request["job"] == "python" and "code" not in fds
        self._calls = "arguments" in request["each"]
        self._peak_bytes = 0
        self.stop_all = False

    def perform(self, enter: list[Step], meter: Meter, before: _Account) -> _Account:
        """Fork and see it through. `before`: as of when nothing but PID 1 has run; returned as of now."""
        request, self._meter, self._before = self._request, meter, before
        steps, kept = place(self._fds)
        steps += enter
        self._page.clear()
        self._build.clear()
        begun = time.monotonic()
        first = "build_" if self._to_build else ""
        watch = _Watch(request[first + "cpu_s"], request[first + "wall_s"], begun)
        pid = fork()
        if pid == 0:
            child.run(request, steps, kept, self._build, self._page)
        limit = self._watch(pid, watch)
        self._wall_s = time.monotonic() - begun
        if limit:
            kill_all()
        self._waited_s = watch.waited_s if limit == "wall" else 0.0
        if limit == "cpu":
            self._waited_s = _waited_s() - watch.begun_waited  # of the dead, as long as they are not reaped
        _, status, usage = os.wait4(pid, 0)
        self._peak_bytes = max(self._peak_bytes, usage.ru_maxrss << 10)
        if kill_all():
            self._reap()
        after = _Account.now(meter)
        used = after.cpu_s - before.cpu_s - (after.own_cpu_s - before.own_cpu_s)
        self._settle(status, limit, max(used, usage.ru_utime + usage.ru_stime), after.oom_kills > before.oom_kills)
        return after

    def _settle(self, status: int, limit: str | None, cpu: float, oom_killed: bool) -> None:
        """How it ended."""
        built, build_cpu = self._built()
        self._build_cpu_s = min(build_cpu, cpu)
        self._cpu_s = cpu - self._build_cpu_s
        code = os.waitstatus_to_exitcode(status)
        self._code = abs(code)
        self._ended = limit or ("exit" if code >= 0 else "signal")
        if oom_killed or (self._page.out_of_memory and limit is None):
            self._ended = "memory"
        elif limit is None and not self._calls and self._cpu_s > self._request["cpu_s" if built else "build_cpu_s"]:
            self._ended, self._waited_s = "cpu", self._wall_s - cpu  # it ended before anybody could look
        self.built = built and (self._request["job"] != "build" or (self._ended == "exit" and code == 0))

    def answer(self, *, built: bool, clean: bool, last: bool) -> wire.Answer:
        return wire.Answer(
            self._request["id"],
            self._index,
            self._ended,
            self._code,
            built,
            clean,
            last,
            self._cpu_s,
            self._wall_s,
            self._build_cpu_s,
            self._waited_s,
            self._peak_bytes,
        )

    def _built(self) -> tuple[bool, float]:
        return self._build.read() if self._to_build else (True, 0.0)

    def _reap(self) -> None:
        while True:
            try:
                _pid, _status, usage = os.wait4(-1, 0)
            except ChildProcessError:
                return
            self._peak_bytes = max(self._peak_bytes, usage.ru_maxrss << 10)

    def _used_cpu_s(self) -> float:
        before = self._before
        return self._meter.cpu_s() - before.cpu_s - (time.process_time() - before.own_cpu_s)

    def _watch(self, pid: int, watch: _Watch) -> str | None:
        """Until the main process ends (None), or a limit's name."""
        ending = os.pidfd_open(pid)
        self._poller.register(ending, select.POLLIN)
        wait = min(watch.cpu_s, watch.wall_s, self._request["cpu_s"], self._request["wall_s"])
        try:
            while True:
                wait = min(wait, _GLANCE_EVERY_S if self._meter.limits_memory else _LOOK_EVERY_S)
                ready = [descriptor for descriptor, _ in self._poller.poll(max(wait, _SHORTEST_WAIT_S) * 1000)]
                if ending in ready:
                    return None
                if ready and (end := self._told(watch)):
                    return end
                limit, wait = self._over(pid, watch)
                if limit:
                    return limit
        finally:
            self._poller.unregister(ending)
            os.close(ending)

    def _told(self, watch: _Watch) -> str | None:
        """Hear the host, who may say something that ends the run."""
        message, descriptors = wire.receive(self._channel)
        for descriptor in descriptors:
            os.close(descriptor)
        if message is None:
            os._exit(0)  # the host is gone: PID 1 ends, and with it the box
        if message.get("id") != self._request["id"]:
            return None
        if message["op"] == "silent":
            forged = watch.call > message["calls"] and watch.seen_at < message["since"]
            return "cpu" if forged else None
        self.stop_all = self.stop_all or message["all"]
        return "stopped" if self.stop_all or message["input"] == self._index else None

    def _over(self, pid: int, watch: _Watch) -> tuple[str | None, float]:
        """The limit that was passed, if any, and how long none can be."""
        now = time.monotonic()
        used = self._meter.memory_bytes() - self._request["idle_bytes"]
        self._peak_bytes = max(self._peak_bytes, used)
        if not self._meter.limits_memory and used > self._request["memory_bytes"]:
            return "memory", 0.0
        cpu = self._used_cpu_s()
        built, build_cpu = self._built()
        if self._to_build and built and watch.begun_cpu == 0.0:
            built_at = min(build_cpu, cpu)
            # When exactly it was built is not known to the wall clock; not earlier than its processor time.
            watch.begun_cpu, watch.begun_wall = max(built_at, 1e-9), watch.begun_wall + built_at
            watch.cpu_s, watch.wall_s = self._request["cpu_s"], self._request["wall_s"]
        if self._calls and built:
            self._follow_calls(pid, watch, cpu, now)
        left_cpu = watch.cpu_s - (cpu - watch.begun_cpu)
        left_wall = watch.wall_s - (now - watch.begun_wall)
        if left_cpu <= 0:
            return "cpu", 0.0
        if left_wall <= 0:
            # Time spent waiting for a processor is the machine's doing, not the program's.
            watch.waited_s = _waited_s() - watch.begun_waited
            left_wall += min(watch.waited_s, (wire.LONGEST_WALL - 1) * watch.wall_s)
        if left_wall <= 0:
            return "wall", 0.0
        return None, min(left_cpu, left_wall)

    def _follow_calls(self, pid: int, watch: _Watch, cpu: float, now: float) -> None:
        """Move the start of the limits to the start of the call under way.

        The page is the program's to forge. It only ever gets on, to the last call. And a call that is begun has had all
        before it answered: when the host, who counts the answers, hears none for longer than a limit, it says so, and a
        forged count is found out.
        """
        index, call_clock, call_wall = self._page.call()
        if not watch.call < index < self._request.get("calls", 1):
            return
        clock = _process_cpu_s(pid)
        watch.call, watch.seen_at = index, now
        watch.begun_cpu = max(1e-9, cpu - max(0.0, clock - call_clock))
        watch.begun_wall = min(now, call_wall)
        # What it had waited when the call began is not known; not more than at the last look.
        watch.begun_waited, watch.seen_waited = watch.seen_waited, _waited_s()
