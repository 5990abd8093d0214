"""Examples that were read, held against the problems' own solutions."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from benchmarks.examples import main


def row(number: int, docstring: str) -> str:
    return json.dumps(
        {
            "task_id": f"T/{number}",
            "prompt": f'def twice(x: int) -> int:\n    """{docstring}\n    """\n',
            "entry_point": "twice",
            "canonical_solution": "    return 2 * x\n",
            "test": "def check(candidate):\n    assert candidate(3) == 6\n",
        }
    )


def test_what_was_read_and_what_contradicts(tmp_path: Path) -> None:
    texts = ("Double.\n    >>> twice(2)\n    4", "Double.", "Double. twice(2) == 5\n    twice(3) == 6")
    (tmp_path / "rows.jsonl").write_text("\n".join(row(number, text) for number, text in enumerate(texts)))
    options = ["humaneval", "--data", str(tmp_path / "rows.jsonl"), "--sandbox", "unsafe", "--json"]
    figures = json.loads(CliRunner().invoke(main, options, catch_exceptions=False).stdout)
    assert (figures["problems"], figures["read"], figures["examples"]) == (3, 2, 3)
    assert figures["unread"] == ["T/1"]
    assert list(figures["contradicting"]) == ["T/2"]
    assert "expected 5, found 4" in figures["contradicting"]["T/2"]
