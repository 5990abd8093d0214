"""A real editor: Neovim with the settings of the README opens a file, asks for the action and gets the edit."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
STUB = '''LIMIT = 100


def running_max(values: list[int]) -> list[int]:
    """The largest value so far, at each place, at most LIMIT.

    >>> running_max([1, 3, 2])
    [1, 3, 3]
    >>> running_max([500])
    [100]
    """
    ...
'''
BODIES = (
    "return sorted(values)",
    "found = []\nfor value in values:\n    found.append(min(LIMIT, max([value, *found])))\nreturn found",
    "return [max(values)] * len(values)",
)


def settings_of_readme() -> str:
    (found,) = re.findall(r"```lua\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert isinstance(found, str)
    return found


def test_neovim_asks_for_a_body_and_the_file_passes_its_doctest(tmp_path: Path) -> None:
    rows = []
    for body in BODIES:
        indented = "".join(f"    {line}\n" for line in body.split("\n"))
        rows.append(json.dumps({"task_id": "running_max", "completion": indented}))
    (tmp_path / "recorded.jsonl").write_text("\n".join(rows))
    (tmp_path / "init.lua").write_text(settings_of_readme())
    (tmp_path / "best.py").write_text(STUB)
    server = tmp_path / "bin" / "codesieve"
    server.parent.mkdir()
    server.write_text(
        f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m benchmarks.cli "$@" '
        f"--model replay:{tmp_path}/recorded.jsonl --sandbox bubblewrap\n"
    )
    server.chmod(0o755)
    environment = os.environ | {
        "PATH": f"{server.parent}:{os.environ['PATH']}",
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }
    done = subprocess.run(
        ["nvim", "--headless", "-n", "-u", "init.lua", "best.py", "-S", str(HERE / "neovim.lua")],
        cwd=tmp_path, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=150,
    )  # fmt: skip
    log = tmp_path / "state" / "nvim" / "lsp.log"
    assert done.returncode == 0, done.stderr + (log.read_text() if log.exists() else "")
    assert "Synthesize and verify running_max" in done.stdout + done.stderr
    assert "min(LIMIT, max([value, *found]))" in (tmp_path / "best.py").read_text()
    subprocess.run([sys.executable, "-m", "doctest", "best.py"], cwd=tmp_path, check=True, timeout=60)
