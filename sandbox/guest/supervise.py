"""PID 1's part in a run: fork, watch the limits, kill everything, clean up, say how it ended.

Whoever is not PID 1 and still alive after the run's main process has ended is killed too: `kill(-1)` reaches every
process of the PID namespace at one instant, so that no fork bomb outruns it.
"""

from __future__ import annotations

import ctypes
import fcntl
import gc
import itertools
import math
import os
import stat
import sys
from _socket import socket
from collections.abc import Iterable
from time import monotonic, process_time
from typing import Any

from sandbox.guest import child, wire
from sandbox.guest.confine import CLOSES_RANGES, KEPT_FROM, STANDARD, Confinement
from sandbox.guest.meter import Meter
from sandbox.guest.pages import BuildPage, RunPage
from sandbox.guest.process import ANY_LEFT, Ears, kill_all, reap, used
from sandbox.guest.syscalls import number, refused, syscall
from sandbox.guest.turns import BARRED, DONE, Turns, place
from sandbox.guest.watch import Watch
from sandbox.guest.wipe import wipe

MAX_ARTIFACT_BYTES = 64 << 20

_WRITABLE = ("/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run/lock")  # noqa: S108
_SEALS = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK
_LSEEK, _GETDENTS = number("lseek"), number("getdents64")
_ENTRIES = ctypes.create_string_buffer(4096)
_NO_ENTRIES = 48
"""Bytes of a listing that has "." and ".." alone."""


_EXIT, _CPU, _MEMORY = map(wire.ENDS.index, ("exit", "cpu", "memory"))

_Ended = tuple[int, int, float, float, float, float, int]
"""Of an answer: number of the end, code, cpu_s, wall_s, build_cpu_s, waited_s, memory_bytes."""


class Box:
    """One run at a time, and nothing of it afterwards."""

    def __init__(self, channel: socket, meter: Meter, confinement: Confinement, helper: str | None = None) -> None:
        """`helper`: see `Turns`."""
        self._channel, self._meter, self._confinement = channel, meter, confinement
        self._ears = Ears(channel.fileno())
        self._build, self._page = BuildPage(), RunPage()
        self._kills = meter.reading()[1]
        self._nothing = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        with self._as_owner():
            self._folders = [path for path in _WRITABLE if os.access(path, os.W_OK, effective_ids=True)]
        self._listed = [os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC) for path in self._folders]
        # Where the folders are the program's own, it may have left marks on them, or closed them.
        plain_to_see = [] if confinement.uid is None else self._listed
        self._turns = Turns(self._ears, self._page, plain_to_see, meter.files, helper if CLOSES_RANGES else None)
        self._turns.cpu_s, self._turns.own_s = meter.cpu_s(), process_time()

    def describe(self) -> dict[str, Any]:
        return {
            "python": sys.version.split()[0],
            "machine": os.uname().machine,
            "meter": self._meter.name,
            "limits_memory": self._meter.limits_memory,
            "landlock": self._confinement.landlock,
            "seccomp": True,
            "helper": self._turns.helped,
            "uid": self._confinement.uid,
            "idle_memory_bytes": self._meter.memory_bytes(),
        }

    def run(self, request: dict[str, Any], descriptors: list[int]) -> None:
        """Do what a "run" request asks and answer it, an input at a time. Closes its descriptors.

        Everything that an input's run started is dead and wiped when its answer goes out.
        """
        common, each = request["fds"], request["each"]
        # The limit of a batch is one call's; the watch sees to it.
        most_s = wire.LONGEST_CPU * (request["cpu_s"] + request.get("build_cpu_s", 0))
        cpu_s = 1 << 30 if "arguments" in each else int(most_s) + 2
        address_space = _address_space(request, limits_memory=self._meter.limits_memory)
        way = self._confinement.way(cpu_s=cpu_s, address_space=address_space)
        request["idle_bytes"] = self._meter.memory_bytes() if self._meter.limits_memory else 0
        request["builds"] = request["job"] == "python" and "code" not in common
        places = _places((*common, *each))
        kept = {name: number for name, number in places.items() if name not in STANDARD}
        for name, descriptor in zip(common, descriptors, strict=False):
            place(descriptor, places[name])
        if "code" in kept:
            request["code_bytes"] = os.fstat(kept["code"]).st_size
        request["lays_out"] = "folders" in request or any(name.startswith(("file:", "report")) for name in kept)
        if "stdin" not in places:
            os.dup2(self._nothing, STANDARD["stdin"])
        turns, inputs = self._turns, request["inputs"]
        turns.begin(
            way, [places[name] for name in each], descriptors[len(common) :], identity=request["id"], inputs=inputs
        )
        turns.cpu_limit_s = math.inf if "arguments" in kept else request["cpu_s"]
        gc.freeze()  # what is here is no business of a child's collector, which would write to it
        take, taking = turns.taking
        last = False
        while not last:
            builds = request["builds"]
            # What one has compiled is made ready here for the others.
            turns.plain = request["job"] != "build" and not (builds and "compiled" in kept)
            turns.build = self._build.address if builds else None
            if builds:
                self._build.clear()
            pid = take(taking)
            if pid == 0:
                child.run(request, kept, self._build, self._page)
            if pid == DONE:
                break
            if pid <= BARRED:
                child.give_up((*way.asked, *way.needed)[BARRED - pid])
            if pid < 0:
                raise refused("fork")
            ended, built, stop_all = self._see_through(request, pid, kept)
            if request["job"] == "build" and built:
                with self._as_owner():
                    built = _collect(kept["artifact"])
            clean = bool(turns.read and turns.clean) or self._is_clean() or self._wipe()
            if "compiled" in kept and built:
                request["code_bytes"], request["builds"] = _use_compiled(kept), False
            last = stop_all or turns.index + 1 == inputs or not built or not clean
            self._channel.send(
                wire.ANSWER.pack(wire.TAG, request["id"], turns.index, *ended[:2], built, clean, last, *ended[2:])
            )
            turns.index += not last
        self._let_go(kept, turns.left())

    def _let_go(self, kept: dict[str, int], ends: Iterable[int]) -> None:
        """Close what a request brought."""
        for standard in STANDARD.values():
            os.dup2(self._nothing, standard)
        for descriptor in (*kept.values(), *ends):
            os.close(descriptor)

    def _is_clean(self) -> bool:
        """Whether it is plain to see that nothing was left behind."""
        if self._confinement.uid is None:
            return False  # the folders are the program's own: it may have left marks on them, or closed them
        for folder in self._listed:
            if syscall(_LSEEK, folder, 0, 0) or syscall(_GETDENTS, folder, _ENTRIES, 4096) != _NO_ENTRIES:
                return False
        return True

    def _wipe(self) -> bool:
        with self._as_owner():
            wiped = [wipe(folder) for folder in self._folders]
        return all(wiped)

    def _see_through(self, request: dict[str, Any], pid: int, kept: dict[str, int]) -> tuple[_Ended, bool, bool]:
        """See a process to its end, and leave none behind. How it ended, whether it was built, whether to stop.

        Written for few pages: each function that is called after a fork costs PID 1 two or three copies.
        """
        turns, builds, kills_before = self._turns, request["builds"], self._kills
        limit, waited_s, peak_bytes, stop_all = None, 0.0, 0, False
        if turns.read:
            wall_s, cpu_s, kills = turns.wall_s, turns.used_s, kills_before
            status, _, peak_bytes = used()
        else:
            if turns.running or self._ears.polled[3]:
                account = turns.before_cpu_s, turns.before_own_s
                watch = Watch(
                    self._channel, self._ears, self._meter, self._build, self._page, request, turns.index, turns.begun,
                    account,
                )  # fmt: skip
                limit, waited_s = watch.see_through(pid) if turns.running else watch.hear_last()
                peak_bytes, stop_all = watch.peak_bytes, watch.stop_all
            wall_s = monotonic() - turns.begun
            status, main_cpu_s, main_peak_bytes = used()
            syscall(*self._ears.forget)
            left = syscall(*ANY_LEFT)
            if left >= 0:
                kill_all()
                peak_bytes = max(peak_bytes, self._reap_all(left))
            if main_peak_bytes > peak_bytes:
                peak_bytes = main_peak_bytes
            cpu, kills = self._meter.reading()
            own = process_time()
            cpu_s = cpu - turns.before_cpu_s - (own - turns.before_own_s)
            if cpu_s < main_cpu_s:
                cpu_s = main_cpu_s
            turns.cpu_s, turns.own_s, self._kills = cpu, own, kills
        built, build_cpu_s = True, 0.0
        if builds:
            built, build_cpu_s = self._build.read()
            build_cpu_s = min(build_cpu_s, cpu_s)
            cpu_s -= build_cpu_s
        end, code = _EXIT, 0
        if limit or status:
            code = os.waitstatus_to_exitcode(status)
            end = wire.ENDS.index(limit or ("exit" if code >= 0 else "signal"))
        if kills > kills_before or (status and limit is None and self._page.out_of_memory):
            end = _MEMORY
        elif limit is None and "arguments" not in kept and cpu_s > request["cpu_s" if built else "build_cpu_s"]:
            end, waited_s = _CPU, wall_s - build_cpu_s - cpu_s  # before anybody looked, or in its time of grace
        if request["job"] == "build":
            built = built and end == _EXIT and code == 0
        return (end, abs(code), cpu_s, wall_s, build_cpu_s, waited_s, peak_bytes), built, stop_all

    def _reap_all(self, left: int) -> int:
        """All processes are dead. `left`: what `reap` said of them first. The largest peak in bytes."""
        peak_bytes = 0
        while left >= 0:
            if left:
                peak_bytes = max(peak_bytes, used()[2])
            left = reap(-1)
        syscall(*self._ears.forget)
        return peak_bytes

    def _as_owner(self) -> _AsOwner:
        return _AsOwner(self._confinement.uid)


def _places(names: Iterable[str]) -> dict[str, int]:
    """Where a child finds its descriptors: PID 1 puts them there before it forks."""
    above = itertools.count(KEPT_FROM)
    return {name: STANDARD[name] if name in STANDARD else next(above) for name in names}


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
