"""Ways to ask: what each changes in a prompt, and that examples are never the problem itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from codegen.config import Settings
from codegen.diversity import STRATEGIES, digest, prompt_of
from codegen.errors import UsageError
from codegen.prompts import VARIANTS, make_prompt
from codegen.solved import Solved, is_near_duplicate, library, nearest
from problems.library import bundled_problem, from_text
from problems.problem import Problem, question

STUB = 'def double(n: int) -> int:\n    """Twice n.\n\n    >>> double(2)\n    4\n    """\n'
PROBLEM = from_text(STUB)
CONTEST = bundled_problem("tide-gauge")


def _texts(problem: Problem, strategy: str) -> set[tuple[str, str, str]]:
    prompts = [prompt_of(problem, index, 3, strategy=strategy) for index in range(4 * VARIANTS)]
    return {(prompt.system, prompt.user, prompt.prefill) for prompt in prompts}


@pytest.mark.parametrize("problem", [PROBLEM, CONTEST], ids=["call", "stdio"])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_few_texts_a_problem_and_the_statement_in_each(strategy: str, problem: Problem) -> None:
    texts = _texts(problem, strategy)
    assert 1 <= len(texts) <= VARIANTS
    assert all(problem.statement.strip().splitlines()[-2].strip() in user for _, user, _ in texts)
    once = prompt_of(problem, 5, 3, strategy=strategy)
    assert once == prompt_of(problem, 5, 3, strategy=strategy)


def test_what_each_changes() -> None:
    assert [prompt_of(PROBLEM, index, 0) for index in range(8)] == [
        make_prompt(PROBLEM, index, 0) for index in range(8)
    ]
    assert {prompt_of(PROBLEM, index, 0, strategy="plain").variation.temperature for index in range(20)} == {0.8}
    assert len({prompt_of(PROBLEM, index, 0, strategy="direct").variation.temperature for index in range(40)}) > 3
    assert {prompt_of(PROBLEM, index, 0, strategy="plan").variation.style for index in range(8)} == {"plan"}
    conditioned = [prompt_of(PROBLEM, index, 0, strategy="conditioned") for index in range(VARIANTS)]
    assert all(each.user.startswith(f"Tags: {each.variation.tags[0]}\nRating: ") for each in conditioned)
    assert len(_texts(PROBLEM, "conditioned")) > 1
    assert len(_texts(PROBLEM, "reworded")) == VARIANTS
    assert all(not system for system, _, _ in _texts(PROBLEM, "reworded"))
    few = prompt_of(PROBLEM, 0, 0, strategy="few-shot").user
    assert few.startswith("Here are solved problems.")
    assert few.index("Now this one.") > few.index("def ")


def test_digests_differ() -> None:
    assert len({digest(strategy) for strategy in STRATEGIES}) == len(STRATEGIES)


def test_questions_are_asked_in_one_way() -> None:
    asked = question("How many?", problem_id="q")
    assert all(prompt_of(asked, 0, 0, strategy=each) == make_prompt(asked, 0, 0) for each in STRATEGIES)


def test_an_unknown_strategy_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match="prompts 'odd' are not offered; choose from mixed, plain"):
        Settings(strategy="odd")


@pytest.mark.parametrize("solved", library(), ids=lambda each: each.problem.id)
def test_a_problem_of_the_library_is_no_example_for_itself(solved: Solved) -> None:
    near = nearest(solved.problem, 100)
    assert near
    assert solved.problem.id not in {each.problem.id for each in near}
    renamed = replace(solved.problem, id="renamed", statement=f"{solved.problem.statement}\n\nBe quick.")
    assert is_near_duplicate(renamed, solved.problem)
    assert solved.problem.id not in {each.problem.id for each in nearest(renamed, 100)}


def test_different_problems_are_no_duplicates_and_the_nearest_comes_first() -> None:
    problems = [each.problem for each in library()]
    pairs = [(one, other) for one in problems for other in problems if one.id < other.id]
    assert not [(one.id, other.id) for one, other in pairs if is_near_duplicate(one, other)]
    asked = from_text('def level(a: list[int]) -> int:\n    """How high the tide stands at the gauge."""\n')
    known = [each for each in library() if each.problem.interface.__class__ is asked.interface.__class__]
    twin = from_text(
        'def night(days: int) -> str:\n    """When does the tide stand still at a gauge, and how high is it then?"""\n'
    )
    among = [*known, Solved(problem=twin, program="pass")]
    assert nearest(asked, 1, among=among)[0].problem.id == "night"
    assert nearest(asked, 0) == ()
