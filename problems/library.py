"""Where problems are found: files, folders, standard input, suites by name.

A name of a suite or of a bundled problem goes before a file of that name; `./name` is always the file.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from problems.codec import loads_problem, read_problem, read_text
from problems.errors import ProblemError, ProblemFormatError
from problems.formats import kattis
from problems.problem import Problem

SUITES: dict[str, str] = {
    "bundled": "problems.library:bundled",
    "humaneval": "problems.formats.humaneval:read_problems",
    "humaneval+": "problems.formats.evalplus:read_humaneval_plus",
    "mbpp": "problems.formats.mbpp:read_problems",
    "mbpp-sanitized": "problems.formats.mbpp:read_sanitized_problems",
    "mbpp+": "problems.formats.evalplus:read_mbpp_plus",
    "apps": "problems.formats.apps:read_problems",
    "code_contests": "problems.formats.code_contests:read_problems",
    "livecodebench": "problems.formats.livecodebench:read_problems",
    "humaneval-x": "problems.formats.multipl_e:read_problems",
    "gcj": "problems.formats.gcj:read_problems",
    "gsm8k": "problems.formats.gsm8k:read_problems",
}
"""Suite name -> "module:attribute" of a function without arguments that yields its problems."""

DATA = Path(__file__).parent / "data"
MAX_TEXT_BYTES = 16 << 20

_ROWS: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"base_input", "plus_input", "assertion"}), "problems.formats.evalplus:read_mbpp_plus"),
    (frozenset({"base_input", "plus_input"}), "problems.formats.evalplus:read_humaneval_plus"),
    (frozenset({"declaration", "canonical_solution", "test"}), "problems.formats.multipl_e:read_problems"),
    (frozenset({"name", "language", "tests"}), "problems.formats.multipl_e:read_problems"),
    (frozenset({"entry_point", "canonical_solution", "test"}), "problems.formats.humaneval:read_problems"),
    (frozenset({"code", "test_list"}), "problems.formats.mbpp:read_problems"),
    (frozenset({"question_id", "private_test_cases"}), "problems.formats.livecodebench:read_problems"),
    (frozenset({"question", "input_output"}), "problems.formats.apps:read_problems"),
    (frozenset({"sample_io", "test_list"}), "problems.formats.apps:read_problems"),
    (frozenset({"public_tests", "private_tests"}), "problems.formats.code_contests:read_problems"),
    (frozenset({"description", "tests"}), "problems.formats.code_contests:read_problems"),
    (frozenset({"validator_flags", "tests"}), "problems.formats.gcj:read_problems"),
    (frozenset({"problem_yaml", "tests"}), "problems.formats.gcj:read_problems"),
    (frozenset({"question", "answer"}), "problems.formats.gsm8k:read_problems"),
)
"""Fields by which the rows of a published set are known -> what reads them; the first that fits."""


def find(spec: str) -> Problem:
    """The one problem that `spec` names (see `find_all`).

    Raises:
        ProblemError: There is none, it cannot be read, or `spec` names several.
    """
    found = list(islice(find_all(spec), 2))
    if len(found) > 1:
        raise ProblemError(f"'{spec}' names several problems; give one, such as '{spec}/{found[0].id}'")
    if not found:
        raise ProblemError(f"'{spec}' holds no problem")
    return found[0]


def find_all(spec: str) -> Iterator[Problem]:
    """The problems that `spec` names.

    Args:
        spec: A file (.md, .py, .json, .jsonl[.gz] of HumanEval rows), a problem's folder (ours or a Kattis
            package) or a folder of such, `-`
            for standard input, a suite (`humaneval`), a problem of a suite (`humaneval/HumanEval/0`), or
            the id of a bundled problem.

    Raises:
        ProblemError: Nothing has that name (near ones are named), or it cannot be read.
    """
    if not spec:
        raise ProblemError("'' names no problem; give a file, a suite or an id")
    if spec == "-":
        yield from_text(_standard_input())
        return
    suite, slash, name = spec.partition("/")
    if suite in SUITES:
        yield from _of_suite(suite, name if slash else None)
    elif spec in bundled_ids():
        yield bundled_problem(spec)
    elif _exists(Path(spec)):
        yield from read_path(Path(spec))
    else:
        raise ProblemError(_not_found(spec))


def from_text(text: str, name: str = "stdin") -> Problem:
    """The problem of a text whose format is not told: JSON, a Python stub, or else Markdown.

    Args:
        name: The problem's id where the text names none, and what messages call the text.

    Raises:
        ProblemFormatError: The text is empty or broken.
    """
    from problems.formats.markdown import loads_markdown
    from problems.formats.stub import loads_stub, looks_like_stub

    if not text.strip():
        raise ProblemFormatError("empty; a statement, a stub or a problem in JSON is needed", path=name, line=1)
    if text.lstrip().startswith("{"):
        return loads_problem(text, path=name)
    if looks_like_stub(text):
        return loads_stub(text, path=name)
    return loads_markdown(text, problem_id=name, path=name)


def read_path(path: Path) -> Iterator[Problem]:
    """The problems in a file or folder. Raises as `find_all` does."""
    from problems.formats.markdown import loads_markdown
    from problems.formats.stub import loads_stub

    if path.is_dir():
        yield from _of_folder(path)
    elif path.name.endswith((".jsonl", ".jsonl.gz", ".parquet")):
        yield from _of_rows(path)
    elif path.suffix == ".json":
        yield _sourced(read_problem(path), str(path))
    elif path.suffix == ".py":
        yield loads_stub(read_text(path), path=str(path))
    elif path.suffix in (".md", ".markdown", ".txt"):
        yield loads_markdown(read_text(path), problem_id=_slug(path.stem), path=str(path))
    else:
        known = ".md, .py, .json, .jsonl, .jsonl.gz"
        raise ProblemError(f"{path}: '{path.suffix or path.name}' is no known kind of problem; known are {known}")


def bundled() -> Iterator[Problem]:
    """The problems that come with the package, by id."""
    for problem_id in bundled_ids():
        yield bundled_problem(problem_id)


def bundled_ids() -> list[str]:
    return sorted(file.parent.name for file in DATA.glob("*/problem.json"))


def bundled_problem(problem_id: str) -> Problem:
    return _sourced(read_problem(DATA / problem_id), f"bundled/{problem_id}")


def _of_suite(suite: str, name: str | None) -> Iterator[Problem]:
    module, _, attribute = SUITES[suite].partition(":")
    problems: Iterator[Problem] = getattr(importlib.import_module(module), attribute)()
    if name is None:
        yield from problems
        return
    seen: list[str] = []
    for problem in problems:
        if problem.id == name:
            yield problem
            return
        seen.append(problem.id)
    raise ProblemError(f"suite '{suite}' has no problem '{name}'{_near(name, seen, f'{suite}/')}")


def _of_folder(folder: Path) -> Iterator[Problem]:
    if _is_problem(folder):
        yield _read_folder(folder)
        return
    inside = [each for each in sorted(folder.iterdir()) if each.is_dir() and _is_problem(each)]
    if not inside:
        raise ProblemError(f"{folder}: no problem.json or problem.yaml in this folder or in one below it")
    for each in inside:
        yield _read_folder(each)


def _is_problem(folder: Path) -> bool:
    return (folder / "problem.json").is_file() or kattis.is_package(folder)


def _read_folder(folder: Path) -> Problem:
    if (folder / "problem.json").is_file():
        return _sourced(read_problem(folder), str(folder))
    return kattis.read_problem(folder)


def _of_rows(path: Path) -> Iterator[Problem]:
    module, _, attribute = reader_of(path).partition(":")
    yield from getattr(importlib.import_module(module), attribute)(path)


def reader_of(path: Path) -> str:
    """What reads the rows of a file, as in `SUITES`: told by the fields of the first row."""
    from problems.formats.rows import first_fields

    fields = first_fields(path)
    return next((reader for known, reader in _ROWS if known <= fields), "problems.formats.humaneval:read_problems")


def _standard_input() -> str:
    data = sys.stdin.buffer.read(MAX_TEXT_BYTES + 1)
    if len(data) > MAX_TEXT_BYTES:
        raise ProblemError(f"stdin: more than {MAX_TEXT_BYTES >> 20} MiB; a problem is shorter")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"not UTF-8: byte 0x{data[error.start]:02x}"
        raise ProblemFormatError(message, path="stdin", line=line) from error


def _not_found(spec: str) -> str:
    names = [*SUITES, *bundled_ids()]
    if spec.lower().startswith("humaneval/"):
        return f"'{spec}' is not known; did you mean 'humaneval/HumanEval/{spec.rpartition('/')[2]}'?"
    if "/" in spec or Path(spec).suffix:
        return f"{spec}: no such file{_near(spec, names)}"
    return f"'{spec}' is no file, no suite and no bundled problem{_near(spec, names)}"


def _near(name: str, names: list[str], prefix: str = "") -> str:
    import difflib  # only for messages

    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    if near:
        return f"; near to it: {', '.join(prefix + each for each in near)}"
    shown = ", ".join(prefix + each for each in names[:5])
    return f"; there are: {shown}{', ...' if len(names) > 5 else ''}"


def _sourced(problem: Problem, source: str) -> Problem:
    return problem if problem.source else replace(problem, source=source)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # too long a name; a NUL in it
        return False


def _slug(stem: str) -> str:
    return re.sub(r"\s+", "-", stem.strip()) or "problem"
