"""The same programs end the same way in containers and in bubblewrap, and leave a clean box behind."""

from __future__ import annotations

import threading

import pytest

from sandbox.errors import SandboxError
from sandbox.execution import Grain, Limits, Program, Status
from sandbox.namespaces import BubblewrapSandbox
from sandbox.pool import Pool

LIMITS = Limits(cpu_s=10.0, wall_s=30.0, memory_bytes=96 << 20)

TIERS = [
    pytest.param("docker_sandbox", id="docker", marks=pytest.mark.docker),
    pytest.param("bubblewrap_sandbox", id="bubblewrap", marks=pytest.mark.bubblewrap),
]


@pytest.fixture(params=TIERS)
def tier(request: pytest.FixtureRequest) -> Pool:
    sandbox = request.getfixturevalue(request.param)
    assert isinstance(sandbox, Pool)
    return sandbox


def test_canary_is_clean_to_begin_with(tier: Pool) -> None:
    assert tier.check() == []


def test_secrets_of_the_caller_are_not_in_sight(tier: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODESIEVE_SECRET", "seen")
    other: Pool = type(tier)(slots=1)  # type: ignore[call-arg]  # both tiers' own have it
    with other:
        program = Program(language="python", source="import os\nprint('CODESIEVE_SECRET' in os.environ)")
        assert other.run(program, (b"",), LIMITS).executions[0].stdout == b"False\n"


def test_a_batch_goes_on_after_a_crash(tier: Pool) -> None:
    program = Program(
        language="python",
        source="import os\ndef f(x):\n    if x == 1: os.abort()\n    if x == 2: return 1 / 0\n    return x",
        entry_point="f",
    )
    run = tier.run(program, [f"[{x}]".encode() for x in range(4)], LIMITS, grain=Grain.PER_BATCH)
    assert [execution.value for execution in run.executions] == [b"0", None, None, b"3"]
    assert [execution.status for execution in run.executions] == [
        Status.OK,
        Status.SIGNALED,
        Status.NONZERO_EXIT,
        Status.OK,
    ]


def test_inputs_do_not_see_each_other(tier: Pool) -> None:
    source = "import os\nprint(os.listdir())\nopen('left', 'w').close()"
    run = tier.run(Program(language="python", source=source), (b"",) * 3, LIMITS)
    assert [execution.stdout for execution in run.executions] == [b"[]\n"] * 3


def test_a_box_outlives_the_thread_that_first_used_it(tier: Pool) -> None:
    program = Program(language="python", source="print(1)")
    thread = threading.Thread(target=tier.run, args=(program, (b"",), LIMITS))
    thread.start()
    thread.join()
    before = [slot.box for slot in tier._slots]
    for _ in range(3):
        assert tier.run(program, (b"",), LIMITS).executions[0].stdout == b"1\n"
    assert [slot.box for slot in tier._slots if slot.box in before] == before


def test_closing_ends_a_run_under_way(tier: Pool) -> None:
    other: Pool = BubblewrapSandbox(slots=1) if tier.name == "bubblewrap" else type(tier)(slots=1)  # type: ignore[call-arg]
    with other:
        other.hello()
        closer = threading.Timer(0.2, other.close)
        closer.start()
        program = Program(language="python", source="import time; time.sleep(100)")
        with pytest.raises(SandboxError, match="closed"):
            other.run(program, (b"",), Limits(wall_s=60))
        closer.join()
