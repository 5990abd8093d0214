"""The scripts of the README, as pasted: with a recorded model in place of the embedded one."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SLOW = """
import time
from codegen import ScriptedModel

def slowly(prompt):
    time.sleep(0.05)

MODEL = ScriptedModel(lambda prompt: "def f(n):\\n    return n + n\\n", form="plain", before=slowly)
"""


def scripts() -> list[str]:
    section = (ROOT / "README.md").read_text().partition("## From Python\n")[2].partition("\n## ")[0]
    return re.findall(r"```python\n(.*?)```", section, re.DOTALL)


def run(script: str, folder: Path) -> list[str]:
    path = folder / "script.py"
    path.write_text(script)
    done = subprocess.run(
        [sys.executable, str(path)], cwd=folder, capture_output=True, text=True, timeout=120, check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_solving_and_verifying(tmp_path: Path) -> None:
    script = scripts()[0]
    assert script.count("Engine()") == 1
    assert len(script.splitlines()) == 15
    bodies = ("return sorted(values)", "return [max(values[: i + 1]) for i in range(len(values))]")
    rows = [json.dumps({"task_id": "running_max", "completion": f"    {body}\n"}) for body in bodies]
    (tmp_path / "recorded.jsonl").write_text("\n".join(rows))
    lines = run(script.replace("Engine()", 'Engine(model="replay:recorded.jsonl", sandbox="bubblewrap")'), tmp_path)
    assert sorted(lines[:2]) in (
        ["AC: 1 of 1 programs survive", "WA: 1 of 2 programs survive"],
        ["AC: 1 of 2 programs survive", "WA: 0 of 1 programs survive"],
    )
    assert bodies[1] in "\n".join(lines)
    assert lines[-1] == "example 1: result[2]: expected 3, found 2"


@pytest.mark.parametrize("sandbox", ["bubblewrap", pytest.param("docker", marks=pytest.mark.docker)])
def test_cancelled_after_three_seconds_nothing_is_left(tmp_path: Path, sandbox: str) -> None:
    script = scripts()[1]
    assert script.count("Engine()") == 1
    others = set(subprocess.getoutput("docker ps -q 2>/dev/null").split())
    begun = time.monotonic()
    lines = run(SLOW + script.replace("Engine()", f'Engine(model=MODEL, sandbox="{sandbox}")'), tmp_path)
    assert time.monotonic() - begun > 3
    assert "sample_drawn" in lines
    assert "done" not in lines
    assert lines[-4].startswith("cancelled; ")
    assert lines[-3:-1] == ["threads: ['MainThread']", "processes: []"]
    assert set(ast.literal_eval(lines[-1].removeprefix("containers: "))) <= others, "but for those of other tests"
