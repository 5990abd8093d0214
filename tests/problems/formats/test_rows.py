"""Rows of published sets: what is read, and how each thing that can be wrong is told."""

from __future__ import annotations

import base64
import gzip
import json
import os
import pickle
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from problems.errors import ProblemError, ProblemFormatError
from problems.formats import apps, code_contests, evalplus, gcj, gsm8k, humaneval, livecodebench, mbpp, multipl_e
from problems.library import find_all
from problems.problem import Call, Stdio

HUMANEVAL = {
    "task_id": "HumanEval/900",
    "prompt": 'def add(a, b):\n    """Sum.\n    >>> add(1, 2)\n    3\n    """\n',
    "entry_point": "add",
    "canonical_solution": "    return a + b\n",
    "test": "def check(candidate):\n    assert candidate(1, 2) == 3\n",
}
MBPP = {
    "task_id": 11,
    "text": "Write a function to add.",
    "code": "import sys\r\nclass Pair:\r\n    pass\r\ndef add(a, b):\r\n    return a + b",
    "test_setup_code": "",
    "test_list": ["assert add(1, 2) == 3", "assert add(2, 2) == 4"],
    "challenge_test_list": [],
}
SANITIZED = {
    "task_id": 11,
    "prompt": "Write a function to add.",
    "code": "def add(a, b):\n    return a + b",
    "test_imports": ["import math"],
    "test_list": ["assert math.isclose(add(1, 2), 3)"],
}
PLUS = {
    "task_id": "Mbpp/2",
    "prompt": '"""\nShared items.\nassert shared((1, 2), (2, 3)) == (2,)\n"""\n',
    "entry_point": "shared",
    "canonical_solution": "\ndef shared(a, b):\n    return tuple(set(a) & set(b))\n",
    "base_input": [[[1, 2], [2, 3]]],
    "plus_input": {},
    "atol": 0,
    "assertion": "",
}
CONTESTS = {
    "name": "1_A. Sum",
    "description": "Add the numbers.",
    "public_tests": {"input": ["1 2\n"], "output": ["3\n"]},
    "private_tests": {"input": ["2 2\n"], "output": ["4\n"]},
    "generated_tests": {"input": ["5 5\n"], "output": ["10\n"]},
    "time_limit": {"seconds": 2, "nanos": 500_000_000},
    "memory_limit_bytes": 256_000_000,
    "cf_rating": 900,
    "cf_tags": ["math", ""],
    "solutions": {"language": [2, 3], "solution": ["int main() {}", "print(1)"]},
}
KINDS = {
    "id": "sum",
    "title": "Sum",
    "description": "Add.",
    "tags": ["math"],
    "tests": [
        {"input": "1 2\n", "output": "3", "kind": "example"},
        {"input": "2 2\n", "output": "4", "kind": "hidden"},
    ],
}
LCB = {
    "question_title": "Above",
    "question_content": "Values above a limit.",
    "platform": "leetcode",
    "question_id": "77",
    "contest_id": "c",
    "contest_date": "2024-01-01T00:00:00",
    "starter_code": "class Solution:\n    def above(self, values: List[int], limit: int) -> List[int]:\n        ",
    "difficulty": "easy",
    "public_test_cases": json.dumps([{"input": "[1, 5]\n2", "output": "[5]", "testtype": "functional"}]),
    "private_test_cases": json.dumps([{"input": "[]\n2", "output": "[]", "testtype": "functional"}]),
    "metadata": '{"func_name": "above"}',
}
APPS = {
    "problem_id": 4,
    "question": "Add.\n\n-----Input-----\n\nTwo numbers.\n\n-----Examples-----\nInput\n1 2\n\nOutput\n3\n",
    "solutions": '["print(3)"]',
    "input_output": json.dumps({"inputs": ["1 2\n", ["2", "2"]], "outputs": ["3\n", ["4"]]}),
    "difficulty": "interview",
    "url": "",
    "starter_code": "",
}
GCJ = {
    "id": "codejam/sum",
    "problem_yaml": "",
    "statement_html": "",
    "statement_text": "Add.",
    "validator_flags": "float_tolerance 1e-6",
    "tests": [
        {"name": "s", "kind": "sample", "input": "1\n", "output": "Case #1: 1\n"},
        {"name": "t", "kind": "secret", "input": "2\n", "output": "Case #1: 2\n"},
    ],
}
MULTI = {"name": "HumanEval_0_add", "language": "rs", "prompt": "fn add() {\n", "tests": "}\nfn main() {}\n"}

Read = Callable[..., Iterator[Any]]


def write(file: Path, *rows: object) -> Path:
    text = "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)
    file.write_bytes(gzip.compress(text.encode()) if file.suffix == ".gz" else text.encode())
    return file


def only(read: Read, tmp_path: Path, row: dict[str, Any]) -> Any:
    (found,) = read(write(tmp_path / "rows.jsonl", row))
    return found


def packed(tests: Any) -> str:
    return base64.b64encode(zlib.compress(pickle.dumps(json.dumps(tests)))).decode()


def test_mbpp(tmp_path: Path) -> None:
    row = only(mbpp.read_rows, tmp_path, MBPP)
    assert (row.task_id, row.entry_point, row.needs_program) == ("Mbpp/11", "add", False)
    assert row.tests == "\nassert add(1, 2) == 3\nassert add(2, 2) == 4\n"
    assert [(case.input, case.output) for case in row.problem.public_tests] == [("[1,2]", "3")]
    assert "add(2, 2)" not in repr(row.problem)
    assert "return" not in repr(row.problem)


def test_mbpp_tests_that_need_the_program(tmp_path: Path) -> None:
    def needs(**changes: Any) -> bool:
        return bool(only(mbpp.read_rows, tmp_path, MBPP | changes).needs_program)

    assert needs(test_list=["assert add(Pair(), 1) == 3"])
    assert needs(test_setup_code="root = Pair()", test_list=["assert add(root, 1) == 3"])
    assert needs(test_list=["assert add([int], 1) == [1]"])
    assert not needs(test_list=["assert add(int('1'), 1) == isinstance(2, int)"])
    imports = only(mbpp.read_rows, tmp_path, MBPP | {"test_list": ["assert add(1, 2) == sys.maxsize"]})
    assert imports.tests.startswith("import sys\n")
    assert not imports.needs_program


def test_sanitized_mbpp_is_one_json_list(tmp_path: Path) -> None:
    file = tmp_path / "sanitized-mbpp.json"
    file.write_text(json.dumps([SANITIZED, SANITIZED | {"task_id": 12, "test_list": []}, 5]), encoding="utf-8")
    bad: list[ProblemFormatError] = []
    (row,) = mbpp.read_sanitized(tmp_path, on_bad=bad.append)
    assert row.tests.startswith("import math\nassert math.isclose")
    assert [error.field for error in bad] == ["[1].test_list", "[2]"]


def test_evalplus(tmp_path: Path) -> None:
    file = write(tmp_path / "MbppPlus-v0.2.0.jsonl.gz", PLUS)
    (row,) = evalplus.read_rows("mbpp", tmp_path)
    assert row.base_inputs == ('[{"tuple":[1,2]},{"tuple":[2,3]}]',)
    assert row.plus_inputs == ()
    assert row.reference.startswith('"""\nShared')
    assert [case.input for case in row.problem.public_tests] == ['[{"tuple":[1,2]},{"tuple":[2,3]}]']
    assert isinstance(row.problem.interface, Call)
    assert row.problem.interface.starter_code == PLUS["prompt"]
    file.rename(tmp_path / "MbppPlus-v9.9.jsonl.gz")
    with pytest.raises(ProblemFormatError, match=r"v9\.9\.jsonl\.gz: field 'version': version v9\.9 is not known"):
        list(evalplus.read_rows("mbpp", tmp_path))


@pytest.mark.parametrize(
    ("task", "given", "wire"),
    [
        ("Mbpp/63", [[[[1, 2]]]], '[[[{"tuple":[1,2]}]]]'.replace("[[[", "[[").replace("]]]", "]]")),
        ("Mbpp/115", [[[[1], []]]], '[[{"set":[1]},{"dict":[]}]]'),
        ("Mbpp/124", [["0", "1+2j"]], '[0.0,{"complex":[1.0,2.0]}]'),
        ("Mbpp/307", [[[1, [], 5], 2, 50]], '[{"tuple":[1,[],5]},2,50]'),
        ("Mbpp/580", [[[1, [2]]]], '[{"tuple":[1,{"tuple":[2]}]}]'),
        ("Mbpp/1", [[[1], 2]], "[[1],2]"),
    ],
)
def test_mbpp_plus_types_come_back(tmp_path: Path, task: str, given: list[Any], wire: str) -> None:
    file = write(tmp_path / "rows.jsonl", PLUS | {"task_id": task, "base_input": given})
    (row,) = evalplus.read_rows("mbpp", file)
    assert row.base_inputs == (wire,)


def test_code_contests_as_published(tmp_path: Path) -> None:
    row = only(code_contests.read_rows, tmp_path, CONTESTS)
    problem = row.problem
    assert (problem.id, problem.time_limit_s, problem.memory_limit_bytes) == ("1_A. Sum", 2.5, 256_000_000)
    assert (problem.rating, problem.tags) == (900, ("math",))
    assert [case.input for case in problem.public_tests] == ["1 2\n"]
    assert [case.name for case in row.tests] == ["private 1", "generated 1"]
    assert row.reference == "print(1)"


def test_code_contests_from_parquet(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    file = tmp_path / "test-00000-of-00001.parquet"
    parquet.write_table(pyarrow.Table.from_pylist([CONTESTS, CONTESTS | {"name": "2", "description": ""}]), file)
    bad: list[ProblemFormatError] = []
    (row,) = code_contests.read_rows(tmp_path, on_bad=bad.append)
    assert [case.output for case in row.tests] == ["4\n", "10\n"]
    assert str(bad[0]) == f"{file}:2: field 'description': is empty"


def test_code_contests_with_kinds(tmp_path: Path) -> None:
    row = only(code_contests.read_rows, tmp_path, KINDS)
    assert [case.output for case in row.problem.public_tests] == ["3"]
    assert [case.output for case in row.tests] == ["4"]
    assert row.problem.statement == "# Sum\n\nAdd."


@pytest.mark.parametrize("private", [LCB["private_test_cases"], packed(json.loads(LCB["private_test_cases"]))])
def test_livecodebench(tmp_path: Path, private: str) -> None:
    row = only(livecodebench.read_rows, tmp_path, LCB | {"private_test_cases": private})
    assert isinstance(row.problem.interface, Call)
    assert row.problem.interface.entry_point == "Solution.above"
    assert [(case.input, case.output) for case in row.tests] == [("[[1,5],2]", "[5]"), ("[[],2]", "[]")]
    assert [case.name for case in row.problem.public_tests] == ["sample 1"]


def test_a_pickle_that_would_run_code_is_refused(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.system, (f"touch {tmp_path / 'ran'}",)

    for content in (Evil(), b"bytes", ["list"]):
        row = LCB | {"private_test_cases": base64.b64encode(zlib.compress(pickle.dumps(content))).decode()}
        with pytest.raises(ProblemFormatError, match=r"rows\.jsonl:1: field 'private_test_cases': (not a|the) pickle"):
            only(livecodebench.read_rows, tmp_path, row)
    assert not (tmp_path / "ran").exists()


def test_unknown_release() -> None:
    with pytest.raises(ProblemError, match="version 'release_v9' is not known; there are release_v1 to v6"):
        list(livecodebench.read_rows("release_v9"))


def test_apps(tmp_path: Path) -> None:
    row = only(apps.read_rows, tmp_path, APPS)
    assert isinstance(row.problem.interface, Stdio)
    assert [(case.input, case.output) for case in row.tests] == [("1 2\n", "3\n"), ("2\n2\n", "4\n")]
    assert [(case.input, case.output) for case in row.problem.public_tests] == [("1 2\n", "3\n")]
    assert (row.reference, row.problem.difficulty) == ("print(3)", "medium")
    starter = "class Solution:\n    def add(self, a, b):\n        "
    pairs = {"fn_name": "add", "inputs": [[1, 2]], "outputs": [[3]]}
    called = only(apps.read_rows, tmp_path, APPS | {"input_output": json.dumps(pairs), "starter_code": starter})
    assert called.problem.interface == Call(entry_point="Solution.add", starter_code=starter)
    assert called.problem.checker.name == "json_or_item"
    assert [(case.input, case.output) for case in called.tests] == [("[1,2]", "[3]")]


def test_apps_folders(tmp_path: Path) -> None:
    folder = tmp_path / "test" / "0000"
    folder.mkdir(parents=True)
    (folder / "question.txt").write_text("Add.")
    (folder / "input_output.json").write_text(str(APPS["input_output"]))
    (folder / "metadata.json").write_text('{"difficulty": "introductory", "url": ""}')
    (row,) = apps.read_rows(tmp_path)
    assert (row.problem.id, row.problem.difficulty, len(row.tests)) == ("0000", "easy", 2)


def test_apps_arguments_as_text(tmp_path: Path) -> None:
    row = {
        "id": 1,
        "name": "1",
        "description": 'For `"1232"` and 10 true.',
        "difficulty": "interview",
        "starter_code": "\ndef polydivisible(s, b):\n\t",
        "sample_io": [{"input": "1232\n10", "output": [True]}],
        "test_list": [{"input": "123\n10", "output": [False]}, {"input": "7\n[1, 2]", "output": [[1]]}],
    }
    found = only(apps.read_rows, tmp_path, row)
    assert [(case.input, case.output) for case in found.tests] == [('["123",10]', "false"), ('["7",[1,2]]', "[1]")]
    assert [case.input for case in found.problem.public_tests] == ['["1232",10]']


def test_code_jam(tmp_path: Path) -> None:
    row = only(gcj.read_rows, tmp_path, GCJ)
    assert (row.problem.checker.name, row.problem.checker.absolute) == ("floats", 1e-6)
    assert [case.name for case in (*row.problem.public_tests, *row.tests)] == ["s", "t"]


def test_other_languages(tmp_path: Path) -> None:
    row = only(multipl_e.read_rows, tmp_path, MULTI)
    assert (row.language, row.tests, row.problem.statement) == ("rust", MULTI["tests"], MULTI["prompt"])
    x = {"task_id": "CPP/0", "prompt": "int f() {\n", "canonical_solution": "return 1;}\n", "test": "int main() {}\n"}
    row = only(multipl_e.read_rows, tmp_path, x)
    assert (row.language, row.reference) == ("cpp", "int f() {\nreturn 1;}\n")


READERS: dict[str, tuple[Read, dict[str, Any]]] = {
    "humaneval": (humaneval.read_rows, HUMANEVAL),
    "mbpp": (mbpp.read_rows, MBPP),
    "mbpp+": (lambda path, **how: evalplus.read_rows("mbpp", path, **how), PLUS),
    "code_contests": (code_contests.read_rows, CONTESTS),
    "kinds": (code_contests.read_rows, KINDS),
    "livecodebench": (livecodebench.read_rows, LCB),
    "apps": (apps.read_rows, APPS),
    "gcj": (gcj.read_rows, GCJ),
    "multipl-e": (multipl_e.read_rows, MULTI),
}


@pytest.mark.parametrize(
    ("name", "changes", "field"),
    [
        ("humaneval", {"test": ""}, "test"),
        ("humaneval", {"test": "METADATA = {}\n"}, "test"),
        ("humaneval", {"test": "def check(candidate):\n    pass\n"}, "test"),
        ("humaneval", {"test": "def other(candidate):\n    assert candidate(1, 2) == 3\n"}, "test"),
        ("humaneval", {"test": "def check(candidate"}, "test"),
        ("humaneval", {"task_id": "a\x1b[2J"}, "task_id"),
        ("humaneval", {"task_id": "a\ud800"}, "task_id"),
        ("mbpp", {"code": None}, "code"),
        ("mbpp", {"code": "def f(:"}, "code"),
        ("mbpp", {"test_list": "assert"}, "test_list"),
        ("mbpp", {"test_list": ["assert other(1)"]}, "test_list"),
        ("mbpp", {"task_id": ""}, "task_id"),
        ("mbpp+", {"base_input": [1]}, "base_input"),
        ("mbpp+", {"base_input": [[1, 2]]}, "base_input"),
        ("mbpp+", {"base_input": []}, "base_input"),
        ("mbpp+", {"canonical_solution": "\ndef shared(a, b)"}, "canonical_solution"),
        ("mbpp+", {"canonical_solution": "\ndef other(a, b):\n    return a"}, "canonical_solution"),
        ("mbpp+", {"atol": "small"}, "atol"),
        ("mbpp+", {"atol": -1}, "atol"),
        ("mbpp+", {"entry_point": "a b"}, "entry_point"),
        ("code_contests", {"private_tests": {"input": ["1"], "output": []}}, "private_tests"),
        ("code_contests", {"public_tests": []}, "public_tests"),
        ("kinds", {"tests": [{"input": "1", "output": "2", "kind": "secret"}]}, "kind"),
        ("kinds", {"tests": []}, "tests"),
        ("livecodebench", {"private_test_cases": "!!"}, "private_test_cases"),
        ("livecodebench", {"private_test_cases": "QUJD"}, "private_test_cases"),
        ("livecodebench", {"private_test_cases": packed([[os.urandom(99).hex()]])[:80]}, "private_test_cases"),
        ("livecodebench", {"metadata": "{"}, "metadata"),
        ("livecodebench", {"public_test_cases": '[{"input": "1"}]'}, "public_test_cases"),
        ("livecodebench", {"metadata": "{}"}, "public_test_cases"),
        ("apps", {"input_output": "{"}, "input_output"),
        ("apps", {"input_output": ""}, "input_output"),
        ("apps", {"input_output": {"inputs": ["1"], "outputs": []}}, "input_output"),
        ("apps", {"question": 3}, "question"),
        ("gcj", {"tests": [{"name": "s", "kind": "odd", "input": "", "output": ""}]}, "kind"),
        ("gcj", {"validator_flags": "float_tolerance tiny"}, "validator_flags"),
        ("multipl-e", {"language": "cobol"}, "language"),
        ("multipl-e", {"tests": ""}, "tests"),
        ("multipl-e", {"language": "python", "tests": "pass"}, "tests"),
    ],
)
def test_each_fault_is_told_by_file_row_and_field(
    tmp_path: Path, name: str, changes: dict[str, Any], field: str
) -> None:
    read, good = READERS[name]
    file = write(tmp_path / "rows.jsonl", good | changes, "{", good, good)
    bad: list[ProblemFormatError] = []
    assert len(list(read(file, on_bad=bad.append))) == 1
    assert [(error.path, error.line) for error in bad] == [(str(file), 1), (str(file), 2), (str(file), 4)]
    assert field in bad[0].field
    assert "stands in row 3 too" in str(bad[2])
    with pytest.raises(ProblemFormatError, match=r"rows\.jsonl:1: field '"):
        list(read(file))


@pytest.mark.parametrize("name", READERS)
def test_a_file_of_rows_is_known_by_its_fields(tmp_path: Path, name: str) -> None:
    _, row = READERS[name]
    (problem,) = find_all(str(write(tmp_path / "some.jsonl", row)))
    assert problem.statement


def test_the_rows_before_a_break_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl.gz"
    write(file, *(GCJ | {"id": f"{number}", "statement_text": os.urandom(2000).hex()} for number in range(50)))
    file.write_bytes(file.read_bytes()[:-5000])
    bad: list[ProblemFormatError] = []
    found = list(gcj.read_rows(file, on_bad=bad.append))
    assert 10 < len(found) < 50
    assert (bad[0].path, bad[0].line) == (str(file), len(found) + 1)
    assert "ends too early" in str(bad[0])
    with pytest.raises(ProblemFormatError, match="ends too early"):
        list(gcj.read_rows(file))


def test_gsm8k_rows_are_questions(tmp_path: Path) -> None:
    file = tmp_path / "test.jsonl"
    rows = [
        {"question": "How much?", "answer": "48 / 2 = <<48/2=24>>24\n#### 1,024"},
        {"question": "How many?", "answer": "no mark"},
        {"question": "How far?", "answer": "#### -3"},
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    bad: list[ProblemFormatError] = []
    found = list(gsm8k.read_rows(file, on_bad=bad.append))
    assert [row.problem.id for row in found] == ["gsm8k/0", "gsm8k/2"]
    assert [row.tests[0].output for row in found] == ["1,024", "-3"]
    assert all(row.problem.is_question for row in found)
    assert "no number behind '####'" in str(bad[0])
    file.write_text(json.dumps(rows[0]) + "\n")
    assert [problem.statement for problem in find_all(str(file))] == ["How much?"]


@pytest.mark.parametrize("name", READERS)
def test_unusual_files_that_are_whole(tmp_path: Path, name: str) -> None:
    """A mark of UTF-8, lines as Windows has them, empty lines, a name that does not say whether it is packed."""
    read, good = READERS[name]
    text = f"\ufeff\r\n{json.dumps(good)}\r\n  \r\n".encode()
    files = {"a.jsonl": gzip.compress(text), "b.jsonl.gz": text, "c.json": text, "d.jsonl.gz": gzip.compress(text)}
    for file, content in files.items():
        (tmp_path / file).write_bytes(content)
        assert len(list(read(tmp_path / file))) == 1
    (tmp_path / "e.json").write_text(f"\ufeff\n[{json.dumps(good, indent=1)}]")
    assert len(list(read(tmp_path / "e.json"))) == 1


@pytest.mark.parametrize("task_id", ["é/ü ✓", "a'b\"c/d", "..", "../x", "²", "9" * 5000, "%s{}", "Mbpp/" + "x" * 300])
def test_unusual_ids(tmp_path: Path, task_id: str) -> None:
    file = write(tmp_path / "rows.jsonl", PLUS | {"task_id": task_id})
    [row] = evalplus.read_rows("mbpp", file)
    assert row.task_id == task_id


def test_a_line_that_is_no_text_costs_no_other(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    good, other = (json.dumps(GCJ | {"id": name}).encode() for name in "ab")
    file.write_bytes(b"\n".join((good, b'{"id": "\xff"}', b"\0", b"[" * 100_000, other)))
    bad: list[ProblemFormatError] = []
    assert [row.problem.id for row in gcj.read_rows(file, on_bad=bad.append)] == ["a", "b"]
    assert [error.line for error in bad] == [2, 3, 4]
    assert "not UTF-8" in str(bad[0])
