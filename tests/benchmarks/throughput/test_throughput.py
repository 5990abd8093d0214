"""What the sandbox's benchmarks make of what they measured; and one small measurement in a real box."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.throughput import accounting, kill, speed, stability
from benchmarks.throughput.labelled import ACCEPTED, SLOW, Labelled, labelled, limits, verdicts
from sandbox.backends import obstacle
from sandbox.execution import Execution, Grain, Program, Run, Status
from sandbox.namespaces import BubblewrapSandbox

NAMES = ("run", "run, two at once", "input", "input, two at once", "verdict on a function", "call in a batch")


def one_round(python: float, factor: float) -> speed.Round:
    ours = {f"docker/{name}": factor * python for name in NAMES}
    return {"python": python, "evalplus": 0.5 * python, "docker_exec": 5 * python, **ours}


def test_figures_are_medians_of_ratios_within_a_round() -> None:
    found = speed.summary([one_round(10.0, 0.2), one_round(30.0, 0.3), one_round(10.0, 0.25)])
    assert found["per_run"] == found["per_input"] == pytest.approx(0.25)
    assert found["per_run_2"] == pytest.approx(0.2)  # the best round
    assert found["over_evalplus"] == pytest.approx(2.0)
    assert found["over_docker_exec"] == pytest.approx(20.0)
    assert "over_llm_sandbox" not in found
    assert "docker/run" in speed.table([one_round(10.0, 0.2)])


def test_programs_are_labelled_as_promised() -> None:
    programs = labelled(0.2)
    assert len(programs) >= 60
    assert len({each.name for each in programs}) == len(programs)
    near = Counter((each.program.language, each.expected) for each in programs if "of the limit" in each.name)
    assert near[("python", (ACCEPTED,))] == near[("cpp", (ACCEPTED,))] == 10
    assert near[("python", (SLOW,))] == near[("cpp", (SLOW,))] == 5
    assert {each.grain for each in programs} == {Grain.PER_INPUT, Grain.PER_BATCH}
    assert {verdict for each in programs for verdict in each.expected} == {"AC", "WA", "TLE", "RTE", "MLE", "OLE", "CE"}


def test_verdicts() -> None:
    good = Execution(status=Status.OK, stdout=b"42\n")
    wrong = Execution(status=Status.OK, stdout=b"41\n")
    called = Execution(status=Status.OK, value=b"42")
    late = Execution(status=Status.TIME_LIMIT, stdout=b"42\n")
    assert verdicts(Run(build=None, executions=(good, wrong, called, late))) == ("AC", "WA", "AC", "TLE")
    assert verdicts(Run(build=Execution(status=Status.NONZERO_EXIT), executions=())) == ("CE",)


def test_the_time_of_a_processor_limit_is_told_by_the_program() -> None:
    lines = b"10.000000 0.010000\n10.050000 0.060000\n10.095000 0.104000\n10.1"
    assert kill._cpu_reached(Execution(status=Status.TIME_LIMIT, stdout=lines)) == 10.095
    early = Execution(status=Status.TIME_LIMIT, stdout=lines[:20])
    assert kill._cpu_reached(early) == pytest.approx(10.0 + kill._CPU_S - 0.01)


def test_a_summary_of_kills() -> None:
    found = [kill.Killed(program="sleeps", late_ms=(1.0, 2.0, 9.0)), kill.Killed(program="spins", late_ms=(3.0,))]
    assert kill.summary(found)["worst_ms"] == 9.0
    assert found[0].figures == {"median": 2.0, "p95": 9.0, "max": 9.0}
    assert "sleeps" in kill.table(found)


def test_flips_are_told_apart() -> None:
    flip = stability.Flip(program="p", callers=8, expected=("AC",), found=("TLE",), used=((0.2, 0.9),))
    found = stability.Stability(sandbox="docker", programs=1, runs=40, seconds=1.0, flipped=(flip,))
    assert (found.as_json()["runs"], found.as_json()["flips"]) == (40, 1)
    assert "p: TLE, not AC (8 callers a slot)" in found.table()


@pytest.mark.bubblewrap
def test_labels_hold_in_a_box() -> None:
    if problem := obstacle("bubblewrap"):
        pytest.skip(problem)
    quick: list[Labelled] = [each for each in labelled(1.0) if each.name in ("prints", "raises", "does not parse")]
    with BubblewrapSandbox(slots=1) as sandbox:
        for each in quick:
            run = sandbox.run(each.program, each.inputs, limits(1.0), grain=each.grain)
            assert verdicts(run) == each.expected
        spins = Program(language="python", source="while True: pass")
        assert verdicts(sandbox.run(spins, (b"",), limits(0.1))) == (SLOW,)


def test_small_differences_from_the_kernel_are_none() -> None:
    kernel = accounting.Figures(memory=100 * 2**20, cpu=0.2, wall=0.001)
    figures = [(105 * 2**20, 0.21, 0.005), (111 * 2**20, 0.23, 0.0059), (95 * 2**20, 0.19, 0.02)]
    reported = tuple(accounting.Figures(memory=m, cpu=c, wall=w) for m, c, w in figures)
    compared = accounting.Compared(workload="made up", kernel=(kernel,) * 3, reported=reported)
    assert [compared.within(name) for name in ("memory", "cpu", "wall")] == [2, 2, 2]
    assert compared.off("wall") == pytest.approx(0.0049)
    found = accounting.summary([compared])
    assert found["within"] == {"memory": 2 / 3, "cpu": 2 / 3, "wall": 2 / 3}
    assert found["runs"] == 3
    assert "made up" in accounting.table([compared])


@pytest.mark.bubblewrap
def test_accounting_of_a_real_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """The figures come from both sides; what they are is the machine's doing, but for memory."""
    if problem := obstacle("bubblewrap"):
        pytest.skip(problem)
    monkeypatch.setattr(accounting, "WORKLOADS", {"fill": accounting.WORKLOADS["python: fills 100 MiB"]})
    [compared] = accounting.measure("bubblewrap", repeats=2)
    assert compared.within("memory") == 2
    assert all(figures.memory > 100 * 2**20 for figures in compared.kernel)
    assert all(each.wall >= true.wall for each, true in zip(compared.reported, compared.kernel, strict=True))
