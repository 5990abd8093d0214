"""The engine on scripted models and fake sandboxes: events, resuming, cancelling, cleaning up."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from codegen import events
from codegen.config import Settings
from codegen.engine import JUDGE, RANK, SAMPLE, Engine
from codegen.errors import CancelledError, ModelError
from codegen.inputs.rounds import border
from codegen.judging import Verdict
from codegen.models.scripted import ScriptedModel
from codegen.prompts import Prompt
from codegen.runs import RunFile
from problems.problem import Problem
from problems.values import dumps, loads
from sandbox.errors import SandboxError
from sandbox.execution import Program
from sandbox.testing import FakeSandbox

STUB = '''def add(a: int, b: int) -> int:
    """Return the sum of a and b.

    >>> add(1, 2)
    3
    """
'''


def _answer(body: str) -> str:
    return f"```python\ndef add(a, b):\n    {body}\n```"


ANSWERS = {
    "add": (
        _answer("return a + b"),
        _answer("return a - b"),
        _answer("return 3"),
        "",
        _answer("return b + a"),
    )
}


def _run(program: Program, given: bytes) -> bytes:
    """Does what the five answers would do."""
    a, b = loads(given)
    if "return 3" in program.source:
        return dumps(3).encode()
    return dumps(a - b if "a - b" in program.source else a + b).encode()


def _plain(prompt: Prompt) -> str:
    """Whole programs, whatever the style of the prompt."""
    return ANSWERS["add"][prompt.index % len(ANSWERS["add"])]


def _engine(samples: int = 10, **options: object) -> Engine:
    model = ScriptedModel(_plain, form="plain")
    chosen = {"model": model, "sandbox": FakeSandbox(_run), "settings": Settings(samples=samples)} | options
    return Engine(**chosen)  # type: ignore[arg-type]


def test_a_stub_as_text_is_solved() -> None:
    with _engine() as engine:
        report = engine.solve(STUB)
    assert report.problem_id == "add"
    assert report.best is not None
    assert report.best.cluster_size == 4
    assert "a + b" in report.best.program or "b + a" in report.best.program
    funnel = report.funnel
    assert (funnel.drawn, funnel.with_program, funnel.unique) == (10, 8, 4)
    assert (funnel.survived, funnel.clusters, funnel.submitted) == (3, 2, 3)
    assert report.verdicts == {"AC": 6, "WA": 2, "no program": 2}


def test_the_json_form_is_the_documented_one() -> None:
    with _engine() as engine:
        data = json.loads(json.dumps(engine.solve(STUB).to_json()))
    assert {"problem_id", "model", "seed", "funnel", "submissions", "seconds"} <= data.keys()
    assert list(data["funnel"]) == ["drawn", "with_program", "unique", "survived", "clusters", "submitted"]
    counts = list(data["funnel"].values())
    assert counts[:5] == sorted(counts[:5], reverse=True)
    for rank, submission in enumerate(data["submissions"], start=1):
        assert submission["rank"] == rank
        assert {"rank", "language", "program", "cluster_size", "public_verdict"} <= submission.keys()
        assert submission["public_verdict"] == "AC"


def test_events_tell_the_whole_story() -> None:
    with _engine() as engine:
        seen = list(engine.stream(STUB))
    kinds = [type(event) for event in seen]
    assert kinds[0] is events.Started
    assert kinds[-1] is events.Done
    assert kinds.count(events.SampleDrawn) == 10
    assert kinds.count(events.ProgramJudged) == 4, "equal programs are run once"
    assert kinds.count(events.ProgramObserved) == 2 * 3, "the first round splits a cluster, the second none"
    assert kinds.count(events.Submitted) == 3
    for event in seen:
        assert json.loads(json.dumps(event.to_json()))["event"]


def test_events_tell_which_samples_are_one_program_and_which_programs_behave_the_same() -> None:
    with _engine() as engine:
        seen = list(engine.stream(STUB))
        report = seen[-1].report  # type: ignore[union-attr]
    drawn = Counter(each.program for each in seen if isinstance(each, events.SampleDrawn))
    judged = {each.program: each.verdict for each in seen if isinstance(each, events.ProgramJudged)}
    behaviours = {each.program: each.behaviour for each in seen if isinstance(each, events.ProgramObserved)}
    assert drawn.pop(None) == report.verdicts["no program"]
    assert drawn.keys() == judged.keys()
    assert behaviours.keys() == {program for program, verdict in judged.items() if verdict is Verdict.AC}
    sizes = Counter[str]()
    for program, behaviour in behaviours.items():
        sizes[behaviour] += drawn[program]
    assert sorted(sizes.values(), reverse=True) == [view.size for view in report.clusters]


def test_expected_outputs_never_reach_the_sandbox() -> None:
    sandbox = FakeSandbox(_run)
    with _engine(sandbox=sandbox) as engine:
        engine.solve(STUB)
    assert all(b"3" not in data or b"[" in data for call in sandbox.calls for data in call.inputs)
    assert (b"[1,2]",) in {call.inputs for call in sandbox.calls}


def test_stages_one_by_one_equal_the_whole(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite"
    for stages in (SAMPLE, JUDGE, RANK):
        with _engine() as engine:
            report = engine.solve(STUB, run=path, stages=stages)
    with _engine() as engine:
        whole = engine.solve(STUB)
    assert report.funnel == whole.funnel
    assert report.submissions == whole.submissions
    assert report.clusters == whole.clusters


def test_a_run_that_is_done_needs_neither_model_nor_sandbox(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite"
    with _engine() as engine:
        first = engine.solve(STUB, run=path)

    def never(prompt: Prompt) -> None:
        raise AssertionError("the model was asked again")

    sandbox = FakeSandbox(_run)
    with _engine(model=ScriptedModel(_plain, form="plain", before=never), sandbox=sandbox) as engine:
        again = engine.solve(STUB, run=path)
    assert again.submissions == first.submissions
    assert sandbox.calls == []


def test_a_model_that_fails_keeps_what_was_drawn(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite"

    def fail_at_seven(prompt: Prompt) -> None:
        if prompt.index == 7:
            raise ModelError("out of memory")

    with (
        _engine(model=ScriptedModel(_plain, form="plain", before=fail_at_seven)) as engine,
        pytest.raises(ModelError, match="out of memory"),
    ):
        engine.solve(STUB, run=path)
    with RunFile.open_existing(path) as run:
        assert [sample.index for sample, _ in run.samples("add")] == list(range(7))
    with _engine() as engine:
        resumed = engine.solve(STUB, run=path)
        assert resumed.submissions == engine.solve(STUB).submissions


def test_a_host_that_fails_is_never_held_against_a_program(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite"

    def fail(program: Program, given: bytes) -> bytes:
        raise SandboxError("no space left on device")

    with _engine(sandbox=FakeSandbox(fail)) as engine:
        report = engine.solve(STUB, run=path)
    assert report.verdicts == {"no program": 2, "not judged": 8}
    with _engine() as engine:
        assert engine.solve(STUB, run=path).funnel.survived == 3


@pytest.mark.parametrize("cancel_from", ["thread", "consumer"])
def test_cancelled_within_a_second_and_nothing_is_left(cancel_from: str) -> None:
    before = set(threading.enumerate())

    def slow(prompt: Prompt) -> None:
        time.sleep(0.05)

    engine = _engine(samples=10_000, model=ScriptedModel(_plain, form="plain", before=slow))
    with engine:
        stream = engine.stream(STUB)
        for event in stream:
            if isinstance(event, events.SampleDrawn):
                break
        if cancel_from == "thread":
            threading.Thread(target=engine.cancel).start()
            with pytest.raises(CancelledError, match="cancelled"):
                list(stream)
        else:
            stream.close()  # type: ignore[attr-defined]  # a generator
    for thread in set(threading.enumerate()) - before:
        thread.join(timeout=10)
    assert set(threading.enumerate()) <= before


def test_an_engine_goes_on_after_a_cancelled_problem() -> None:
    with _engine(samples=2000) as engine:
        stream = engine.stream(STUB)
        next(iter(stream))
        engine.cancel()
        with pytest.raises(CancelledError):
            list(stream)
        assert engine.solve(STUB).funnel.drawn == 2000


def test_no_examples_means_no_filtering() -> None:
    stub = 'def add(a: int, b: int) -> int:\n    """Return the sum of a and b."""\n'
    with _engine() as engine:
        started = next(e for e in engine.stream(stub) if isinstance(e, events.Started))
        report = engine.solve(stub)
    assert not started.filtering
    assert not report.filtering
    assert report.funnel.survived == report.funnel.unique == 4
    assert {s.public_verdict for s in report.submissions} == {None}


CONTRADICTING = STUB.replace("    3\n", "    3\n    >>> add(2, 2)\n    5\n")


def test_where_no_program_passes_all_examples_the_nearest_are_told(tmp_path: Path) -> None:
    with _engine() as engine:
        report = engine.solve(CONTRADICTING, run=tmp_path / "run.sqlite")
        again = engine.solve(CONTRADICTING, run=tmp_path / "run.sqlite")
    assert (report.funnel.survived, report.funnel.clusters, report.funnel.submitted) == (0, 0, 0)
    assert report.best is None, "what is best is verified"
    assert report.submissions == ()
    nearest = report.nearest[0]
    assert "a + b" in nearest.program or "b + a" in nearest.program
    assert {each.public_verdict for each in report.nearest} == {"WA"}
    assert not any("a - b" in each.program for each in report.nearest)
    assert again.nearest == report.nearest
    assert nearest.confidence is not None
    with _engine() as engine:
        sure = engine.solve(STUB).best
    assert sure is not None
    assert (sure.confidence or 0) > nearest.confidence


def test_several_problems_share_one_run(tmp_path: Path) -> None:
    with _engine() as engine, engine.open_run(tmp_path / "run.sqlite") as run:
        one = engine.solve(_problem("one"), run=run)
        two = engine.solve(_problem("two"), run=run)
        assert (one.problem_id, two.problem_id) == ("one", "two")
        assert [problem.id for problem in run.problems()] == ["one", "two"]


def _problem(name: str) -> Problem:
    from dataclasses import replace

    from problems.library import from_text

    return replace(from_text(STUB), id=name)


def test_importing_the_engine_loads_nothing_heavy() -> None:
    code = (
        "import sys, codegen; from codegen import Engine, solve, Report; "
        "print([name for name in ('torch', 'transformers', 'docker', 'hypothesis') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def _observed(path: Path) -> set[int]:
    with RunFile.open_existing(path) as run:
        return {len(each.outcomes) for each in run.fingerprints("add").values()}


@pytest.mark.parametrize(
    ("bodies", "rounds"),
    [(("a + b", "b + a"), 0), (("a + b", "b + a", "3"), 1), (("a + b", "3"), 0)],
    ids=["one behaviour", "split once", "each alone"],
)
def test_inputs_are_spent_while_clusters_split(tmp_path: Path, bodies: tuple[str, ...], rounds: int) -> None:
    model = ScriptedModel(
        lambda prompt: f"def add(a, b):\n    return {bodies[prompt.index % len(bodies)]}\n", form="plain"
    )
    path = tmp_path / "run.sqlite"
    with _engine(samples=6, model=model) as engine:
        report = engine.solve(STUB, run=path, stages=SAMPLE | JUDGE)
    assert report.funnel.survived == len(bodies)
    assert _observed(path) == {border(rounds, 40)}


def test_a_run_that_was_cut_short_between_rounds_ends_as_an_undisturbed_one(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.sqlite", tmp_path / "cut.sqlite"
    with _engine() as engine:
        expected = engine.solve(STUB, run=whole)
    with _engine() as engine:

        def stop(event: events.Event) -> None:
            if isinstance(event, events.ProgramObserved):
                engine.cancel()

        with pytest.raises(CancelledError):
            engine.solve(STUB, run=cut, on_event=stop)
    with _engine() as engine:
        found = engine.solve(STUB, run=cut)
    assert found.submissions == expected.submissions
    assert found.clusters == expected.clusters
    assert _observed(cut) == _observed(whole)
