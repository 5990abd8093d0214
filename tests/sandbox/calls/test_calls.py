"""C++ functions are called on values in wire form, whatever else their program does."""

from __future__ import annotations

from typing import Any

import pytest

from problems.values import dumps, loads
from sandbox.calls import is_lowered, lowered
from sandbox.execution import Execution, Limits, Program, Status
from sandbox.unconfined import UnconfinedSandbox

# One program, since every compilation costs a second or two: `kind` says which function is meant.
SOURCE = r"""
#include <bits/stdc++.h>
using namespace std;
#define int long long
#define ll long long

typedef tuple<ll, double, float, bool, string, char> Scalars;
struct Number { ll n; Number(signed whole) : n(whole) {} Number(string text) : n(text.size()) {} };

template <class T> string shown(const T& value) { ostringstream out; out << value; return out.str(); }

tuple<Scalars, vector<vector<ll>>, optional<string>, map<string, ll>, set<ll>, pair<ll, bool>, vector<bool>, any>
echo(Scalars scalars, const vector<vector<ll>>& grid, optional<string> text, map<string, ll>& counts, set<ll> members,
     pair<ll, bool> both, vector<bool> flags, any held, variant<ll, float, string> one, Number number) {
  cout << "noise on standard output" << endl;
  if (grid.empty()) exit(0);
  if (grid.size() == 2) throw runtime_error("two rows");
  if (grid.size() == 3) abort();
  counts["index"] = (ll)one.index();
  counts["number"] = number.n;
  return {scalars, grid, text, counts, members, both, flags, held};
}

signed main() { cout << "not called"; }
"""
PROGRAM = Program(language="cpp", source=SOURCE, entry_point="echo")


def arguments(**changed: Any) -> list[Any]:
    known = {
        "scalars": (1 << 40, 0.1, 0.1, True, 'a"\\\n\u00e9\U0001f600', "c"),
        "grid": [[1, -2, 3]],
        "text": None,
        "counts": {"b": 2},
        "members": {3, 1},
        "both": (5, False),
        "flags": [True, False],
        "held": 7,
        "one": 2.5,
        "number": 4,
    }
    return list((known | changed).values())


CALLS = [
    arguments(),
    arguments(text="", held="word", one="word", number="four"),
    arguments(held=[1.5, "x", None, True, [2]], one=3, scalars=(0, 2.0, 1e30, False, "", " ")),
    arguments(scalars=(0, float("inf"), -0.5, False, "", " "), held={"a": 1}),
    arguments(grid=[]),
    arguments(grid=[[1], [2]]),
    arguments(grid=[[1], [2], [3]]),
    arguments(grid=[["no number"]]),
    arguments()[:3],
]


@pytest.fixture(scope="module")
def executions() -> tuple[Execution, ...]:
    with UnconfinedSandbox() as sandbox:
        run = sandbox.run(PROGRAM, [dumps(call).encode() for call in CALLS], Limits(cpu_s=5))
    assert run.built, run.build
    return run.executions


def result(call: list[Any], index: int, number: int) -> Any:
    scalars, grid, text, counts, members, both, flags, held, *_ = call
    return scalars, grid, text, counts | {"index": index, "number": number}, members, both, flags, held


@pytest.mark.parametrize(("place", "index", "number"), [(0, 1, 4), (1, 2, 4), (2, 0, 4), (3, 1, 4)])
def test_values_come_back_as_they_were_given(
    executions: tuple[Execution, ...], place: int, index: int, number: int
) -> None:
    execution = executions[place]
    assert (execution.status, execution.stdout) == (Status.OK, b"")
    assert b"noise" in execution.stderr
    wanted = dumps(result(CALLS[place], index, number))
    found = loads(execution.value or b"")
    assert dumps(found) == dumps(loads(wanted))
    assert [type(each) for each in found[0]] == [int, float, float, bool, str, str]


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        (4, b"the program ended the process inside a call"),
        (5, b"two rows"),
        (7, b"an argument is no integer"),
        (8, b"it takes 10 arguments, not 3"),
    ],
)
def test_calls_without_a_value(executions: tuple[Execution, ...], place: int, reason: bytes) -> None:
    execution = executions[place]
    assert (execution.status, execution.value) == (Status.NONZERO_EXIT, None)
    assert reason in execution.stderr


def test_a_crash_is_one(executions: tuple[Execution, ...]) -> None:
    assert executions[6].status is Status.SIGNALED


def test_methods_and_lines_in_a_conversation() -> None:
    source = "class Solution { public: long twice(long n) { if (n < 0) throw n; return 2 * n; } };"
    driver = (
        "import sys\nprint('[4]', flush=True)\nanswer = input()\nsys.exit(0 if answer == '{\"value\":8}' else answer)"
    )
    program = Program(language="cpp", source=source, entry_point="Solution.twice")
    with UnconfinedSandbox() as sandbox:
        assert sandbox.run(program, [b"[3]"], Limits()).executions[0].value == b"6"
        _, asked = sandbox.converse(program, Program(language="python", source=driver), Limits())
    assert asked.status is Status.OK, asked.stderr


def test_what_does_not_build_has_no_executions() -> None:
    with UnconfinedSandbox() as sandbox:
        run = sandbox.run(Program(language="cpp", source="long f(", entry_point="f"), [b"[]"], Limits())
    assert not run.built
    assert run.build is not None
    assert b"main.cpp:1" in run.build.stderr


def test_names_of_functions() -> None:
    assert not is_lowered(Program(language="cpp", source=""))
    assert not is_lowered(Program(language="python", source="", entry_point="f"))
    assert "serve(&A::f," in lowered(Program(language="cpp", source="", entry_point="A.f")).source
    with pytest.raises(ValueError, match="no name of a function"):
        lowered(Program(language="cpp", source="", entry_point="f(); evil"))
