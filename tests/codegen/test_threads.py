"""Threads that are waited for, work that is given up, and turns in the order of asking."""

from __future__ import annotations

import threading
import time

import pytest

from codegen.threads import Threads, Turns


def test_turns_go_in_the_order_of_asking() -> None:
    turns, order = Turns(), []
    threads = []

    def work(number: int) -> None:
        with turns.turn() as mine:
            assert mine
            order.append(number)

    with turns.turn():
        for number in range(5):
            threads.append(threading.Thread(target=work, args=(number,)))
            threads[-1].start()
            while len(turns._waiting) <= number:
                time.sleep(0.001)
    for thread in threads:
        thread.join(10)
    assert order == [0, 1, 2, 3, 4]


def test_a_turn_that_is_given_up_holds_nobody_up() -> None:
    turns = Turns()
    with turns.turn(), turns.turn(lambda: True) as mine:
        assert not mine
    with turns.turn() as mine:
        assert mine


def test_a_turn_ends_with_an_error_too() -> None:
    turns = Turns()
    with pytest.raises(KeyError), turns.turn():
        raise KeyError
    with turns.turn(lambda: True) as mine:
        assert mine


def test_work_aside_gives_its_result_or_its_error() -> None:
    threads = Threads()
    assert threads.aside(lambda: 3, "three", lambda: False) == 3
    with pytest.raises(ZeroDivisionError):
        threads.aside(lambda: 1 // 0, "none", lambda: False)


def test_work_that_is_given_up_is_waited_for_at_the_end() -> None:
    threads, go_on = Threads(), threading.Event()
    assert threads.aside(lambda: go_on.wait(30), "waits", lambda: True) is None
    assert not threads.join(0.05)
    go_on.set()
    assert threads.join(10)
    assert threads.join(0)
