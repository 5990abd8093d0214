from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from codegen.errors import ModelError
from codegen.models.base import Model
from codegen.models.replay import ReplayModel
from tests.codegen.models.conformance import PROBLEM, Conformance, draw, prompt


def write(path: Path, *rows: Any) -> Path:
    text = "".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, encoding="utf-8")
    return path


def texts(path: Path, *indices: int) -> list[str]:
    return [c.text for c in draw(ReplayModel(path), [prompt(index) for index in indices])]


class TestConformance(Conformance):
    @pytest.fixture
    def model(self, tmp_path: Path) -> Model:
        rows = [{"task_id": PROBLEM, "solution": f"def add(a, b): return {i}"} for i in range(6)]
        return ReplayModel(write(tmp_path / "six.jsonl", *rows))


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.jsonl.gz", "rows.txt"])
def test_rows_of_a_task_add_up_in_order(tmp_path: Path, name: str) -> None:
    path = write(
        tmp_path / name,
        {"task_id": PROBLEM, "solution": "whole"},
        {"task_id": "other", "solution": "other"},
        {"task_id": PROBLEM, "completion": "    return 1\n"},
        "",
        {"task_id": PROBLEM, "prompt": "own\n", "completions": ["    x\n", "    y\n"]},
    )
    assert ReplayModel(path).available(PROBLEM) == 4
    assert ReplayModel(path).available("nothing") == 0
    assert texts(path, 0, 1, 2, 3) == ["whole", "def add(a, b):\n    return 1\n", "own\n    x\n", "own\n    y\n"]


def test_a_function_may_be_recorded_with_or_without_what_stands_before_it(tmp_path: Path) -> None:
    path = write(
        tmp_path / "rows.jsonl",
        {"task_id": PROBLEM, "code": "    return 1\n"},
        {"task_id": PROBLEM, "code": "def add(a, b):\n    return 2\n"},
        {"task_id": PROBLEM, "code": "def added(a, b):\n    return 2\n"},
    )
    starter = "import math\n\ndef add(a, b):\n"
    asked = [prompt(index, starter=starter) for index in range(3)]
    assert [each.text for each in draw(ReplayModel(path), asked)] == [
        f"{starter}    return 1\n",
        "import math\n\n\ndef add(a, b):\n    return 2\n",
        f"{starter}def added(a, b):\n    return 2\n",
    ]


def test_a_completion_of_a_problem_without_starter_code_stands_alone(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", {"task_id": PROBLEM, "completion": "print(1)\n"})
    (completion,) = draw(ReplayModel(path), [prompt(starter="")])
    assert completion.text == "print(1)\n"


def test_codet_rows_find_their_task_by_the_prompt_beside_them(tmp_path: Path) -> None:
    write(tmp_path / "toy_for_code_generation.jsonl.gz", {"task_id": PROBLEM, "prompt": "def add(a, b):\n  ''\n"})
    path = write(tmp_path / "pool.jsonl", {"prompt": "def add(a, b):\n  ''\n", "samples": ["  a", "  b"]})
    assert texts(path, 1, 0) == ["def add(a, b):\n  ''\n  b", "def add(a, b):\n  ''\n  a"]


def test_codet_rows_without_the_file_that_names_tasks(tmp_path: Path) -> None:
    path = write(tmp_path / "pool.jsonl", {"prompt": "def f():\n", "samples": ["  a"]})
    with pytest.raises(ModelError, match=r"pool\.jsonl:1: field 'prompt'.*for_code_generation"):
        ReplayModel(path).available(PROBLEM)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{", ":2: not JSON"),
        ("[1]", ":2: found list"),
        ({"task_id": 3.5, "solution": "x"}, ":2: field 'task_id': found float"),
        ({"solution": "x"}, ":2: field 'task_id': missing"),
        ({"task_id": "a"}, ":2: no field"),
        ({"task_id": "a", "solution": None}, ":2: field 'solution': found NoneType"),
        ({"task_id": "a", "prompt": "p", "completions": ["x", 1]}, ":2: field 'completions': found list"),
        ({"task_id": "a", "completions": ["x"]}, ":2: field 'prompt': missing"),
        ({"prompt": "p", "samples": "x"}, ":2: field 'samples': found str"),
    ],
)
def test_a_broken_row_is_named_by_file_line_and_field(tmp_path: Path, row: Any, message: str) -> None:
    path = write(tmp_path / "rows.jsonl", {"task_id": PROBLEM, "solution": "x"}, row)
    with pytest.raises(ModelError, match=r"rows\.jsonl") as caught:
        ReplayModel(path).available(PROBLEM)
    assert message in str(caught.value)


def test_bad_bytes_bad_gzip_no_rows_and_no_file(tmp_path: Path) -> None:
    (tmp_path / "latin.jsonl").write_bytes(b'{"task_id": "\xff"}\n')
    (tmp_path / "cut.gz").write_bytes(gzip.compress(b'{"task_id": "a", "solution": "b"}\n' * 999)[:-20])
    (tmp_path / "empty.jsonl").write_bytes(b"")
    for name, message in (("latin.jsonl", "UTF-8"), ("cut.gz", "ends too early"), ("empty.jsonl", "no recorded")):
        with pytest.raises(ModelError, match=message):
            ReplayModel(tmp_path / name).available(PROBLEM)
    with pytest.raises(ModelError, match="not a file"):
        ReplayModel(tmp_path / "missing.jsonl")


def test_a_bad_row_may_be_left_out(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", {"task_id": PROBLEM}, {"task_id": PROBLEM, "solution": "x"}, "{", [1])
    told: list[str] = []
    model = ReplayModel(path, on_bad=lambda error: told.append(str(error)))
    assert model.available(PROBLEM) == 1
    assert [each.partition("rows.jsonl")[2][:3] for each in told] == [":1:", ":3:", ":4:"]


def test_the_rows_before_the_damage_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "cut.gz"
    path.write_bytes(gzip.compress(b'{"task_id": "a", "solution": "b"}\n' * 99999)[:-20])
    told: list[str] = []
    model = ReplayModel(path, on_bad=lambda error: told.append(str(error)))
    assert (model.available("a") or 0) > 1000
    assert len(told) == 1


def test_a_task_may_be_named_by_its_number(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", {"task_id": 11, "solution": "x"})
    assert ReplayModel(path).available("Mbpp/11") == 1


def test_asking_for_more_than_is_recorded_says_how_many_there_are(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", {"task_id": PROBLEM, "solution": "x"})
    with pytest.raises(ModelError, match="holds 1 samples of toy/add; number 1"):
        texts(path, 1)


@pytest.mark.data
def test_recorded_pools_are_read_whole(data_dir: Path) -> None:
    pool = next((data_dir / "codet").glob("*code_solution.jsonl.gz"))
    model = ReplayModel(pool)
    assert [model.available(f"HumanEval/{task}") for task in range(164)] == [100] * 164
    (completion,) = draw(model, [prompt(0, problem_id="HumanEval/2")])
    assert completion.text.startswith("\n\ndef truncate_number(number: float) -> float:")
    labelled = ReplayModel(data_dir / "labelled_samples" / "humaneval_samples.jsonl.gz")
    assert sum(labelled.available(f"HumanEval/{task}") or 0 for task in range(80)) == 2733
