"""Fixtures for all tests: where the development data lie, and a cache that outlives a test."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_DATA_VARIABLE = "CODESIEVE_DATA"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without the variable, tests marked `data` are left out together, with one line that says so."""
    if os.environ.get(_DATA_VARIABLE):
        return
    wanting = [item for item in items if item.get_closest_marker("data")]
    if wanting:
        config.hook.pytest_deselected(items=wanting)
        items[:] = [item for item in items if not item.get_closest_marker("data")]
        config.stash[_LEFT_OUT] = len(wanting)


_LEFT_OUT = pytest.StashKey[int]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    left_out = config.stash.get(_LEFT_OUT, 0)
    if left_out:
        terminalreporter.write_line(
            f"SKIPPED [{left_out}] {_DATA_VARIABLE} is not set: tests on benchmark data left out"
        )


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder that CODESIEVE_DATA names. Set but incomplete is a failure, never a skip."""
    folder = Path(os.environ[_DATA_VARIABLE])
    missing = [name for name in ("humaneval", "codet", "labelled_samples") if not (folder / name).is_dir()]
    if missing:
        pytest.fail(f"{_DATA_VARIABLE}={folder} has no folder {', '.join(missing)}")
    return folder
