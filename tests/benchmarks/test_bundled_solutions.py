"""Every program that comes with a bundled problem gets its verdict, in the real sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import problems
from codegen.judging import Judgement, Verdict, judge, limits_for
from codegen.programs import executable
from problems.codec import read_solutions
from problems.hidden import read_hidden
from problems.library import bundled_ids, bundled_problem
from problems.problem import Solution
from sandbox.backends import docker_obstacle, obstacle, open_sandbox
from sandbox.execution import Limits, Sandbox

DATA = Path(problems.__file__).parent / "data"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    name = "bubblewrap" if docker_obstacle() else "docker"
    if problem := obstacle(name):
        pytest.skip(problem)
    box = open_sandbox(name)
    yield box
    box.close()


@pytest.mark.parametrize("problem_id", bundled_ids())
def test_solutions_get_their_verdicts(sandbox: Sandbox, problem_id: str) -> None:
    """Right ones pass everything; wrong ones pass the public tests alone."""
    problem = bundled_problem(problem_id)
    hidden = read_hidden(DATA / problem_id, problem)
    limits = limits_for(problem, Limits())

    def verdicts(solution: Solution) -> tuple[str, bool, Judgement, Judgement]:
        program = executable(problem, solution.source, solution.language)
        public = judge(program, problem.public_tests, problem, sandbox, limits)
        return solution.name, solution.correct, public, judge(program, hidden.cases, problem, sandbox, limits)

    with ThreadPoolExecutor(sandbox.slots) as pool:
        for name, correct, public, private in pool.map(verdicts, read_solutions(DATA / problem_id)):
            assert public.verdict is Verdict.AC, (name, public)
            assert (private.verdict is Verdict.AC) == correct, (name, private)
