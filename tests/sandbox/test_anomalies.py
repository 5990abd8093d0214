from __future__ import annotations

import logging
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.anomalies import log_to, note

ROOT = Path(__file__).parents[2]


def test_an_event_is_one_line_of_fields(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "codesieve"):
        note("box_broken", sandbox="docker", slot=1, reason='the guest said "no"\nand left', nothing="")
    assert caplog.messages == [
        'event=box_broken sandbox=docker slot=1 reason="the guest said \\"no\\"\\nand left" nothing=""'
    ]


def test_nothing_is_printed_unless_somebody_listens() -> None:
    code = "from sandbox.anomalies import note; note('box_broken', reason='x')"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


def test_a_file_gets_every_event_with_time_and_process(tmp_path: Path) -> None:
    handler = log_to(tmp_path / "log")
    try:
        note("sandbox_chosen", level=logging.INFO, sandbox="docker")
        note("canary_alarm", seen="process 7")
    finally:
        logging.getLogger("codesieve").removeHandler(handler)
        logging.getLogger("codesieve").setLevel(logging.NOTSET)
        handler.close()
    first, second = (tmp_path / "log").read_text().splitlines()
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z level=INFO pid=\d+ event=sandbox_chosen sandbox=docker", first
    )
    assert re.search(r' level=WARNING pid=\d+ event=canary_alarm seen="process 7"$', second)


def test_the_command_writes_where_it_is_told(tmp_path: Path) -> None:
    line = [sys.executable, "-m", "benchmarks.cli", "sandbox", "doctor", "--sandbox", "unsafe"]

    def run(log: Path) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": "/usr/bin:/bin", "CODESIEVE_LOG": str(log)}
        return subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert run(tmp_path / "log").returncode == 3
    assert "event=sandbox_chosen sandbox=unsafe" in (tmp_path / "log").read_text()
    refused = run(tmp_path / "nowhere" / "log")
    assert refused.returncode == 2
    assert "CODESIEVE_LOG=" in refused.stderr
