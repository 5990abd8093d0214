"""What a model writes beside samples: validity of its tests, and ways to ask, on a scripted model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import benchmarks.diversity
import benchmarks.tester
from codegen.models.scripted import ScriptedModel
from codegen.prompts import Prompt
from sandbox.testing import FakeSandbox
from tests.benchmarks.conftest import behave


def _tests(prompt: Prompt) -> str:
    if prompt.prefill.endswith("("):
        return "2, 2) == 5\nassert add(1, 1) == 2\n" if "add" in prompt.user else "no test"
    return "add(2, 2) == 4\nassert add(0, 0) == 0\n" if "add" in prompt.user else "twice(3) == 6\n"


def test_validity_by_form(suite_data: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Prompt] = []
    model = ScriptedModel(_tests, before=asked.append)
    monkeypatch.setattr(benchmarks.tester, "load_model", lambda name: model)
    monkeypatch.setattr(benchmarks.tester, "open_sandbox", lambda name: FakeSandbox(behave))
    arguments = ["humaneval", "--data", suite_data, "--texts", "2", "--run", str(tmp_path / "t.sqlite"), "--json"]
    found = json.loads(CliRunner().invoke(benchmarks.tester.main, arguments, catch_exceptions=False).stdout)
    assert (found["codet"]["asserts"], found["codet"]["valid"], found["codet"]["validity"]) == (3, 3, 1.0)
    assert (found["chat"]["asserts"], found["chat"]["valid"], found["chat"]["validity"]) == (2, 1, 0.5)
    assert found["chat"]["problems_with_asserts"] == 1
    assert len(asked) == 4
    again = CliRunner().invoke(benchmarks.tester.main, arguments[:-1], catch_exceptions=False)
    assert len(asked) == 4  # what is in the run file is not asked again
    assert "codet" in again.stdout


def test_strategies_side_by_side(
    suite_data: str, sandbox: FakeSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(prompt: Prompt) -> str:
        name = "add" if "add" in prompt.user else "twice"
        right = "x + y" if name == "add" else "2 * x"
        body = right if prompt.user.startswith("Tags") or prompt.index % 2 else "3"
        return f"```python\ndef {name}(x, y=0):\n    return {body}\n```"

    monkeypatch.setattr(benchmarks.diversity, "load_model", lambda name: ScriptedModel(answer))
    run_bench = benchmarks.diversity.run_bench

    def in_fake_sandbox(*arguments: object, **options: object) -> object:
        return run_bench(*arguments, **options | {"sandbox": sandbox})  # type: ignore[arg-type]

    monkeypatch.setattr(benchmarks.diversity, "run_bench", in_fake_sandbox)
    arguments = ["humaneval", "--data", suite_data, "--folder", str(tmp_path / "runs"), "--samples", "10"]
    chosen = ["--strategies", "plain,conditioned"]
    done = CliRunner().invoke(benchmarks.diversity.main, [*arguments, *chosen, "--json"], catch_exceptions=False)
    found = json.loads(done.stdout)
    assert list(found) == ["plain", "conditioned"]
    assert found["plain"]["pass@1"] == 0.5
    assert found["conditioned"]["pass@1"] == 1.0
    assert found["conditioned"]["pass@1_difference"] == 0.5
    assert found["plain"]["programs"] == 2.0
    assert found["conditioned"]["programs"] == 1.0
    shown = CliRunner().invoke(benchmarks.diversity.main, [*arguments, *chosen], catch_exceptions=False).stdout
    assert "[+0.500, +0.500]" in shown
    unknown = CliRunner().invoke(benchmarks.diversity.main, [*arguments, "--strategies", "odd"])
    assert unknown.exit_code != 0
