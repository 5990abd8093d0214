"""Ways to ask for the samples of a problem so that they differ: one table, strategy -> what it does to a prompt.

Each is a pure function of (problem, index, run seed), and shares `VARIANTS` texts a problem, since every text has to be
read once. What they are worth is measured by `benchmarks.diversity`.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import replace

from codegen.errors import UsageError
from codegen.prompts import (
    RANDOM_RATINGS,
    RANDOM_TAGS,
    VARIANTS,
    Prompt,
    Style,
    clean,
    make_prompt,
    prompts_digest,
    quote,
    seed_of,
)
from codegen.solved import Solved, nearest
from problems.problem import Call, Problem, Stdio

DEFAULT = "mixed"
FIXED_TEMPERATURE = 0.8

_REWORDED = (
    "Write a Python function for this task. Answer with the code only.",
    "Read the task, look at its examples, and write the function. Answer with the code only.",
    "Finish this function so that it does what its text says, in every case. Answer with the code only.",
    "Here is a task and the beginning of its solution. Write the rest. Answer with the code only.",
)
_REWORDED_STDIO = (
    "Write a program for this task. It reads standard input and prints the answer. Answer with the code only.",
    "Read the task, look at its examples, and write the program, input and output exactly as described. "
    "Answer with the code only.",
    "Solve the task below for every input that it allows, as a complete program. Answer with the code only.",
    "Here is a task. Write the complete program that solves it. Answer with the code only.",
)
_EXAMPLES = 2


def prompt_of(
    problem: Problem, index: int, run_seed: int, *, languages: tuple[str, ...] = ("python",), strategy: str = DEFAULT
) -> Prompt:
    """The prompt of sample number `index`. Raises as `make_prompt`."""
    prompt = make_prompt(problem, index, run_seed, languages=languages, style=_STYLES.get(strategy))
    change = STRATEGIES[strategy]
    return prompt if change is None or problem.is_question else change(prompt, problem, run_seed)


def check_strategy(name: str) -> None:
    """Raises UsageError for one that is not in the table."""
    if name not in STRATEGIES:
        raise UsageError(f"prompts '{name}' are not offered; choose from {', '.join(STRATEGIES)}")


def digest(strategy: str) -> str:
    """Of everything that prompts are made of but the problem."""
    if strategy == DEFAULT:
        return prompts_digest()
    call = Call(
        entry_point="f", signature="def f(x: int) -> int:", starter_code='def f(x: int) -> int:\n    """F."""\n'
    )
    asked = [
        prompt_of(Problem(id="digest", statement="State.", interface=interface), index, 0, strategy=strategy)
        for interface in (call, Stdio())
        for index in range(VARIANTS)
    ]
    return hashlib.sha256(repr(asked).encode()).hexdigest()[:16]


def _one_temperature(prompt: Prompt, problem: Problem, run_seed: int) -> Prompt:  # noqa: ARG001
    """The floor: one text, one temperature."""
    return replace(prompt, variation=replace(prompt.variation, temperature=FIXED_TEMPERATURE))


def _conditioned(prompt: Prompt, problem: Problem, run_seed: int) -> Prompt:
    """Tags and a rating, drawn at random where the problem has none (AlphaCode, Li et al. 2022, section 4.4)."""
    chance = _chance(prompt, problem, run_seed, "condition")
    tags = problem.tags or (chance.choice(RANDOM_TAGS),)
    rating = problem.rating if problem.rating is not None else chance.choice(RANDOM_RATINGS)
    hints = f"Tags: {', '.join(map(clean, tags))}\nRating: {rating}"
    mark = "#" if prompt.variation.language == "python" else "//"
    return replace(
        prompt,
        variation=replace(prompt.variation, tags=tags, rating=rating),
        user=f"{hints}\n\n{prompt.user}",
        plain=f"{mark} {hints.replace(chr(10), '; ')}\n{prompt.plain}",
    )


def _few_shot(prompt: Prompt, problem: Problem, run_seed: int) -> Prompt:
    """Solved problems before it, two of the nearest."""
    near = nearest(problem, 2 * _EXAMPLES)
    chosen = _chance(prompt, problem, run_seed, "examples").sample(near, min(_EXAMPLES, len(near)))
    if not chosen or prompt.variation.language != "python":
        return prompt
    shown = "\n\n".join(map(_example, chosen))
    return replace(prompt, user=f"Here are solved problems.\n\n{shown}\n\nNow this one.\n\n{prompt.user}")


def _example(solved: Solved) -> str:
    return f"{quote(clean(solved.problem.statement).strip(), 'text')}\n\n{quote(solved.program.strip(), 'python')}"


def _reworded(prompt: Prompt, problem: Problem, run_seed: int) -> Prompt:  # noqa: ARG001
    """Other words for what is wanted, and nobody is told to be an expert; the statement itself is quoted as it is."""
    texts = _REWORDED if isinstance(problem.interface, Call) else _REWORDED_STDIO
    asked = texts[_variant(prompt)]
    _, _, question = prompt.user.partition("\n\n")
    if isinstance(problem.interface, Stdio):
        asked = f"{asked} The language is {'Python 3' if prompt.variation.language == 'python' else 'C++17'}."
    return replace(prompt, system="", user=f"{asked}\n\n{question}")


def _variant(prompt: Prompt) -> int:
    return prompt.index % VARIANTS


def _chance(prompt: Prompt, problem: Problem, run_seed: int, part: str) -> random.Random:
    """Of the variant, not of the sample: all samples of a variant share the text."""
    return random.Random(seed_of(run_seed, problem.id, f"{part} {_variant(prompt)}"))  # noqa: S311


STRATEGIES: dict[str, Callable[[Prompt, Problem, int], Prompt] | None] = {
    "mixed": None,
    "plain": _one_temperature,
    "direct": None,
    "plan": None,
    "conditioned": _conditioned,
    "few-shot": _few_shot,
    "reworded": _reworded,
}
"""mixed: three texts in four ask for the program, one for a plan first. plain: one temperature. direct: random
temperatures. All others are direct with one change."""
_STYLES: dict[str, Style] = {name: "plan" if name == "plan" else "direct" for name in STRATEGIES if name != DEFAULT}
