"""Extraction: the right program out of every shape a model's text takes; no text makes it raise or stall."""

from __future__ import annotations

import ast
from typing import Literal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from codegen.extraction import MAX_PROGRAM_BYTES, MAX_TEXT_CHARS, Extraction, extract
from codegen.models.base import Completion
from codegen.prompts import make_prompt
from problems.problem import Call, Problem, Stdio

Form = Literal["chat", "plain", "recorded"]
DIRECT, PLAN = 0, 3

STARTER = '''from typing import List
import math


def poly(xs: List[float], x: float) -> float:
    """Value of a polynomial."""
    return sum(c * math.pow(x, i) for i, c in enumerate(xs))


def solve(xs: List[float]) -> float:
    """A root."""
'''
FUNCTION = Problem(id="f", statement=STARTER, interface=Call(entry_point="solve", starter_code=STARTER))
BARE = Problem(id="b", statement="Double x.", interface=Call(entry_point="solve"))
CONTEST = Problem(id="c", statement="Print a + b.", interface=Stdio())


def run(
    text: str, problem: Problem = BARE, *, form: Form = "chat", index: int = PLAN, language: str = "python"
) -> Extraction:
    prompt = make_prompt(problem, index, 0, languages=(language,))
    return extract(Completion(index=0, text=text, form=form, finish_reason="stop"), prompt, problem)


def value_of(found: Extraction, *arguments: object) -> object:
    """What `solve` of a program written in this file gives."""
    assert found.program is not None, found.problem
    space: dict[str, object] = {}
    exec(compile(found.program, "<program>", "exec"), space)
    solve = space["solve"]
    assert callable(solve)
    return solve(*arguments)


BODY = "def solve(x):\n    return 2 * x\n"

HELPER = "def twice(x):\n    return 2 * x\n"
USES_IT = "def solve(x):\n    return twice(x)\n"
DOCUMENTED = 'def solve(x):\n    """Double.\n\n    ```\n    solve(2)\n    ```\n    """\n    return 2 * x\n'

SHAPES = {
    "fence": f"Sure!\n\n```python\n{BODY}```\nDone.",
    "no label": f"```\n{BODY}```",
    "py label": f"```py\n{BODY}```",
    "capital label": f"```Python\n{BODY}```",
    "info string": f"```python title=a.py\n{BODY}```",
    "tildes": f"~~~python\n{BODY}~~~",
    "long fence": f"`````python\n{BODY}`````",
    "never closed": f"Here:\n```python\n{BODY}",
    "in a list": "1. So:\n   ```python\n   def solve(x):\n       return 2 * x\n   ```\n",
    "nested": f"````markdown\nAnswer:\n```python\n{BODY}```\n````",
    "windows lines": f"```python\r\n{BODY}```\r\n".replace("\n", "\r\n"),
    "prose around bare code": f"I think this works.\n\n{BODY}\nIt doubles; that's all.",
    "bare code": BODY,
    "example after it": f"```python\n{BODY}```\nUse it:\n```python\nprint(solve(2))\n```",
    "shell after it": f"```python\n{BODY}```\n```bash\npip install solve\n```",
    "output after it": f"```python\n{BODY}```\n```\n4\n```",
    "first try before it": f"```python\ndef solve(x):\n    return 0\n```\nNo, better:\n```python\n{BODY}```",
    "broken one behind it": f"```python\n{BODY}```\n```python\ndef solve(x)\n    return (\n```",
    "helper before it": f"```python\n{HELPER}```\n```python\n{USES_IT}```",
    "helper behind it": f"```python\n{USES_IT}```\n```python\n{HELPER}```",
    "fence in a docstring": f"```python\n{DOCUMENTED}```",
    "assigned": "```python\nsolve = lambda x: 2 * x\n```",
    "prints behind it": f"```python\n{BODY}\nprint(solve(2))\nassert solve(1) == 3\n```",
    "cut short": f"```python\n{BODY}\ndef test():\n    assert solve(",
}


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES.keys())
def test_a_program_is_found_in_every_shape(text: str) -> None:
    assert value_of(run(text), 4) == 8


def test_as_written_is_untouched() -> None:
    found = run(f"```python\n{BODY}```")
    assert found == Extraction(program=BODY, raw=BODY, language="python")


def test_the_prefill_is_a_part_of_the_answer() -> None:
    found = run("    return poly(xs, 2.0)\n", FUNCTION, index=DIRECT)
    assert found.raw == STARTER + "    return poly(xs, 2.0)\n"
    assert value_of(found, [1.0, 1.0]) == 3.0


@pytest.mark.parametrize("form", ["chat", "plain"])
@pytest.mark.parametrize(
    "text",
    [
        "    return poly(xs, 2.0)\n",
        "    return poly(xs, 2.0)\n\n\nprint(solve([1]))\n",
        "    return poly(xs, 2.0)\n```\nThis is a root.",
        "def solve(xs: List[float]) -> float:\n    return poly(xs, 2.0)\n",
        "    return poly(xs, math.floor(2.5))\n\n# that is it",
    ],
)
def test_a_bare_continuation_goes_behind_the_starter_code(text: str, form: Form) -> None:
    assert value_of(run(text, FUNCTION, form=form, index=DIRECT), [1.0, 1.0]) == 3.0


@pytest.mark.parametrize(
    "text",
    [
        "return poly(xs, 2.0)\n",
        "y = 2.0\nif xs:\n    return poly(xs, y)\nreturn 0\n",
        "y = 2.0\n    return poly(xs, y)\n",
    ],
    ids=["one line", "all lines", "first line only"],
)
def test_lost_indentation_is_given_back(text: str) -> None:
    assert value_of(run(text, FUNCTION, form="plain"), [1.0, 1.0]) == 3.0


def test_helpers_and_imports_of_the_starter_code_are_put_before_an_answer_that_lacks_them() -> None:
    found = run("```python\ndef solve(xs: List[float]):\n    return poly(xs, 2.0)\n```", FUNCTION)
    assert value_of(found, [1.0, 1.0]) == 3.0
    assert found.salvaged == ()
    own = run("```python\ndef poly(a, b):\n    return 7\ndef solve(xs):\n    return poly(xs, 2.0)\n```", FUNCTION)
    assert value_of(own, []) == 7
    assert "import" not in (own.program or "")


def test_a_recorded_text_is_the_program_as_it_is() -> None:
    text = f"# as it was\n{BODY}\n```\n"
    found = run(text, form="recorded")
    assert found.raw == text
    assert value_of(found, 4) == 8
    assert run(BODY, form="recorded").program == BODY
    assert run("", form="recorded").program is None


@pytest.mark.parametrize("index", [DIRECT, PLAN])
def test_whole_programs(index: int) -> None:
    code = "a, b = map(int, input().split())\nprint(a + b)\n"
    answer = (
        f"{code}```\nOutput:\n```\n3\n```"
        if index == DIRECT
        else f"Plan: add.\n```python\n{code}```\nOutput:\n```\n3\n```"
    )
    assert run(answer, CONTEST, index=index).program == code
    assert run(code, CONTEST, form="plain").program == code


@pytest.mark.parametrize("begun", ["```python\n", "python\n", "\n```\n"])
def test_an_answer_that_takes_no_notice_of_the_prefill(begun: str) -> None:
    code = "print(sum(map(int, input().split())))\n"
    assert run(begun + code, CONTEST, index=DIRECT).program == code


CPP = "#include <iostream>\nint main() { int a, b; std::cin >> a >> b; std::cout << a + b; }\n"


@pytest.mark.parametrize(
    "text",
    [f"```cpp\n{CPP}```", f"```c++\n{CPP}```\nRun:\n```\n1 2\n```", f"So:\n\n{CPP}\nThis adds.", CPP],
)
def test_cpp_programs(text: str) -> None:
    found = run(text, CONTEST, language="cpp")
    assert found.program == CPP
    assert found.language == "cpp"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "nothing"),
        ("  \n ", "nothing"),
        ("I cannot do that.", "defines solve"),
        ("```python\ndef other(x):\n    return x\n```", "defines solve"),
        ("```bash\nls\n```", "defines solve"),
        (f"```python\n{BODY}# {'x' * MAX_PROGRAM_BYTES}\n```", str(MAX_PROGRAM_BYTES)),
        ("x " * MAX_TEXT_CHARS, str(MAX_TEXT_CHARS)),
    ],
)
def test_what_holds_no_program_says_why(text: str, reason: str) -> None:
    found = run(text)
    assert found.program is None
    assert reason in found.problem


def test_a_broken_program_is_a_program_and_not_nothing() -> None:
    found = run("```python\ndef solve(x)\n    return 2 * x\n```")
    assert found == Extraction(
        program="def solve(x)\n    return 2 * x\n", raw="def solve(x)\n    return 2 * x\n", language="python"
    )


N = 100_000
M = 20_000  # where the compiler has much to do
HOSTILE = {
    "backticks": "`" * N,
    "lines of backticks": "```\n" * (N // 4),
    "openers": "```python\n" * (N // 10),
    "growing fences": "\n".join("`" * i for i in range(3, 400)),
    "tildes": "~~~ ~~~\n" * (N // 8),
    "parentheses": f"```python\nsolve = {'(' * N}",
    "minus": f"```python\nsolve = {'-' * N}1\n```",
    "lambdas": f"```python\nsolve = {'lambda: ' * (N // 8)}1\n```",
    "attributes": f"```python\nsolve = a{'.a' * (N // 2)}\n```",
    "powers": f"```python\nsolve = {'9**' * (N // 3)}9\n```",
    "indents": "```python\n" + "\n".join(" " * i + "if 1:" for i in range(400)),
    "decorators": "```python\ndef solve(x):\n    return x\n" + "@a\n" * (M // 3),
    "definitions": "```python\n" + "def solve(x):\n return x\n" * (M // 25) + "(",
    "dependent tail": "```python\ndef solve(x):\n return a0\nprint(1)\n"
    + "".join(f"a{i} = a{i + 1}\n" for i in range(M // 20)),
    "quotes": '```python\ndef solve(x):\n    """' + '"' * N,
    "nul": "```python\ndef solve(x):\n    return x\n\x00\x00\n```",
    "surrogate": "```python\ndef solve(x):\n    return '\ud800'\n```",
    "form feeds": "```python\n" + "\f" * N + "def solve(x): return x\n```",
    "carriage returns": "```python\r" * (N // 10),
    "backslashes": "```python\ndef solve(x): return x\n" + "\\\n" * (N // 2),
    "imports": "```python\ndef solve(x):\n    return x\n" + "import nosuch\n" * (N // 14),
    "braces": "{" * N,
    "blanks": " " * N + "x",
    "long number": f"```python\nsolve = {'9' * N}\n```",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("form", ["chat", "plain", "recorded"])
def test_hostile_texts_neither_raise_nor_stall(text: str, form: Form) -> None:
    for problem, language, index in ((FUNCTION, "python", DIRECT), (CONTEST, "python", PLAN), (CONTEST, "cpp", PLAN)):
        found = run(text, problem, form=form, index=index, language=language)
        assert (found.program is None) == bool(found.problem)


PIECES = st.sampled_from(
    [
        "```",
        "```python\n",
        "~~~",
        "\n",
        "def solve(x):\n",
        "    return x\n",
        "print(solve(1))\n",
        "import os\n",
        '"""',
        "(",
        ")",
        "return x",
        "if x:\n",
        "\t",
        "@a\n",
        "# c\n",
        "class A:\n",
        "main() {",
        "}",
        "#include <x>\n",
        "\x00",
        "\\\n",
        "x = 1; ",
        "é",
        "\ud800",
        "from __future__ import annotations\n",
        "async def solve(x):\n",
        "global x\n",
        "    ",
    ]
)
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=40).map("".join))


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.sampled_from([FUNCTION, BARE, CONTEST]), st.sampled_from(["chat", "plain", "recorded"]))
@example("```python\ndef solve(x):\n    return x\nfrom __future__ import annotations\nprint(1)\n```", BARE, "chat")
def test_any_text_gives_a_program_or_a_reason(text: str, problem: Problem, form: Form) -> None:
    for language in ("python", "cpp"):
        check(text, problem, form, language)


def check(text: str, problem: Problem, form: Form, language: str) -> None:
    for index in (DIRECT, PLAN):
        found = run(text, problem, form=form, index=index, language=language)
        assert (found.program is None) == bool(found.problem)
        assert found == run(text, problem, form=form, index=index, language=language)
        if found.program is None:
            assert found.salvaged == ()
            continue
        assert found.raw is not None
        assert (found.program == found.raw) == (not found.salvaged)
        sources = text.split() + STARTER.split() + ["```python", "```cpp"]
        if form != "recorded" and found.salvaged == ():
            unknown = [word for word in found.program.split() if not any(word in source for source in sources)]
            assert not unknown  # built from the text and the starter code, nothing else
        if found.salvaged and found.language == "python":
            ast.parse(found.program)
