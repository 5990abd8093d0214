"""What lies beside a program, its arguments, and its report to the host: the same in every tier."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.backends import obstacle, open_sandbox
from sandbox.execution import Limits, Program, Sandbox, Status

LIMITS = Limits(cpu_s=10, wall_s=30)

_PYTHON = """
import os, sys
import part
print(part.NAME, sys.argv[1:], open(sys.argv[1]).read(), os.listdir("notes"), sorted(os.listdir()))
open("notes/x", "w").write("kept while it runs")
os.write(3, b"token")
"""

_CPP = """
#include "part.h"
#include <fstream>
#include <iostream>
#include <unistd.h>
int main(int argc, char** argv) {
  std::string word;
  std::ifstream(argv[1]) >> word;
  std::ofstream(std::string(argv[2]) + "x") << 1;
  std::cout << NAME << " " << argc << " " << word << " " << twice(21) << "\\n";
  return write(3, "token", 5) == 5 ? 0 : 1;
}
"""


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("docker", marks=pytest.mark.docker),
        pytest.param("bubblewrap", marks=pytest.mark.bubblewrap),
        "unsafe",
    ],
)
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    if problem := obstacle(request.param):
        pytest.skip(problem)
    box = open_sandbox(request.param, slots=2)
    yield box
    box.close()


def test_a_python_program_sees_what_lies_beside_it(sandbox: Sandbox) -> None:
    program = Program(
        language="python",
        source=_PYTHON,
        sources=(("part.py", "NAME = 'part'\n"),),
        arguments=("data.in", "{source} {x"),
        files=(("data.in", b"given"), ("notes/", b"")),
        reports=True,
    )
    inputs = (
        (b"",) if sandbox.name == "unsafe" else (b"", b"")
    )  # without confinement a folder is not emptied in between
    run = sandbox.run(program, inputs, LIMITS)
    for ended in run.executions:
        assert ended.status is Status.OK, ended
        assert ended.stdout.startswith(b"part ['data.in', '")
        assert b"given [] ['data.in', " in ended.stdout
        assert ended.report == b"token"


def test_a_program_of_several_cpp_files(sandbox: Sandbox) -> None:
    program = Program(
        language="cpp",
        source=_CPP,
        sources=(
            ("part.h", '#define NAME "part"\nint twice(int);\n'),
            ("more.cc", "int twice(int x) { return 2 * x; }\n"),
        ),
        arguments=("data.in", "notes/"),
        files=(("data.in", b"given"), ("notes/", b"")),
        reports=True,
    )
    run = sandbox.run(program, (b"",), LIMITS)
    assert run.built, run.build
    assert run.executions[0].status is Status.OK, run.executions[0]
    assert run.executions[0].stdout == b"part 3 given 42\n"
    assert run.executions[0].report == b"token"


def test_descriptor_three_is_closed_without_being_asked_for(sandbox: Sandbox) -> None:
    program = Program(language="python", source="import os\nos.write(3, b'token')\n")
    ended = sandbox.run(program, (b"",), LIMITS).executions[0]
    assert ended.status is Status.NONZERO_EXIT
    assert ended.report == b""


def test_both_sides_of_a_conversation_have_their_own(sandbox: Sandbox) -> None:
    source = "import os, sys\nprint(open(sys.argv[1]).read(), flush=True)\nos.write(3, input().encode())\n"
    sides = [
        Program(language="python", source=source, arguments=("x",), files=(("x", name),), reports=True)
        for name in (b"one", b"two")
    ]
    one, two = sandbox.converse(sides[0], sides[1], LIMITS)
    assert (one.status, two.status) == (Status.OK, Status.OK), (one, two)
    assert (one.report, two.report) == (b"two", b"one")


def test_memory_beyond_all_measure_is_refused_at_once(sandbox: Sandbox) -> None:
    """Not given page by page, up to a limit of time. (Without confinement limits come when a program has begun.)"""
    if sandbox.name == "unsafe":
        return
    source = "#include <vector>\nint main(int argc, char**) { return std::vector<long>(argc * 1600000000L)[7]; }\n"
    program = Program(language="cpp", source=source)
    ended = sandbox.run(program, (b"",), Limits(cpu_s=10, wall_s=60, memory_bytes=2 << 30)).executions[0]
    assert (ended.status, ended.signal) == (Status.SIGNALED, 6)
    assert b"bad_alloc" in ended.stderr
