"""Suites whose hidden tests are inputs with outputs: APPS, CodeContests, LiveCodeBench, Code Jam, GSM8K."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from benchmarks.suites import Entry
from problems.formats import apps, code_contests, gcj, gsm8k, livecodebench
from problems.formats.rows import OnBad, refuse
from problems.hidden import HiddenTests

_MODULES = (
    "string", "re", "datetime", "collections", "heapq", "bisect", "copy", "math", "random", "statistics", "itertools",
    "functools", "operator", "io", "sys", "json",
)  # fmt: skip
_LIVECODEBENCH = "\n".join(
    (
        *(f"from {name} import *" for name in (*_MODULES, "builtins", "typing")),
        *(f"import {name}" for name in _MODULES),
    )
)
"""What the official runs put before a program (LiveCodeBench: lcb_runner/evaluation/testing_util.py)."""
_APPS = "\n".join(
    (
        "import sys, time, itertools, collections, math, fractions, random, heapq",
        "from itertools import accumulate, product, permutations, combinations",
        "from collections import Counter, OrderedDict, deque, defaultdict, ChainMap",
        "from functools import lru_cache",
        "from math import sqrt, sin, cos, tan, ceil, fabs, floor, gcd, exp, log, log2",
        "from typing import List, Tuple",
        "from heapq import *",
    )
)
"""The same of APPS (eval/testing_util.py), but for numpy."""

Row = apps.Row | code_contests.Row | gcj.Row | gsm8k.Row | livecodebench.Row


def load_apps(data: str | None = None, on_bad: OnBad = refuse) -> Iterator[Entry]:
    """APPS: what stands in `input_output`; the samples of the statement are public."""
    return _entries(apps.read_rows(data, on_bad=on_bad), prelude=_APPS)


def load_code_contests(data: str | None = None, on_bad: OnBad = refuse) -> Iterator[Entry]:
    """CodeContests: private and generated tests."""
    return _entries(code_contests.read_rows(data, on_bad=on_bad))


def load_livecodebench(data: str | None = None, on_bad: OnBad = refuse) -> Iterator[Entry]:
    """LiveCodeBench: all tests, public ones first, as the official run grades them."""
    return _entries(livecodebench.read_rows(data, on_bad=on_bad), prelude=_LIVECODEBENCH)


def load_gcj(data: str | None = None, on_bad: OnBad = refuse) -> Iterator[Entry]:
    """Code Jam: secret tests."""
    return _entries(gcj.read_rows(data, on_bad=on_bad))


def load_gsm8k(data: str | None = None, on_bad: OnBad = refuse) -> Iterator[Entry]:
    """GSM8K: the number behind `####`; what the program prints last is compared with it."""
    return _entries(gsm8k.read_rows(data, on_bad=on_bad))


def _entries(rows: Iterable[Row], *, prelude: str = "") -> Iterator[Entry]:
    for row in rows:
        yield Entry(
            problem=row.problem,
            hidden=HiddenTests(problem_id=row.problem.id, cases=row.tests, prelude=prelude),
            reference=row.reference if isinstance(row, (apps.Row, code_contests.Row)) else "",
        )
