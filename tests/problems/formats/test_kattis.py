from __future__ import annotations

from pathlib import Path

import pytest

from problems.errors import ProblemError, ProblemFormatError
from problems.formats.kattis import read_problem, read_settings
from problems.formats.kattis_package import EXPECTED, PackageTest, decide, read_package, read_rows, read_submissions
from problems.library import find
from problems.problem import CheckerSpec


def _write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return _write(
        tmp_path / "sums",
        {
            "problem.yaml": "validator_flags: float_tolerance 1e-4\nlimits:\n  time_multiplier: 3\n  memory: 64\n",
            "problem_statement/problem.sv.tex": "\\problemname{Summor}\nSvenska",
            "problem_statement/problem.en.tex": "\\problemname{Sums}\nAdd up.",
            "data/sample/1.in": "1 2\n",
            "data/sample/1.ans": "3\n",
            "data/secret/b/1.in": "3 4\n",
            "data/secret/b/1.ans": "7\n",
            "data/secret/b/testdata.yaml": "output_validator_flags: case_sensitive\n",
            "data/secret/a.in": "",
            "data/secret/a.ans": "0\n",
            "submissions/accepted/x.py": "print(3)\n",
            "submissions/wrong_answer/several/main.cpp": '#include "a.h"\nint main() {}\n',
            "submissions/wrong_answer/several/a.h": "",
            "submissions/elsewhere/y.py": "",
        },
    )


def test_a_contestant_sees_statement_and_samples(package: Path) -> None:
    problem = read_problem(package)
    assert problem == find(str(package))
    assert problem.id == "sums"
    assert problem.statement == "# Sums\n\nAdd up.\n"
    assert [(test.name, test.input, test.output) for test in problem.public_tests] == [("sample/1", "1 2\n", "3\n")]
    assert problem.checker == CheckerSpec(name="floats", absolute=1e-4, relative=1e-4)
    assert problem.memory_limit_bytes == 64 << 20


def test_a_judge_sees_all(package: Path) -> None:
    read = read_package(package)
    assert [test.name for test in read.tests] == ["sample/1", "secret/a", "secret/b/1"]
    assert [test.flags for test in read.tests] == [("float_tolerance", "1e-4")] * 2 + [("case_sensitive",)]
    assert read.settings.multiplier == 3
    assert [(each.source.path, each.expected) for each in read.submissions] == [
        ("submissions/accepted/x.py", ("AC",)),
        ("submissions/wrong_answer/several", ("WA",)),
    ]
    assert [name for name, _ in read.submissions[1].source.files] == ["a.h", "main.cpp"]


@pytest.mark.parametrize(
    ("yaml", "said"),
    [
        ("type: scoring\n", "sums: a scoring problem"),
        ("type: [pass-fail, multi-pass]\nproblem_format_version: 2023-07\n", "sums: a multi-pass problem"),
        ("validation: custom score\n", "sums: a scoring problem"),
        ("problem_format_version: 1999\n", "'1999' is not known; known are legacy and 2023-07"),
        ("limits:\n  memory: lots\n", "'lots' is no positive number"),
        ("- a\n", "not a mapping"),
        ("a: [", "no YAML"),
        ("validation: custom\n", "output validator of its own and has none"),
        ("validation: 7\n", "field 'validation': '7' is not known"),
        ("validator_flags: float_tolerance tiny\n", "field 'validator_flags': flags that cannot be used: .*'tiny'"),
        ('validator_flags: "it\'s"\n', "field 'validator_flags': .*No closing quotation"),
        ("date: 2020-13-45\n", "no YAML: month must be in"),
    ],
)
def test_what_cannot_be_judged_is_refused_by_name(package: Path, yaml: str, said: str) -> None:
    (package / "problem.yaml").write_text(yaml)
    with pytest.raises(ProblemError, match=said):
        read_package(package)


def test_the_newer_format(package: Path) -> None:
    _write(
        package,
        {
            "problem.yaml": "problem_format_version: 2023-07-draft\ntype: interactive\n"
            "name:\n  sv: Summor\n  en: Sums\n"
            "limits:\n  time_limit: 2.5\n  time_multipliers:\n    ac_to_time_limit: 1.5\n",
            "output_validator/check.py": "import sys\nsys.exit(42)\n",
            "output_validator/part.py": "",
        },
    )
    settings = read_settings(package)
    assert (settings.newer, settings.interactive, settings.custom) == (True, True, True)
    assert (settings.name, settings.time_limit_s, settings.multiplier) == ("Sums", 2.5, 1.5)
    assert [source.path for source in read_package(package).validators] == ["output_validator"]
    with pytest.raises(ProblemError, match="`codesieve check` judges"):
        read_problem(package)


def test_an_input_without_answer_is_named(package: Path) -> None:
    (package / "data/secret/a.ans").unlink()
    with pytest.raises(ProblemError, match=r"a\.in: there is no a\.ans beside it"):
        read_package(package)


@pytest.mark.parametrize(
    ("flags", "answer", "output", "right"),
    [
        ("", "Yes 1\n", "yes\n\n1", True),
        ("", "1\n", "1.0\n", False),
        ("case_sensitive", "Yes", "yes", False),
        ("float_tolerance 1e-4", "Yes 1\n", "YES 1.00005", True),
        ("float_tolerance 1e-4", "0.5\n", "1e99", False),
        ("float_absolute_tolerance 1e-4", "1000\n", "1000.05", False),
        ("float_relative_tolerance 1e-4", "1000\n", "1000.05", True),
        ("case_sensitive float_tolerance 1e-4", "Yes", "yes", False),
        ("space_change_sensitive", "a  b\n", "A  b", True),
        ("space_change_sensitive", "a  b\n", "a b\n", False),
        ("space_change_sensitive case_sensitive", "a b\n", "a b\n", True),
    ],
)
def test_the_default_validator(flags: str, answer: str, output: str, right: bool) -> None:
    test = PackageTest(name="x", input=b"", answer=answer.encode(), flags=tuple(flags.split()))
    assert decide(test, output.encode()).ok is right


def test_answers_that_are_no_utf8_are_compared_as_they_are() -> None:
    test = PackageTest(name="x", input=b"", answer=b"\xe5\n")
    assert decide(test, b"\xe5").ok
    assert not decide(test, b"\xe4").ok


def test_rows_that_are_no_packages_are_named(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"id": "x", "tests": []}\n')
    with pytest.raises(ProblemFormatError, match=r"rows\.jsonl:1: field 'tests': no tests"):
        list(read_rows(path))
    with pytest.raises(ProblemError, match="no such file"):
        list(read_rows(tmp_path / "none.jsonl"))


def test_every_expectation_has_its_folder(tmp_path: Path) -> None:
    for name in EXPECTED:
        _write(tmp_path, {f"{name}/x.py": "", f"{name}/.hidden": ""})
    assert [each.source.path for each in read_submissions(tmp_path)] == [f"{name}/x.py" for name in EXPECTED]


@pytest.mark.data
def test_the_packages_of_the_data(data_dir: Path) -> None:
    packages = data_dir / "kattis_packages"
    kinds = {name: read_package(packages / name) for name in ("alloys", "different", "guess", "hello", "numbertree")}
    assert {name: len(package.tests) for name, package in kinds.items()} == {
        "alloys": 7,
        "different": 3,
        "guess": 10,
        "hello": 1,
        "numbertree": 29,
    }
    assert [name for name, package in kinds.items() if package.settings.custom] == ["different", "guess"]
    with pytest.raises(ProblemError, match="reduplikation: a scoring problem"):
        read_package(packages / "reduplikation")
    rows = list(read_rows(data_dir / "kattis_core" / "problems.jsonl.gz"))
    assert (len(rows), sum(len(row.submissions) for row in rows), sum(len(row.tests) for row in rows)) == (20, 167, 529)
    assert sum(bool(each.exception) for row in rows for each in row.submissions) == 6
