"""Examples in the statements of published data sets, against the tests that come with the rows."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

from problems.formats.markdown import loads_markdown
from problems.formats.stub import loads_stub

pytestmark = pytest.mark.data


def rows(file: Path) -> list[dict[str, Any]]:
    with gzip.open(file, "rt", encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def samples(statement: str) -> list[tuple[list[str], list[str]]]:
    return [(case.input.split(), case.output.split()) for case in loads_markdown(statement).public_tests if case.output]


def test_code_contests(data_dir: Path) -> None:
    """Every sample of every statement. The rows keep only some of them, at times with another of several answers."""
    agree = 0
    statements = rows(data_dir / "code_contests" / "verified.jsonl.gz")
    for row in statements:
        told = re.split(r"\nExamples?\n", row["description"])[-1]
        found = samples(row["description"])
        assert len(found) == len(re.findall(r"^Input\s*$", told, re.MULTILINE)) > 0, row["id"]
        stored = [(test["input"].split(), test["output"].split()) for test in row["tests"] if test["kind"] == "example"]
        agree += all(each in stored for each in found)
    assert agree >= 85, f"{agree} of {len(statements)}"


def test_apps_programs(data_dir: Path) -> None:
    for row in rows(data_dir / "apps" / "selected.jsonl.gz"):
        if not row["starter_code"]:
            stored = [(test["input"].split(), test["output"][0].split()) for test in row["sample_io"]]
            found = samples(row["description"])
            assert found == stored or (row["id"] == 2153 and len(found) == len(stored)), row["id"]
    for row in rows(data_dir / "apps" / "train_5.jsonl.gz"):
        tests = row["input_output"]
        if "fn_name" not in tests:
            assert samples(row["question"]) == [(tests["inputs"][0].split(), tests["outputs"][0].split())]


def test_mbpp_prompts_with_their_assert(data_dir: Path) -> None:
    """A prompt is a text with one assert; sets made of both sides, truth values and sizes of objects are not read."""
    unread = []
    for row in rows(data_dir / "mbpp_plus" / "MbppPlus-v0.2.0.jsonl.gz"):
        stub = f"{row['prompt']}\ndef {row['entry_point']}(*args):\n    pass\n"
        if not loads_stub(stub, name=row["entry_point"]).public_tests:
            unread.append(row["prompt"])
    assert len(unread) <= 12
    assert all(re.search(r"assert (set\(|not |\w+\([^=]*\)\n)|getsizeof", prompt) for prompt in unread)
