"""Programs that a person or another tool wrote, judged on every example."""

from __future__ import annotations

import asyncio
import json
import threading
import time

import pytest

from codegen import CancelledError, Verdict
from problems.library import from_text
from sandbox.execution import Execution, Program, Status
from sandbox.testing import FakeSandbox
from sandbox.unconfined import UnconfinedSandbox
from tests.codegen.adding import STUB, adding_engine


def test_a_right_program_passes_every_example() -> None:
    with adding_engine() as engine:
        found = engine.verify("def add(a, b):\n    return a + b", STUB)
    assert found.passed
    assert found.verdict is Verdict.AC
    assert [each.verdict for each in found.results] == [Verdict.AC, Verdict.AC]
    assert found.failures == ()


def test_every_failing_example_is_told_and_not_the_first_alone() -> None:
    stub = STUB.replace("    >>> add(0, 0)\n    0\n", "    >>> add(0, 0)\n    0\n    >>> add(5, 5)\n    10\n")
    with adding_engine() as engine:
        found = engine.verify("def add(a, b):\n    return a - b", stub)
    assert found.verdict is Verdict.WA
    assert [each.passed for each in found.results] == [False, True, False]
    first = found.failures[0]
    assert (first.input, first.expected, first.found) == ("[1,2]", "3", "-1")
    assert found.detail.startswith("example 1: ")
    data = json.loads(json.dumps(found.to_json()))
    assert data["verdict"] == "WA"
    assert [each["verdict"] for each in data["results"]] == ["WA", "AC", "WA"]


def test_what_does_not_build_raises_or_hangs_is_told() -> None:
    with adding_engine(sandbox=UnconfinedSandbox()) as engine:
        assert engine.verify("def add(a, b:\n", STUB).verdict is Verdict.CE
        raised = engine.verify("def add(a, b):\n    raise KeyError(a)", STUB)
        missing = engine.verify("def plus(a, b):\n    return a + b", STUB)
    assert raised.verdict is Verdict.RTE
    assert "KeyError" in raised.detail
    assert raised.results[0].found is None
    assert missing.verdict is Verdict.RTE
    assert "add" in missing.detail


def test_a_program_that_reads_standard_input() -> None:
    problem = from_text("# Twice\n\nPrint twice n.\n\n## Input\n\n```\n4\n```\n\n## Output\n\n```\n8\n```\n", "twice")
    with adding_engine(sandbox=UnconfinedSandbox()) as engine:
        assert engine.verify("print(2 * int(input()))", problem).passed
        found = engine.verify("print(input())", problem)
    assert found.failures[0].found == "4\n"


def test_verifying_in_a_task_is_cancelled_with_it() -> None:
    go_on = threading.Event()

    def hang(program: Program, given: bytes) -> Execution:
        go_on.wait(60)
        return Execution(status=Status.OK, exit_code=0, value=b"3")

    async def work() -> None:
        async with adding_engine(sandbox=FakeSandbox(hang)) as engine:
            task = asyncio.create_task(engine.averify("def add(a, b):\n    return 3", STUB))
            await asyncio.sleep(0.1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            go_on.set()
            found = await engine.averify("def add(a, b):\n    return 3", STUB)
            assert found.verdict is Verdict.WA

    asyncio.run(work())


def test_a_verification_can_be_cancelled_and_has_deadlines() -> None:
    go_on = threading.Event()

    def hang(program: Program, given: bytes) -> Execution:
        go_on.wait(60)
        return Execution(status=Status.OK, exit_code=0, value=b"3")

    with adding_engine(sandbox=FakeSandbox(hang)) as engine:
        threading.Timer(0.1, engine.cancel).start()
        with pytest.raises(CancelledError, match="cancelled"):
            engine.verify("def add(a, b):\n    return 3", STUB)
        with pytest.raises(CancelledError, match="deadline"):
            engine.verify("def add(a, b):\n    return 3", STUB, deadline=time.monotonic() + 0.1)
        go_on.set()
