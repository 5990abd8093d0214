"""Processor time, memory and OOM kills of everything in the box: from its cgroup, else summed over /proc."""

from __future__ import annotations

import contextlib
import os
import re
import resource
import time
from typing import Protocol

_PAGE = resource.getpagesize()
_TICK = os.sysconf("SC_CLK_TCK")


class Meter(Protocol):
    """What the whole box has used so far; differences between two readings are what a run used."""

    @property
    def name(self) -> str: ...

    @property
    def limits_memory(self) -> bool:
        """Whether the kernel ends a run that needs too much; else somebody must look."""

    @property
    def files(self) -> tuple[int, int] | None:
        """Descriptors of the accounts of processor time and of OOM kills; None where nothing is to be read there."""

    def cpu_s(self) -> float: ...

    def reading(self) -> tuple[float, int]:
        """Processor seconds and OOM kills, when nothing but PID 1 runs."""

    def memory_bytes(self) -> int:
        """In use now."""


class CgroupMeter:
    """Counters of a cgroup that holds this box and nothing else. The files stay open: a reading is one call."""

    limits_memory = True

    def __init__(self, name: str, cpu: str, memory: str, events: str) -> None:
        self.name = name
        self._cpu, self._memory, self._events = (
            os.open(path, os.O_RDONLY | os.O_CLOEXEC) for path in (cpu, memory, events)
        )
        self.files = self._cpu, self._events
        self._events_seen, self._kills = b"", 0
        self.reading()

    def cpu_s(self) -> float:
        text = os.pread(self._cpu, 256, 0)
        if text.startswith(b"usage_usec"):
            return int(text.split(None, 2)[1]) / 1e6
        return int(text) / 1e9

    def reading(self) -> tuple[float, int]:
        events = os.pread(self._events, 256, 0)
        if events != self._events_seen:
            _, found, count = events.partition(b"oom_kill ")
            if not found:
                raise OSError("the cgroup does not count OOM kills")
            self._events_seen, self._kills = events, int(count.split(None, 1)[0])
        return self.cpu_s(), self._kills

    def memory_bytes(self) -> int:
        return int(os.pread(self._memory, 64, 0))


class ProcMeter:
    """Sums over the processes in sight. A child that died unwaited is lost: the wall clock is what bounds it."""

    name = "proc"
    limits_memory = False
    files = None

    def cpu_s(self) -> float:
        return self.reading()[0] + sum(int(field) for fields in _processes() for field in fields[11:15]) / _TICK

    def reading(self) -> tuple[float, int]:
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        return ended.ru_utime + ended.ru_stime + time.process_time(), 0

    def memory_bytes(self) -> int:
        """Resident pages; shared ones are counted once each, by proportion, when the plain sum looks large."""
        plain = sum(int(fields[21]) for fields in _processes()) * _PAGE
        return plain if plain < 64 << 20 else _proportional()


def _others() -> list[str]:
    return [name for name in os.listdir("/proc") if name.isdigit() and name != "1"]


def _processes() -> list[list[bytes]]:
    """Fields of /proc/PID/stat from the third on, for every process but PID 1."""
    found = []
    for name in _others():
        with contextlib.suppress(OSError), open(f"/proc/{name}/stat", "rb") as file:
            found.append(file.read().rpartition(b")")[2].split())
    return found


def _proportional() -> int:
    total = 0
    for name in _others():
        with contextlib.suppress(OSError):
            total += _share(name)
    return total


def _share(name: str) -> int:
    """A process's part of the pages it maps. One that has made itself undumpable hides it: it is charged in full."""
    try:
        with open(f"/proc/{name}/smaps_rollup", "rb") as file:
            match = re.search(rb"^Pss:\s+(\d+) kB", file.read(), re.MULTILINE)
            return int(match[1]) << 10 if match else 0
    except PermissionError:
        with open(f"/proc/{name}/statm", "rb") as file:
            return int(file.read().split()[1]) * _PAGE


def find(folder: str) -> Meter:
    """The best meter that there is for the box whose cgroup, if any, is mounted at `folder`."""
    layouts = [
        ("cgroup v2", "cpu.stat", "memory.current", "memory.events"),
        *(
            ("cgroup v1", f"{cpu}/cpuacct.usage", "memory/memory.usage_in_bytes", "memory/memory.oom_control")
            for cpu in ("cpuacct", "cpu,cpuacct")
        ),
    ]
    for name, *files in layouts:
        paths = [os.path.join(folder, file) for file in files]
        if all(os.path.exists(path) for path in paths):
            with contextlib.suppress(OSError):
                return CgroupMeter(name, *paths)
    return ProcMeter()
