"""Programs of the languages that are installed here, in the bubblewrap sandbox."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from benchmarks import languages as module
from benchmarks.languages import CASES, FRAMES, main, run_cases
from sandbox.backends import obstacle, open_sandbox
from sandbox.execution import Sandbox
from sandbox.languages import LANGUAGES
from sandbox.namespaces import missing_tool
from sandbox.testing import FakeSandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    if problem := obstacle("bubblewrap"):
        pytest.skip(problem)
    box = open_sandbox("bubblewrap", slots=2)
    yield box
    box.close()


def test_every_language_has_every_case() -> None:
    assert set(FRAMES) == set(LANGUAGES)
    assert all(set(programs) == set(LANGUAGES) for programs in CASES.values())


@pytest.mark.bubblewrap
@pytest.mark.parametrize("language", [name for name in LANGUAGES if missing_tool(LANGUAGES[name]) is None])
def test_programs_end_as_they_must(language: str, sandbox: Sandbox) -> None:
    assert [each for each in run_cases(language, sandbox) if not each.right] == []


def test_a_language_that_is_not_offered_is_shown_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "open_sandbox", lambda name, **_: FakeSandbox({}))
    done = CliRunner().invoke(main, ["--language", "go", "--json"], standalone_mode=False)
    [report] = json.loads(done.stdout)["languages"]
    assert (report["language"], report["version"], report["cases"]) == ("go", None, [])
    assert "its hello program ended with NONZERO_EXIT" in report["reason"]
