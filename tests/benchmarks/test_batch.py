"""A benchmark from problems to figures, with a scripted model: counted by hand, resumed, left half done."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.batch import Selection, run_bench
from benchmarks.render import lines
from benchmarks.results import BenchResult, problem_result
from codegen.config import Settings
from codegen.errors import UsageError
from codegen.models.scripted import ScriptedModel
from codegen.prompts import Prompt
from codegen.runs import RunFile
from problems.errors import ProblemError
from sandbox.execution import Grain
from sandbox.testing import FakeSandbox

HIDDEN = {b"[2,2]", b"[5,7]", b"[3]"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.sqlite"


def bench(
    path: Path,
    data: str,
    model: ScriptedModel | str,
    sandbox: FakeSandbox,
    settings: Settings,
    *,
    score_only: bool = False,
    strict: bool = False,
) -> BenchResult:
    return run_bench(
        "humaneval",
        model=model,
        sandbox=sandbox,
        settings=settings,
        path=path,
        data=data,
        score_only=score_only,
        strict=strict,
    )


def test_figures_are_those_counted_by_hand(
    path: Path, suite_data: str, model: ScriptedModel, sandbox: FakeSandbox, settings: Settings
) -> None:
    """900: two of four pass (one has no program). 901: one of four passes, three survive its example."""
    found = bench(path, suite_data, model, sandbox, settings)
    assert (found.problems, found.samples, found.passed) == (2, 4, 3)
    assert found.failures == {"WA": 4, "no program": 1}
    assert found.pass_at_k[1].value == pytest.approx((2 / 4 + 1 / 4) / 2)
    assert found.pass_at_k_salvaged == found.pass_at_k
    assert found.n_at_k["cluster"]["1@4"].value == 0.5  # 901's two squares outnumber the right program
    assert found.first_minus_pass_at_1 is not None
    assert found.first_minus_pass_at_1.value == pytest.approx(((1 - 2 / 4) + (0 - 1 / 4)) / 2)
    assert found.tokens > 0
    assert {"generate", "execute", "score"} <= set(found.seconds)


def test_json_is_complete_and_plain(
    path: Path, suite_data: str, model: ScriptedModel, sandbox: FakeSandbox, settings: Settings
) -> None:
    found = bench(path, suite_data, model, sandbox, settings)
    data = json.loads(json.dumps(found.to_json()))
    assert data["suite"] == "humaneval"
    assert data["pass_at_k"] == {"1": 0.375}
    assert data["n_at_k"]["cluster"] == {"1@4": 0.5}
    assert data["intervals"]["pass_at_1"] == [0.25, 0.5]
    assert data["failures"] == {"WA": 4, "no program": 1}
    assert set(data["first_submission_minus_pass_at_1"]) == {"value", "low", "high", "problems"}
    text = "\n".join(lines(found))
    assert "pass@1 " in text
    assert "37.5" in text
    assert "no program 1" in text


def test_score_only_leaves_selection_out(
    path: Path, suite_data: str, model: ScriptedModel, sandbox: FakeSandbox, settings: Settings
) -> None:
    found = bench(path, suite_data, model, sandbox, settings, score_only=True)
    assert found.pass_at_k[1].value == 0.375
    assert found.n_at_k == {}
    assert found.first_minus_pass_at_1 is None
    inputs = {given for call in sandbox.calls for given in call.inputs}
    assert inputs == HIDDEN  # hidden ones alone: no public example was run


def test_equal_programs_are_scored_once_and_public_tests_are_apart(
    path: Path, suite_data: str, sandbox: FakeSandbox, settings: Settings
) -> None:
    text = "```python\ndef f(x, y=0):\n    return x\n```"
    model = ScriptedModel(lambda prompt: text.replace("f(", "add(" if "add" in prompt.plain else "twice("))
    bench(path, suite_data, model, sandbox, settings)
    batches = [call for call in sandbox.calls if call.grain is Grain.PER_BATCH]
    hidden = [(call.program.source, call.inputs) for call in batches]
    assert len(hidden) == len(set(hidden))
    assert {inputs for _, inputs in hidden} == {(b"[2,2]", b"[5,7]"), (b"[3]",)}


def test_started_again_nothing_is_done_twice(
    path: Path, suite_data: str, model: ScriptedModel, sandbox: FakeSandbox, settings: Settings
) -> None:
    first = bench(path, suite_data, model, sandbox, settings)
    count = len(sandbox.calls)

    def refuse(prompt: Prompt) -> str:
        raise AssertionError("a stored sample was drawn again")

    again = bench(path, suite_data, ScriptedModel(refuse, batch_size=2), sandbox, settings)
    assert len(sandbox.calls) == count
    assert again.pass_at_k == first.pass_at_k
    assert again.n_at_k == first.n_at_k


def test_interrupted_and_resumed_equals_undisturbed(
    tmp_path: Path, suite_data: str, model: ScriptedModel, sandbox: FakeSandbox, settings: Settings
) -> None:
    undisturbed = bench(tmp_path / "a.sqlite", suite_data, model, sandbox, settings)

    from tests.benchmarks.conftest import ANSWERS, behave

    for instant in (1, 4, 7):
        path = tmp_path / f"{instant}.sqlite"
        left = [instant]

        def count(left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] == 0:
                raise KeyboardInterrupt

        def stop(prompt: Prompt, count: object = count) -> None:
            assert callable(count)
            count()

        broken = ScriptedModel(ANSWERS, batch_size=2, before=stop)
        with suppress(KeyboardInterrupt):
            bench(path, suite_data, broken, FakeSandbox(behave), settings)
        resumed = bench(path, suite_data, ScriptedModel(ANSWERS, batch_size=2), FakeSandbox(behave), settings)
        assert (resumed.pass_at_k, resumed.n_at_k, resumed.failures) == (
            undisturbed.pass_at_k,
            undisturbed.n_at_k,
            undisturbed.failures,
        )


def test_host_failures_are_tried_again_at_the_next_start(
    path: Path, suite_data: str, model: ScriptedModel, settings: Settings
) -> None:
    from sandbox.errors import SandboxError
    from sandbox.execution import Execution, Program
    from tests.benchmarks.conftest import behave

    def fail_on_hidden(program: Program, given: bytes) -> Execution | bytes:
        if given == b"[2,2]":
            raise SandboxError("the daemon went away")
        return behave(program, given)

    first = bench(path, suite_data, model, FakeSandbox(fail_on_hidden), settings, score_only=True)
    assert first.failures["not scored"] == 3
    again = bench(path, suite_data, model, FakeSandbox(behave), settings, score_only=True)
    assert "not scored" not in again.failures
    assert again.passed == 3


def test_a_model_without_samples_of_the_suite(
    path: Path, suite_data: str, sandbox: FakeSandbox, settings: Settings, tmp_path: Path
) -> None:
    from codegen.models.replay import ReplayModel

    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"task_id": "Other/1", "solution": "x = 1"}\n', encoding="utf-8")
    with pytest.raises(UsageError, match=r"no samples of the problems asked for: does .* belong to suite 'humaneval'"):
        run_bench(
            "humaneval",
            model=ReplayModel(rows),
            sandbox=sandbox,
            settings=settings,
            path=path,
            data=suite_data,
            score_only=True,
        )


def test_broken_data_end_before_anything_is_drawn(
    path: Path, tmp_path: Path, model: ScriptedModel, sandbox: FakeSandbox, settings: Settings
) -> None:
    data = tmp_path / "broken.jsonl"
    data.write_text('{"task_id": "HumanEval/1"}\n', encoding="utf-8")
    with pytest.raises(ProblemError, match=r"broken\.jsonl:1: field"):
        bench(path, str(data), model, sandbox, settings)
    assert not path.exists()


def test_a_bad_row_is_left_out_unless_strict(
    path: Path,
    suite_data: str,
    model: ScriptedModel,
    sandbox: FakeSandbox,
    settings: Settings,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Path(suite_data).open("a", encoding="utf-8") as data:
        data.write('{"task_id": "HumanEval/902", "prompt": 5}\n')
    with pytest.raises(ProblemError, match=r"HumanEval\.jsonl:3: field 'prompt'"):
        bench(path, suite_data, model, sandbox, settings, strict=True)
    assert bench(path, suite_data, model, sandbox, settings).problems == 2
    assert "left out: " in (said := capsys.readouterr().err)
    assert "HumanEval.jsonl:3: field 'prompt': a string is needed" in said


def test_references_as_a_model(path: Path, suite_data: str, sandbox: FakeSandbox, settings: Settings) -> None:
    found = bench(path, suite_data, "reference", sandbox, replace(settings, samples=1), score_only=True)
    assert (found.passed, found.samples, found.model) == (2, 1, "reference")


def test_a_problem_of_a_run_reads_back(
    path: Path, suite_data: str, model: ScriptedModel, sandbox: FakeSandbox, settings: Settings
) -> None:
    bench(path, suite_data, model, sandbox, settings)
    with RunFile.open_existing(path) as run:
        add, twice = (problem_result(run, problem) for problem in run.problems())
    assert add.raw == (True, False, True, False)
    assert twice.raw == (False, False, True, False)
    assert add.submitted is not None
    assert add.submitted[0] is True
    assert twice.pool is not None
    assert {each.size for each in twice.pool.clusters} == {2, 1}


def test_problems_that_are_gone_at_the_second_look_end_the_run(
    path: Path,
    suite_data: str,
    model: ScriptedModel,
    sandbox: FakeSandbox,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Data are read twice: once to find what is broken, once to work."""
    papers = Selection.papers
    looks = iter((papers, lambda *_: iter(())))
    monkeypatch.setattr(Selection, "papers", lambda self, *given: next(looks)(self, *given))
    with pytest.raises(UsageError, match="holds no samples"):
        bench(path, suite_data, model, sandbox, settings)


def test_a_suite_without_a_problem_says_so(
    path: Path, tmp_path: Path, model: ScriptedModel, sandbox: FakeSandbox, settings: Settings
) -> None:
    (tmp_path / "none.jsonl").write_text("\n")
    with pytest.raises(ProblemError, match="no problem can be used"):
        bench(path, str(tmp_path / "none.jsonl"), model, sandbox, settings)


def test_a_problem_that_comes_twice_is_left_out(
    path: Path,
    tmp_path: Path,
    model: ScriptedModel,
    sandbox: FakeSandbox,
    settings: Settings,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One id in two ways of writing it: no two rows are the same to the reader."""
    from tests.benchmarks.conftest import ROWS

    data = tmp_path / "twice.jsonl"
    rows = (*ROWS, ROWS[0] | {"task_id": " HumanEval/900"})
    data.write_text("".join(json.dumps(each) + "\n" for each in rows), encoding="utf-8")
    assert bench(path, str(data), model, sandbox, settings).problems == 2
    assert "there is a problem 'HumanEval/900' before it" in capsys.readouterr().err


def test_a_statement_too_long_to_be_asked_is_left_out(
    path: Path,
    tmp_path: Path,
    model: ScriptedModel,
    sandbox: FakeSandbox,
    settings: Settings,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from tests.benchmarks.conftest import ROWS

    row = {**ROWS[0], "task_id": "HumanEval/902"}
    row["prompt"] = row["prompt"].replace("Sum.", "Sum. " * 20_000)
    data = tmp_path / "long.jsonl"
    data.write_text("".join(json.dumps(each) + "\n" for each in (*ROWS, row)), encoding="utf-8")
    assert bench(path, str(data), model, sandbox, settings).problems == 2
    assert "left out: HumanEval/902: a statement of 10" in capsys.readouterr().err
