"""The figures of the search for distinguishing inputs, from recorded programs in a real sandbox."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from benchmarks.distinguish import main

ROW = {
    "task_id": "T/0",
    "prompt": 'def top(xs: list) -> int:\n    """The largest.\n    >>> top([1, 3, 2])\n    3\n    """\n',
    "entry_point": "top",
    "canonical_solution": "    return max(xs)\n",
    "test": "def check(candidate):\n    assert candidate([5, 1]) == 5\n    assert candidate([1, 5, 2]) == 5\n",
}
BODIES = ("return max(xs)", "return xs[0]", "return xs[-1]", "return sorted(xs)[1]", "return max( xs )")


def test_pairs_are_searched_and_counted(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text(json.dumps(ROW) + "\n")
    samples = [{"task_id": "T/0", "completion": f"    {body}\n"} for body in BODIES]
    (tmp_path / "pool.jsonl").write_text("\n".join(map(json.dumps, samples)))
    options = ["--pool", str(tmp_path / "pool.jsonl"), "--data", str(tmp_path / "rows.jsonl"), "--sandbox", "unsafe"]
    result = CliRunner().invoke(main, [*options, "--json"], catch_exceptions=False)
    figures = json.loads(result.stdout)
    assert figures["pairs"] in (1, 2)
    assert figures["found_percent"] == figures["minimal_percent"] == 100.0
    assert figures["median_executions"] <= 20
