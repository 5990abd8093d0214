"""Calls of compiled programs: a call becomes a program that reads its arguments and writes its result.

Python programs are called by the guest's own interpreter. A C++ function gets a `main` that reads arguments in wire
form from standard input into the function's parameter types and writes what it returned to standard output; what the
function prints itself goes to standard error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from sandbox.execution import Execution, Program, Run, Status

_HEADER = "codesieve_calls.hpp"
_NAME = re.compile(r"[A-Za-z_]\w*(?:(?:\.|::)[A-Za-z_]\w*)*")
_SERVE = "serve"


def is_lowered(program: Program) -> bool:
    """Whether calls of this program are made by a `main` of ours."""
    return program.entry_point is not None and program.language == "cpp"


def lowered(program: Program, *, several: bool = False) -> Program:
    """A program that makes one call, or with `several` one a line, answering as `Sandbox.converse` wants it.

    Raises:
        ValueError: The entry point is no name of a function.
    """
    name = program.entry_point or ""
    if not _NAME.fullmatch(name):
        raise ValueError(f"entry point '{name}' is no name of a function in C++")
    function = f"&{name.replace('.', '::')}" if "." in name else name
    source = (
        # The standard headers stand here, too: from inside of another header their precompiled form is not taken.
        f'#include <bits/stdc++.h>\n#include "{_HEADER}"\n'
        f'#define main codesieve_candidate_main\n#line 1 "main.cpp"\n{program.source}\n'
        # Not `int`: it may be a macro by now.
        f"#undef main\nsigned main(signed count, char**) {{ return codesieve_calls::serve({function}, count > 1); }}\n"
    )
    return replace(
        program,
        source=source,
        entry_point=None,
        sources=(*program.sources, (_HEADER, (Path(__file__).parent / "calls.hpp").read_text())),
        arguments=(_SERVE,) if several else (),
    )


def run_lowered(
    run: Callable[[Program, Sequence[bytes], Callable[[Execution], bool]], Run],
    program: Program,
    inputs: Sequence[bytes],
    keep_going: Callable[[Execution], bool] | None,
) -> Run:
    """`Sandbox.run` of a call by way of `run`, which is given a program without an entry point."""
    going_on = keep_going or (lambda _: True)
    lines = [given.replace(b"\n", b" ") for given in inputs]
    done = run(lowered(program), lines, lambda execution: going_on(_lifted(execution)))
    return Run(build=done.build, executions=tuple(map(_lifted, done.executions)))


def _lifted(execution: Execution) -> Execution:
    """What came out is the value. An exit without one is no result."""
    value, plain = execution.stdout, replace(execution, stdout=b"")
    if execution.status is not Status.OK:
        return plain
    if not value:
        note = b"the program ended the process inside a call\n"
        return replace(plain, status=Status.NONZERO_EXIT, stderr=plain.stderr + note)
    return replace(plain, value=value)
