"""Problem -> Prompt: the text for the model, and what was varied in it.

`make_prompt` is a pure function of its arguments: what varies is drawn from a hash of (run seed, problem, index).
Every sample has a temperature of its own, but the samples of one problem share `VARIANTS` texts a language, since a
sampler reads each distinct text once. A statement is untrusted: it is put into slots that are filled in one pass,
behind a fence that is longer than any in it, and can neither close its quotation nor be read as template or as a
control token.
"""

from __future__ import annotations

import hashlib
import random
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from codegen.errors import UsageError
from problems.problem import Call, Problem, Stdio, question

Style = Literal["direct", "plan"]

VARIANTS = 4
"""Distinct prompt texts a problem and language."""

TEMPERATURES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
MAX_STATEMENT_CHARS = 60_000

LANGUAGE_NAMES = {"python": "Python 3", "cpp": "C++17"}
CHAT_STOP = ("\n```",)
# Behind starter code the model writes a body. A line of these kinds at its left end is a test or a demonstration, which
# nobody needs: without these stops four in ten tokens of the embedded model went there.
BODY_STOP = (*CHAT_STOP, "\n#", "\nprint(", "\nassert ", "\nif __name__")
CALL_PLAIN_STOP = ("\ndef ", "\nclass ", "\nif __name__", "\nprint(", "\n#", "\nassert ", "\n```")
STDIO_PLAIN_STOP = {"python": ('\n"""', "\n'''", "\n```"), "cpp": ("\n/*", "\n```")}

# Tags of contest problems that a random one is drawn from (as AlphaCode does where a problem has none).
RANDOM_TAGS = (
    "brute force", "constructive algorithms", "data structures", "dfs and similar", "dp", "greedy", "implementation",
    "math", "number theory", "sortings", "strings", "two pointers",
)  # fmt: skip
RANDOM_RATINGS = tuple(range(800, 3600, 100))


@dataclass(frozen=True, slots=True, kw_only=True)
class Variation:
    """What differs between the prompts of one problem; stored with each sample.

    Attributes:
        style: "direct": the program at once; "plan": a short plan first.
        language: "python" or "cpp".
        temperature: Of the sampling.
        tags, rating: What the prompt says of the problem (AlphaCode conditions on random ones); may be empty.
    """

    style: Style = "direct"
    language: str = "python"
    temperature: float = 0.8
    tags: tuple[str, ...] = ()
    rating: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """Text for the model, in both of the forms that models take.

    Attributes:
        index: Number of the sample within its problem.
        seed: Of this sample alone; a function of (run seed, problem id, index).
        system, user, prefill: A chat; `prefill` is how the model's answer is made to begin (may be empty).
        plain: The same question as plain text to be continued, for models without a chat template.
        stop: Texts after which the model need not go on, for the chat form.
        plain_stop: The same for the plain form.
        starter: What stands before the body of a `Call` problem's function, else "". The plain form ends with it.
    """

    problem_id: str
    index: int
    seed: int
    variation: Variation
    system: str
    user: str
    prefill: str
    plain: str
    stop: tuple[str, ...] = ()
    plain_stop: tuple[str, ...] = ()
    starter: str = ""


def make_prompt(
    problem: Problem,
    index: int,
    run_seed: int,
    *,
    languages: tuple[str, ...] = ("python",),
    style: Style | None = None,
) -> Prompt:
    """The prompt of sample number `index`; of one style, or every fourth with a plan.

    Samples go through `languages` in turn; a function is always asked for in Python, whose values its tests hold.

    Raises:
        UsageError: The statement is too long to be asked.
    """
    starter = problem.interface.starter_code if isinstance(problem.interface, Call) else ""
    length = max(len(problem.statement), len(starter))
    if length > MAX_STATEMENT_CHARS:
        raise UsageError(
            f"the statement of {problem.id} has {length} characters; a prompt takes at most {MAX_STATEMENT_CHARS}. "
            "Shorten it."
        )
    seed = seed_of(run_seed, problem.id, index)
    match problem.interface:
        case Call() as call:
            variation = _vary(problem, index, seed, run_seed, "python", own_only=True, style=style)
            return _call_prompt(problem, call, index, seed, variation)
        case Stdio() if problem.is_question:
            return _question_prompt(problem, index, seed)
        case Stdio():
            language = languages[index % len(languages)]
            # Samples of one language take the variants in turn, too: an even mix however few are drawn.
            variation = _vary(
                problem, index // len(languages), seed, run_seed, language, own_only=style is not None, style=style
            )
            return _stdio_prompt(problem, index, seed, variation)


@cache
def prompts_digest() -> str:
    """Of everything that prompts are made of but the problem: the same for two versions that ask in the same way."""
    call = Call(
        entry_point="f", signature="def f(x: int) -> int:", starter_code='def f(x: int) -> int:\n    """F."""\n'
    )
    bare = Call(entry_point="f", signature="")
    asked = [
        make_prompt(
            Problem(id="digest", statement="State.", interface=interface), index, 0, languages=("python", "cpp")
        )
        for interface in (call, bare, Stdio())
        for index in range(2 * VARIANTS)
    ]
    asked += [make_prompt(question("State.", problem_id="digest"), index, 0) for index in range(VARIANTS)]
    return hashlib.sha256(repr(asked).encode()).hexdigest()[:16]


def seed_of(run_seed: int, problem_id: str, part: int | str) -> int:
    """63 bits from SHA-256, the same on every machine."""
    digest = hashlib.sha256(f"{run_seed}\x1f{problem_id}\x1f{part}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def _vary(
    problem: Problem, turn: int, seed: int, run_seed: int, language: str, *, own_only: bool, style: Style | None
) -> Variation:
    variant = turn % VARIANTS
    chosen: Style = style or ("plan" if variant == VARIANTS - 1 else "direct")
    tags, rating = problem.tags, problem.rating
    if not own_only and variant in (1, 2):
        # Of the variant, not of the sample: all samples of the variant share the text.
        drawn = random.Random(seed_of(run_seed, problem.id, f"variant {variant}"))  # noqa: S311 (variety, no secret)
        tags = tags or (drawn.choice(RANDOM_TAGS),)
        rating = rating if rating is not None else drawn.choice(RANDOM_RATINGS)
    temperature = random.Random(seed).choice(TEMPERATURES)  # noqa: S311 (variety, no secret)
    return Variation(style=chosen, language=language, temperature=temperature, tags=tags, rating=rating)


def _call_prompt(problem: Problem, call: Call, index: int, seed: int, variation: Variation) -> Prompt:
    starter = call.starter_code
    if not starter.strip() and call.signature:
        starter = call.signature.rstrip() + "\n"
    shown = clean(starter)
    direct = variation.style == "direct"
    user = _fill(
        "call_direct" if direct else "call_plan",
        entry_point=call.entry_point,
        question=_call_question(clean(problem.statement), shown),
    )
    return Prompt(
        problem_id=problem.id,
        index=index,
        seed=seed,
        variation=variation,
        system=_template("system"),
        user=user,
        # The model goes on behind the starter code: it neither pays for a copy of it nor gets it wrong.
        prefill=f"{_fence(shown)}python\n{_ended(shown)}" if direct else "",
        plain=shown
        or _fill("call_plain", entry_point=call.entry_point, statement=_in_docstring(clean(problem.statement))),
        stop=() if not direct else BODY_STOP if shown.strip() else CHAT_STOP,
        plain_stop=CALL_PLAIN_STOP,
        starter=starter,
    )


def _call_question(statement: str, starter: str) -> str:
    """Statement and starter code, without the one that stands in the other."""
    code = quote(starter.strip("\n"), "python")
    if starter and _squashed(statement) in _squashed(starter):
        return code
    if not starter or _squashed(starter) in _squashed(statement):
        return quote(statement, "text")
    return f"{quote(statement, 'text')}\n\n{code}"


def _stdio_prompt(problem: Problem, index: int, seed: int, variation: Variation) -> Prompt:
    statement = _with_examples(clean(problem.statement), problem)
    direct = variation.style == "direct"
    language = variation.language
    hints = []
    if variation.tags:
        hints.append(f"Tags: {', '.join(_squashed(clean(tag)) for tag in variation.tags)}")
    if variation.rating is not None:
        hints.append(f"Rating: {variation.rating}")
    user = _fill(
        "stdio_direct" if direct else "stdio_plan",
        language=LANGUAGE_NAMES[language],
        fence_label=language,
        hints="".join(f"{hint}\n" for hint in hints),
        question=quote(statement, "text"),
    )
    quoted = _in_docstring(statement) if language == "python" else _in_comment(statement)
    return Prompt(
        problem_id=problem.id,
        index=index,
        seed=seed,
        variation=variation,
        system=_template("system"),
        user=user,
        prefill=f"```{language}\n" if direct else "",
        plain=_fill(f"stdio_plain_{language}", statement=quoted),
        stop=CHAT_STOP if direct else (),
        plain_stop=STDIO_PLAIN_STOP[language],
    )


def _question_prompt(problem: Problem, index: int, seed: int) -> Prompt:
    """A question whose answer is a value: a program that works it out and prints it (PAL, Gao et al. 2022)."""
    temperature = random.Random(seed).choice(TEMPERATURES)  # noqa: S311 (variety, no secret)
    statement = clean(problem.statement).strip()
    return Prompt(
        problem_id=problem.id,
        index=index,
        seed=seed,
        variation=Variation(temperature=temperature),
        system=_template("system"),
        user=_fill("question", question=quote(statement, "text")),
        prefill="```python\n",
        plain=_fill("question_plain", statement=_in_docstring(statement)),
        stop=CHAT_STOP,
        plain_stop=STDIO_PLAIN_STOP["python"],
    )


def _with_examples(statement: str, problem: Problem) -> str:
    """The statement, and those public examples that do not stand in it, as far as they fit."""
    squashed = _squashed(statement)
    parts = [statement.rstrip()]
    for number, test in enumerate(problem.public_tests, 1):
        texts = [test.input] if test.output is None else [test.input, test.output]
        if all(_squashed(text) in squashed for text in texts):
            continue
        if sum(map(len, parts)) + sum(map(len, texts)) > MAX_STATEMENT_CHARS:
            continue
        parts.append(f"Example {number}\n\nInput:\n{clean(test.input).rstrip()}")
        if test.output is not None:
            parts.append(f"Output:\n{clean(test.output).rstrip()}")
    return "\n\n".join(parts)


def _ended(code: str) -> str:
    code = code.lstrip("\n").rstrip()
    return f"{code}\n" if code else ""


# -- quoting ---------------------------------------------------------------------------------------------------

_SLOT = re.compile(r"<<(\w+)>>")
_CONTROL_TOKEN = re.compile(r"<(?=[|｜])|(?<=[|｜])>")
# Controls of both sets, marks that turn the direction of text (what is shown is not what is read), invisible tags.
_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_LINE_END = re.compile(r"\r\n?|[\x85\u2028\u2029]")
_END_OF_COMMENT = re.compile(r"\*((?:\\[ \t]*\n)*)/")


def clean(text: str) -> str:
    """`text` without control characters, its `<|...|>` broken up: no tokenizer finds a control token in it."""
    text = _LINE_END.sub("\n", text)
    text = _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)
    return _CONTROL_TOKEN.sub(lambda found: "< " if found[0] == "<" else " >", text)


def quote(text: str, label: str) -> str:
    """`text` in a code fence that nothing in it can close."""
    fence = _fence(text)
    return f"{fence}{label}\n{text}\n{fence}"


def _fence(text: str) -> str:
    """Longer than any in the text."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    return "`" * max(3, longest + 1)


def _in_comment(text: str) -> str:
    """Lines that a backslash joins are one line to a compiler, so a comment can end across them."""
    return _END_OF_COMMENT.sub(r"* \1/", text)


def _in_docstring(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')


def _squashed(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _fill(name: str, **values: str) -> str:
    """One pass over the template: what a slot brings in is never looked at again."""
    return _SLOT.sub(lambda slot: values[slot[1]], _template(name))


@cache
def _template(name: str) -> str:
    return files("codegen").joinpath("templates", f"{name}.txt").read_text(encoding="utf-8").rstrip("\n")
