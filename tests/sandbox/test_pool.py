"""Who gets which box, what happens when one breaks, and closing. The boxes here are scripted."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

import sandbox.pool
from sandbox.canary import CLEAN
from sandbox.capture import Capture
from sandbox.channel import BoxError, Channel, Feed
from sandbox.errors import SandboxClosedError, SandboxError
from sandbox.execution import Execution, Grain, Limits, Program, Status
from sandbox.guest.wire import FRAME, VALUE, Answer
from sandbox.pool import Pool, default_slots

PROGRAM = Program(language="python", source="print(1)")
Act = Callable[["Box", Capture], None]


class Box:
    """Answers every request well; `act` may do something before."""

    exchange_one = Channel.exchange_one

    def __init__(self, slot: int, act: Act | None) -> None:
        self.slot, self.act = slot, act
        self.channel: Any = self
        self.clean = True
        self.hello: dict[str, Any] = {"slot": slot}
        self.killed = threading.Event()
        self.runs = 0

    def limit_memory(self, memory_bytes: int) -> None:
        pass

    def shut(self) -> None:
        self.killed.set()

    def kill(self) -> None:
        self.killed.set()

    def exchange(
        self,
        request: dict[str, Any],
        given: Any,
        feeds: list[Feed],
        on_answer: Callable[[Answer, Capture], bool],
        **_: Any,
    ) -> None:
        for number, feed in enumerate(feeds):
            self.runs += 1
            if self.act:
                self.act(self, feed.capture)
            feed.capture.feed("stdout", CLEAN)
            if not on_answer(Answer(id=1, input=number, memory_bytes=1), feed.capture):
                return


class Launcher:
    def __init__(self, *acts: Act | None) -> None:
        """What the first, second, ... box that is launched does; later ones do as the last."""
        self.acts = list(acts) or [None]
        self.boxes: list[Box] = []
        self.closed = False

    def launch(self, slot: int) -> Any:
        act = self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]
        self.boxes.append(Box(slot, act))
        return self.boxes[-1]

    def close(self) -> None:
        assert all(box.killed.is_set() for box in self.boxes)
        self.closed = True


def breaks(box: Box, _: Capture) -> None:
    raise BoxError("broken")


def run(pool: Pool, **settings: Any) -> tuple[Execution, ...]:
    return pool.run(PROGRAM, (b"", b"", b""), Limits(), **settings).executions


def test_boxes_are_launched_when_needed_and_kept() -> None:
    launcher = Launcher()
    with Pool(launcher, name="scripted", slots=4) as pool:
        assert launcher.boxes == []
        for _ in range(5):
            assert [execution.status for execution in run(pool)] == [Status.OK] * 3
        assert len(launcher.boxes) == 1
    assert launcher.closed


def test_a_broken_box_is_replaced_and_the_run_goes_on() -> None:
    def breaks_second(box: Box, _: Capture) -> None:
        if box.runs == 2:
            raise BoxError("broken")

    launcher = Launcher(breaks_second, None)
    seen: list[Execution] = []
    with Pool(launcher, name="scripted", slots=2) as pool:

        def keep_going(execution: Execution) -> bool:
            seen.append(execution)
            return True

        executions = run(pool, keep_going=keep_going)
    assert len(executions) == len(seen) == 3  # the first input's result was kept, not made twice
    assert [box.runs for box in launcher.boxes] == [2, 2]
    assert launcher.boxes[0].killed.is_set()


def test_three_broken_boxes_are_the_hosts_fault() -> None:
    launcher = Launcher(breaks)
    with Pool(launcher, name="scripted", slots=2) as pool:
        with pytest.raises(SandboxError, match="3 boxes of the scripted sandbox failed in a row, the last one: broken"):
            run(pool)
        assert all(box.killed.is_set() for box in launcher.boxes)
        launcher.acts = [None]
        assert len(run(pool)) == 3


def test_a_dirty_box_is_not_used_again() -> None:
    def soils(box: Box, _: Capture) -> None:
        box.clean = False

    launcher = Launcher(soils, None)
    with Pool(launcher, name="scripted", slots=1) as pool:
        assert len(run(pool)) == 3
        assert launcher.boxes[0].killed.is_set()
        run(pool)
        assert len(launcher.boxes) == 2


def test_a_callers_exception_passes_and_costs_the_box() -> None:
    def fails(_: Execution) -> bool:
        raise KeyError("mine")

    launcher = Launcher()
    with Pool(launcher, name="scripted", slots=1) as pool:
        with pytest.raises(KeyError, match="mine"):
            run(pool, keep_going=fails)
        assert launcher.boxes[0].killed.is_set()
        assert len(run(pool)) == 3


def test_keep_going_stops_the_run() -> None:
    with Pool(Launcher(), name="scripted", slots=1) as pool:
        assert len(run(pool, keep_going=lambda _: False)) == 1


def test_the_canary_looks_from_time_to_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox.pool, "CANARY_EVERY", 3)

    def litters(box: Box, capture: Capture) -> None:
        if box.runs == 7:  # after two programs with three inputs each: the canary
            capture.feed("stdout", b"/tmp/left\n")

    launcher = Launcher(litters, None)
    with Pool(launcher, name="scripted", slots=1) as pool:
        for _ in range(3):
            run(pool)
    assert [box.runs for box in launcher.boxes] == [7, 3]


def test_check_reports_what_the_canary_finds() -> None:
    def litters(_: Box, capture: Capture) -> None:
        capture.feed("stdout", b"/tmp/left\n")

    with Pool(Launcher(litters), name="scripted", slots=1) as pool:
        assert pool.check() == []  # nothing was started
        run(pool)
        (line,) = pool.check()
        assert "/tmp/left" in line


def test_many_threads_share_few_slots_and_a_conversation_takes_one() -> None:
    busy, most = 0, 0
    lock = threading.Lock()

    def counts(box: Box, _: Capture) -> None:
        nonlocal busy, most
        if box.slot >= 2:
            return  # a driver's
        with lock:
            busy += 1
            most = max(most, busy)
        with lock:
            busy -= 1

    launcher = Launcher(counts)
    with Pool(launcher, name="scripted", slots=2) as pool:
        threads = [
            threading.Thread(target=lambda n=n: pool.converse(PROGRAM, PROGRAM, Limits()) if n % 2 else run(pool))  # type: ignore[misc]
            for n in range(20)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert not any(thread.is_alive() for thread in threads)
    assert most <= 2
    assert {box.slot for box in launcher.boxes} == {0, 1, 2, 3}


def test_a_call_that_took_too_long_by_its_own_account_is_asked_again_alone() -> None:
    """The second of three; the scripted box answers from the first call that is asked of it."""
    taken = iter([0.1, 1.2, 1.1, 0.2])
    asked: list[int] = []

    def answers(box: Box, capture: Capture) -> None:
        asked.append(box.slot)
        while not capture.stop and (cpu_s := next(taken, None)) is not None:
            capture.feed("values", FRAME.pack(VALUE, cpu_s, 1) + b"7")
            if cpu_s == 1.1:
                break

    program = Program(language="python", source="def f(x): return 7", entry_point="f")
    with Pool(Launcher(answers), name="scripted", slots=2) as pool:
        limits = Limits(cpu_s=1.0)
        ended = pool.run(program, [b"[1]", b"[2]", b"[3]"], limits, grain=Grain.PER_BATCH).executions
    assert [each.status for each in ended] == [Status.OK, Status.TIME_LIMIT, Status.OK]
    assert [each.value for each in ended] == [b"7", None, b"7"]
    assert len(asked) == 3


def test_a_conversation_has_a_driver_box_beside_the_slots_own() -> None:
    launcher = Launcher()
    with Pool(launcher, name="scripted", slots=1) as pool:
        run(pool)
        assert [box.slot for box in launcher.boxes] == [0]
        for _ in range(3):
            pool.converse(PROGRAM, PROGRAM, Limits())
        assert [box.slot for box in launcher.boxes] == [0, 1]
        assert pool.check() == []


def test_a_broken_driver_box_is_replaced_with_its_partner() -> None:
    launcher = Launcher(None, breaks, None)
    with Pool(launcher, name="scripted", slots=1) as pool:
        program, driver = pool.converse(PROGRAM, PROGRAM, Limits())
        assert program.status is driver.status is Status.OK
    assert [box.slot for box in launcher.boxes] == [0, 1, 0, 1]


def test_closing_ends_what_runs_and_what_waits() -> None:
    started = threading.Semaphore(0)

    def hangs(box: Box, _: Capture) -> None:
        started.release()
        box.killed.wait(30)
        raise BoxError("the guest is gone")

    launcher = Launcher(hangs)
    pool = Pool(launcher, name="scripted", slots=1)
    errors: list[BaseException] = []

    def work() -> None:
        try:
            run(pool)
        except SandboxError as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    started.acquire()
    pool.close()
    for thread in threads:
        thread.join(30)
    assert [type(error) for error in errors] == [SandboxClosedError] * 3
    assert launcher.closed
    assert len(launcher.boxes) == 1
    pool.close()
    with pytest.raises(SandboxClosedError):
        run(pool)


def test_closing_while_a_box_is_being_launched() -> None:
    launching, go_on = threading.Event(), threading.Event()

    class Slow(Launcher):
        def launch(self, slot: int) -> Any:
            launching.set()
            go_on.wait(30)
            return super().launch(slot)

    launcher = Slow()
    pool = Pool(launcher, name="scripted", slots=1)
    errors: list[BaseException] = []

    def work() -> None:
        try:
            run(pool)
        except SandboxError as error:
            errors.append(error)

    worker, closer = threading.Thread(target=work), threading.Thread(target=pool.close)
    worker.start()
    launching.wait(30)
    closer.start()
    go_on.set()
    worker.join(30)
    closer.join(30)
    assert [type(error) for error in errors] == [SandboxClosedError]
    assert launcher.closed
    assert launcher.boxes[0].killed.is_set()


def test_bad_arguments_are_refused_before_anything_starts() -> None:
    launcher = Launcher()
    with Pool(launcher, name="scripted", slots=1) as pool:
        with pytest.raises(ValueError, match="unknown language 'cobol'"):
            pool.run(Program(language="cobol", source=""), (), Limits())
        with pytest.raises(ValueError, match="cannot be called"):
            pool.run(Program(language="go", source="", entry_point="f"), (), Limits())
    assert launcher.boxes == []


def test_at_least_two_slots_by_default() -> None:
    assert default_slots() >= 2
