"""A turn is the same in Python and in the helper, which answers what is plain by itself."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox import turns_library
from sandbox.guest import wire
from sandbox.guest.confine import KEPT_FROM, Way
from sandbox.guest.pages import BuildPage, RunPage
from sandbox.guest.process import Ears, fork, reap, used
from sandbox.guest.syscalls import LIBC, number, syscall
from sandbox.guest.turns import BARRED, DONE, Turns

INPUTS = 4
GLANCE_S = 0.9
"""Long enough for a busy machine."""
WAY = Way.of(((number("close"), 9_999),), ((number("setsid"),),))
REFUSED = Way.of(((number("close"), 9_999),), ((number("setsid"),), (number("close"), 9_999)))
_PR_SET_CHILD_SUBREAPER = 36
Child = Callable[[int], int]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("helper") / "turns.so")
    subprocess.run(turns_library.compiling(path), check=True)
    return path


@dataclass(slots=True)
class Room:
    """Turns of four inputs, in a process without other children. `output[i]` is what the child of input i wrote."""

    folder: Path
    accounts: Path
    host: socket.socket
    turns: Turns
    page: RunPage
    pipes: list[int]

    def look_at(self, child: Child) -> list[int]:
        """Take all turns: numbers of those that were to be looked at. `child` gets a number and gives an exit code."""
        seen = []
        take, taking = self.turns.taking
        while self.turns.index < INPUTS:
            pid = take(taking)
            if pid == 0:
                os._exit(child(self.turns.index))
            if pid == DONE:
                break
            if pid <= BARRED:
                os.write(KEPT_FROM, b"barred %d" % (BARRED - pid))
                os._exit(0)
            seen.append(self.turns.index)
            if self.turns.running:
                assert reap(pid) == pid
            syscall(*self.turns._ears.forget)
            self.turns.index += 1
        return seen

    def answers(self) -> list[wire.Answer]:
        found = []
        while select.select([self.host], [], [], 0)[0]:
            answer = wire.receive_answer(self.host)
            assert isinstance(answer, wire.Answer)
            found.append(answer)
        return found

    def output(self) -> list[bytes]:
        return [os.read(reading, 64) for reading in self.pipes]


def make_room(folder: Path, library: str | None, way: Way) -> Room:
    accounts, wiped = folder / "accounts", folder / "tmp"
    accounts.mkdir()
    wiped.mkdir()
    (accounts / "cpu").write_text("usage_usec 2000000\nuser_usec 1\n")
    (accounts / "events").write_text("low 0\noom_kill 0\n")
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    assert LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    host, guest = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    files = os.open(accounts / "cpu", os.O_RDONLY), os.open(accounts / "events", os.O_RDONLY)
    page = RunPage()
    turns = Turns(Ears(guest.detach()), page, [os.open(wiped, os.O_RDONLY)], files, library)
    pipes = [os.pipe() for _ in range(INPUTS)]
    turns.glance_s = GLANCE_S
    turns.begin(way, [KEPT_FROM], [writing for _, writing in pipes], identity=7, inputs=INPUTS)
    turns.cpu_s, turns.cpu_limit_s, turns.plain = 2.0, 1.0, True
    return Room(wiped, accounts, host, turns, page, [reading for reading, _ in pipes])


def alone(folder: Path, library: str | None, work: Callable[[Room], None], way: Way = WAY) -> None:
    """Do it in a process that has no other children, as PID 1 has none."""
    pid = fork()
    if pid == 0:
        code = 1
        try:
            work(make_room(folder, library, way))
            code = 0
        except BaseException as error:  # noqa: BLE001 (told to the one who waits)
            (folder / "said").write_text(repr(error))
        finally:
            os._exit(code)
    assert reap(pid) == pid
    assert used()[0] == 0, (folder / "said").read_text()


def say_number(index: int) -> int:
    os.write(KEPT_FROM, b"input %d" % index)
    return 0


def test_each_turn_is_looked_at_without_a_helper(tmp_path: Path) -> None:
    def work(room: Room) -> None:
        assert room.look_at(say_number) == [0, 1, 2, 3]
        assert room.output() == [b"input 0", b"input 1", b"input 2", b"input 3"]
        assert room.answers() == []
        assert os.waitstatus_to_exitcode(used()[0]) == 0

    alone(tmp_path, None, work)


def test_a_helper_answers_nothing_that_it_must_not(tmp_path: Path, library: str) -> None:
    def work(room: Room) -> None:
        room.turns.plain = False
        assert room.look_at(say_number) == [0, 1, 2, 3]
        assert room.answers() == []

    alone(tmp_path, library, work)


def test_a_helper_answers_what_is_plain(tmp_path: Path, library: str) -> None:
    def work(room: Room) -> None:
        assert room.look_at(say_number) == [0]  # what the memory events were before it is not known
        assert room.output() == [b"input 0", b"input 1", b"input 2", b"input 3"]
        answers = room.answers()
        assert [each.input for each in answers] == [1, 2, 3]
        for each in answers:
            assert (each.id, each.ended, each.code) == (7, "exit", 0)
            assert (each.built, each.clean, each.last) == (True, True, each.input == 3)
            assert 0 < each.cpu_s < 5
            assert 0 < each.wall_s < 60
            assert each.build_cpu_s == each.waited_s == 0
            assert each.memory_bytes > 1 << 20
        assert room.turns.read
        assert room.turns.clean

    alone(tmp_path, library, work)


@pytest.mark.parametrize("what", ["exit code", "signal", "file", "process", "event", "long", "processor time"])
def test_a_helper_leaves_to_be_looked_at_what_is_not_plain(tmp_path: Path, library: str, what: str) -> None:
    def work(room: Room) -> None:
        def child(index: int) -> int:
            if index == 2:
                if what == "exit code":
                    return 3
                if what == "signal":
                    os.kill(os.getpid(), signal.SIGTERM)
                if what == "file":
                    (room.folder / "left").touch()
                if what == "process" and fork() == 0:
                    signal.alarm(5)
                    signal.pause()
                if what == "event":
                    (room.accounts / "events").write_text("low 0\noom_kill 1\n")
                if what == "long":
                    signal.sigtimedwait([], 2 * GLANCE_S)
                if what == "processor time":
                    (room.accounts / "cpu").write_text("usage_usec 9000000\n")
            return 0

        stays = what in ("file", "process")
        assert room.look_at(child) == ([0, 2, 3] if stays else [0, 2])
        assert [each.input for each in room.answers()] == ([1] if stays else [1, 3])

    alone(tmp_path, library, work)


def test_a_helper_answers_with_a_build_that_was_made(tmp_path: Path, library: str) -> None:
    def work(room: Room) -> None:
        build = BuildPage()
        build.clear()
        room.turns.build = build.address

        def child(_: int) -> int:
            build.note(1e-6)
            return 0

        assert room.look_at(child) == [0]
        assert [(each.input, each.build_cpu_s) for each in room.answers()] == [(1, 1e-6), (2, 1e-6), (3, 1e-6)]

    alone(tmp_path, library, work)


def test_a_helper_leaves_to_be_looked_at_what_was_not_built(tmp_path: Path, library: str) -> None:
    def work(room: Room) -> None:
        build = BuildPage()
        build.clear()
        room.turns.build = build.address
        assert room.look_at(lambda _: 0) == [0, 1, 2, 3]
        assert room.answers() == []

    alone(tmp_path, library, work)


@pytest.mark.parametrize("helped", [False, True])
def test_the_host_is_heard(tmp_path: Path, library: str, helped: bool) -> None:
    def work(room: Room) -> None:
        room.host.send(b"stop")
        take, taking = room.turns.taking
        pid = take(taking)
        if pid == 0:
            os._exit(0)
        assert room.turns.index == 0
        assert not room.turns.read
        assert room.turns._ears.polled[3]

    alone(tmp_path, library if helped else None, work)


@pytest.mark.parametrize("helped", [False, True])
def test_a_child_finds_a_cleared_page_and_has_gone_its_way(tmp_path: Path, library: str, helped: bool) -> None:
    def work(room: Room) -> None:
        def child(index: int) -> int:
            os.write(KEPT_FROM, b"%d %d" % (room.page.call()[0], room.page.out_of_memory))
            room.page.begin_call(index, 1.0, 1.0)
            room.page.note_out_of_memory()
            return int(os.getsid(0) != os.getpid())

        room.look_at(child)
        assert os.waitstatus_to_exitcode(used()[0]) == 0
        assert room.output() == [b"-1 0"] * INPUTS

    alone(tmp_path, library if helped else None, work)


@pytest.mark.parametrize("helped", [False, True])
def test_a_child_knows_what_it_was_refused(tmp_path: Path, library: str, helped: bool) -> None:
    def work(room: Room) -> None:
        room.look_at(say_number)
        assert room.output() == [b"barred 2"] * INPUTS

    alone(tmp_path, library if helped else None, work, REFUSED)
