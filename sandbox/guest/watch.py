"""A run that does not end at once: its limits, watched by PID 1."""

from __future__ import annotations

import os
import time
from _socket import socket
from contextlib import suppress
from typing import Any

from sandbox.guest import wire
from sandbox.guest.meter import Meter
from sandbox.guest.pages import BuildPage, RunPage
from sandbox.guest.process import Ears, kill_all, reap

_SHORTEST_WAIT_S, _LOOK_EVERY_S, _GLANCE_EVERY_S = 0.001, 0.02, 0.05
"""How often memory is looked at: to limit it; or, where the kernel does that, to know what processes have together."""


def process_cpu_s(pid: int) -> float:
    """Processor time of one living process; the clock's number is made of the PID (see clock_getcpuclockid)."""
    with suppress(OSError):
        return time.clock_gettime((~pid << 3) | 2)
    return 0.0


def waited_s(cpu_s: float) -> float:
    """How long the program was ready to run while others than itself had the processor (other runs, mostly).

    A thread that waited may have waited for threads of the same box, which share a core: for no longer than these used
    it. So what they used is taken off; `cpu_s` is what the box has used, the thread itself included.
    """
    longest = 0
    for process in os.listdir("/proc"):
        if process.isdigit() and process != "1":
            with suppress(OSError):
                for thread in os.listdir(f"/proc/{process}/task"):
                    with open(f"/proc/{process}/task/{thread}/schedstat", "rb") as file:
                        ran, waited, _ = file.read().split()
                        longest = max(longest, int(ran) + int(waited))
    return max(0.0, longest / 1e9 - cpu_s)


def hear(channel: socket, request: dict[str, Any]) -> dict[str, Any] | None:
    """What the host says of a request under way."""
    message, descriptors = wire.receive(channel)
    for descriptor in descriptors:
        os.close(descriptor)
    if message is None:
        os._exit(0)  # the host is gone: PID 1 ends, and with it the box
    return message if message.get("id") == request["id"] else None


class Watch:
    """Limits of the phase under way (build, run, one call of many), and what had been used when it began.

    Attributes:
        peak_bytes: The most memory that was seen in use.
        stop_all: The host wants no further input.
    """

    def __init__(
        self,
        channel: socket,
        ears: Ears,
        meter: Meter,
        build: BuildPage,
        page: RunPage,
        request: dict[str, Any],
        index: int,
        begun: float,
        before: tuple[float, float],
    ) -> None:
        """Of input `index`. `begun`: the monotonic clock at the fork; `before`: the processor seconds that the box, and
        PID 1 in it, had used by then."""
        self._channel, self._ears, self._meter = channel, ears, meter
        self._request, self._index = request, index
        self._build, self._page = build, page
        self._to_build = request["builds"]
        self._calls = "arguments" in request["each"]
        first = "build_" if self._to_build else ""
        self._cpu_s, self._wall_s = request[first + "cpu_s"], request[first + "wall_s"]
        self._before, self._begun_wall = before, begun
        self._begun_cpu, self._begun_waited = 0.0, 0.0
        self._call, self._seen_at, self._seen_waited = -1, 0.0, 0.0
        self._grace_s, self._waited_s, self.peak_bytes, self.stop_all = 0.0, 0.0, 0, False

    def see_through(self, pid: int) -> tuple[str | None, float]:
        """Until the main process is dead and reaped: the limit that it passed, if any, and how long it had waited."""
        limit = self._until_end(pid)
        waited = self._waited_s if limit == "wall" else 0.0
        if limit:
            kill_all()
            reap(pid)
        return limit, waited

    def hear_last(self) -> tuple[None, float]:
        """It has ended, and the host has something to say."""
        self._told()
        return None, 0.0

    def _until_end(self, pid: int) -> str | None:
        """Until the main process has ended and is reaped (None), or a limit's name."""
        host_speaks = self._ears.polled[3] != 0
        longest_wait = _GLANCE_EVERY_S if self._meter.limits_memory else _LOOK_EVERY_S
        while True:
            if host_speaks and (end := self._told()):
                return end
            limit, wait = self._over(pid)
            if limit:
                return limit
            host_speaks = self._ears.wait(min(max(wait, _SHORTEST_WAIT_S), longest_wait))
            if reap(pid, os.WNOHANG):
                return None

    def _used_cpu_s(self) -> float:
        box, own = self._before
        return self._meter.cpu_s() - box - (time.process_time() - own)

    def _built(self) -> tuple[bool, float]:
        return self._build.read() if self._to_build else (True, 0.0)

    def _told(self) -> str | None:
        """Hear the host, who may say something that ends the run."""
        message = hear(self._channel, self._request)
        if message is None:
            return None
        if message["op"] == "silent":
            forged = self._call > message["calls"] and self._seen_at < message["since"]
            return "cpu" if forged else None
        self.stop_all = self.stop_all or message["all"]
        return "stopped" if self.stop_all or message["input"] == self._index else None

    def _over(self, pid: int) -> tuple[str | None, float]:
        """The limit that was passed, if any, and how long none can be."""
        now = time.monotonic()
        used = self._meter.memory_bytes() - self._request["idle_bytes"]
        self.peak_bytes = max(self.peak_bytes, used)
        if not self._meter.limits_memory and used > self._request["memory_bytes"]:
            return "memory", 0.0
        cpu = self._used_cpu_s()
        built, build_cpu = self._built()
        if self._to_build and built and self._begun_cpu == 0.0:
            built_at = min(build_cpu, cpu)
            # When exactly it was built is not known to the wall clock; not earlier than its processor time.
            self._begun_cpu, self._begun_wall = max(built_at, 1e-9), self._begun_wall + built_at
            self._cpu_s, self._wall_s, self._grace_s = self._request["cpu_s"], self._request["wall_s"], 0.0
        if self._calls and built:
            self._follow_calls(pid, cpu, now)
        left_cpu = self._cpu_s + self._grace_s - (cpu - self._begun_cpu)
        left_wall = self._wall_s - (now - self._begun_wall)
        if left_cpu <= 0 and not self._grace_s and self._was_kept_waiting(cpu, now):
            self._grace_s = (wire.LONGEST_CPU - 1) * self._cpu_s
            left_cpu += self._grace_s
        if left_cpu <= 0:
            # What has more memory than it may is about to be ended for that; on a busy machine it takes its time.
            return "memory" if used > self._request["memory_bytes"] else "cpu", 0.0
        if left_wall <= 0:
            # Time spent waiting for a processor is the machine's doing, not the program's.
            self._waited_s = waited_s(cpu) - self._begun_waited
            left_wall += min(self._waited_s, (wire.LONGEST_WALL - 1) * self._wall_s)
        if left_wall <= 0:
            return "wall", 0.0
        return None, min(left_cpu, left_wall)

    def _was_kept_waiting(self, cpu: float, now: float) -> bool:
        return waited_s(cpu) - self._begun_waited > wire.QUIET * (now - self._begun_wall)

    def _follow_calls(self, pid: int, cpu: float, now: float) -> None:
        """Move the start of the limits to the start of the call under way.

        The page is the program's to forge. It only ever gets on, to the last call. And a call that is begun has had all
        before it answered: when the host, who counts the answers, hears none for longer than a limit, it says so, and a
        forged count is found out.
        """
        index, call_clock, call_wall = self._page.call()
        if not self._call < index < self._request.get("calls", 1):
            return
        clock = process_cpu_s(pid)
        self._call, self._seen_at, self._grace_s = index, now, 0.0
        self._begun_cpu = max(1e-9, cpu - max(0.0, clock - call_clock))
        self._begun_wall = min(now, call_wall)
        # What it had waited when the call began is not known; not more than at the last look.
        self._begun_waited, self._seen_waited = self._seen_waited, waited_s(cpu)
