from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from problems.errors import ProblemFormatError
from problems.formats.markdown import loads_markdown
from problems.problem import Call, CheckerSpec, Stdio, TestCase

TWO = [("1 2\n", "3\n"), ("4\n\n5\n", "9\n")]

FENCED = """# Sum

Add.

## Input

Two numbers in the form

```
a b
```

## Output

The sum.

## Sample Input 1
```
1 2
```
## Sample Output 1
```
3
```
This is because of addition.

## Sample Input 2
```
4

5
```
## Sample Output 2
```
9
```
"""
BOLD = """Add.

### Example

**Input:**

    1 2

**Output:**

    3

**Input:**

    4

    5

**Output:**

    9

### Note

    no test
"""
LABELS = """Add. Here it is shown.
Input
```
1 2
```
Output
```
3
```

Input:
```
4

5
```
Output:
```
9
```
"""
LISTS = """Add.

Examples:

1. Input:
   ```
   1 2
   ```
   Output:
   ```
   3
   ```
2. Input:
   ```
   4

   5
   ```
   Output:
   ```
   9
   ```
"""
COMBINED = """Add.

```
Input:
1 2
Output:
3
```

```
Input:
4

5
Output:
9
```
"""
COMBINED_ONE = """Add.

## Examples
```
Sample Input 1:
1 2
Sample Output 1:
3

Sample Input 2:
4

5

Sample Output 2:
9
```
"""
PLAIN = """Add.

Input

Two numbers.

Output

Their sum.

Examples

Input

1 2


Output

3


Input

4

5


Output

9

Note

The end.
"""
INFO = """Add.

```input
1 2
```
```output
3
```
Then
```input
4

5
```
```output
9
```
"""
PRE = """Add.

<h3>Input</h3>

**Sample Input**
<pre>
1 2
</pre>
**Sample Output**
<pre>
3
</pre>

Example 2

Input
<pre>
4

5
</pre>

Output
<pre>
9
</pre>
"""
DASHES = """Add.

-----Input-----

Two numbers.

-----Sample Input-----
1 2

-----Sample Output-----
3

The figure below shows how the two numbers come together in one.
3 is their sum.

-----Sample Input-----
4

5

-----Sample Output-----
9
"""


@pytest.mark.parametrize(
    "text",
    [FENCED, BOLD, LABELS, LISTS, COMBINED, COMBINED_ONE, PLAIN, INFO, DASHES],
    ids=["fenced", "bold", "labels", "lists", "combined", "combined one", "plain", "info", "dashes"],
)
def test_examples_in_many_layouts(text: str) -> None:
    for shown in (text, text.replace("\n", "\r\n")):
        problem = loads_markdown(shown)
        assert [(case.input, case.output) for case in problem.public_tests] == TWO
        assert [case.name for case in problem.public_tests] == ["sample 1", "sample 2"]
        assert problem.interface == Stdio()
        assert problem.checker == CheckerSpec(name="tokens")


def test_html_blocks() -> None:
    text = "Show.\n\n**Sample Input**\n\n<pre>\na &lt; b\n</pre>\n\n**Sample Output**\n\n<pre>\nyes\n</pre>\n"
    assert [(case.input, case.output) for case in loads_markdown(text).public_tests] == [("a < b\n", "yes\n")]


def test_values_behind_their_labels() -> None:
    first = "**Example 1:**\n\n```\nInput: 1 2\nOutput: 3\n```\n\n"
    text = f"Add.\n\n{first}**Example 2:**\n\n```\nInput: 4 5\nOutput: 9\nExplanation: so.\n```\n"
    found = [(case.input, case.output) for case in loads_markdown(text).public_tests]
    assert found == [("1 2\n", "3\n"), ("4 5\n", "9\n")]


def test_an_input_told_twice_is_one_test() -> None:
    assert len(loads_markdown(LABELS + LABELS).public_tests) == 2


@pytest.mark.parametrize(
    "text",
    [
        "Just add.",
        "Add.\n\n## Input\n\nTwo numbers:\n\n```\na b\n```\n\n## Output\n\nIn the form\n\n```\nc\n```\n",
        "Add.\n\n```\nint main() {}\n```\n",
        "Sample Input\n```\n1\n```\n",
        "Sample Output\n```\n1\n```\n",
    ],
)
def test_no_examples_is_no_error(text: str) -> None:
    problem = loads_markdown(text)
    assert problem.public_tests == ()
    assert problem.interface == Stdio()


@pytest.mark.parametrize(
    ("text", "seconds", "memory"),
    [
        ("time limit per test: 2 seconds\nmemory limit per test: 256 megabytes", 2, 256 << 20),
        ("**Time limit:** 1500 ms, **Memory limit:** 64 MB", 1.5, 64 << 20),
        ("Time Limit: 2.5 sec / Memory Limit: 1024 KiB", 2.5, 1 << 20),
        ("time limit per test\n\n1 second\n\nmemory limit per test\n\n1 GB", 1, 1 << 30),
        ("| Time limit | 3 s |\n| Memory limit | 512 MiB |", 3, 512 << 20),
        ("Time limit: soon. Memory limit: none. Wait 5 seconds.", None, None),
        ("Time limit: 0 s, memory limit: 0 MB", None, None),
    ],
)
def test_limits_in_the_text(text: str, seconds: float | None, memory: int | None) -> None:
    problem = loads_markdown(text)
    assert problem.time_limit_s == seconds
    assert problem.memory_limit_bytes == memory


def test_front_matter() -> None:
    text = """---
id: sum-it
title: Sum
checker: {name: floats, absolute: 1.0e-6}
tags: [math, "greedy"]
rating: 1200
difficulty: easy
time_limit: 500 ms
memory_limit: 64 MB
source: mine
---
# Sum

time limit: 9 s
"""
    problem = loads_markdown(text, problem_id="other")
    assert (problem.id, problem.tags, problem.rating) == ("sum-it", ("math", "greedy"), 1200)
    assert problem.checker == CheckerSpec(name="floats", absolute=1e-6)
    assert (problem.time_limit_s, problem.memory_limit_bytes) == (0.5, 64 << 20)
    assert (problem.difficulty, problem.source) == ("easy", "mine")
    assert problem.statement == "# Sum\n\ntime limit: 9 s\n"
    assert loads_markdown("---\ntags: a, b\n---\nSay.").tags == ("a", "b")


@pytest.mark.parametrize(
    ("front", "line", "message"),
    [
        ("id: x\nchekcer: exact", 3, "field 'chekcer': unknown field; known here: id, title"),
        ("checker: fuzzy", 2, "field 'checker': 'fuzzy' is no checker"),
        ("checker:\n  name: fuzzy", 2, "field 'checker.name': 'fuzzy' is no checker"),
        ("id: x\n\nrating: high", 4, "field 'rating': a whole number is needed, this is a string"),
        ("time_limit: soon", 2, "field 'time_limit': 'soon' is no limit; write it like '2 s'"),
        ("memory_limit: [1]", 2, "is no limit; write it like '256 MB'"),
        ("time_limit: -1", 2, "field 'time_limit_s': a limit is above 0"),
        ("id: a b", 2, "field 'id': an id has no white space"),
        ("id: [", 3, "front matter is no YAML"),
        ("a: &a [*a]", 2, "unknown field"),
        ("tags: 5", 2, "field 'tags': a list is needed"),
        ("tags: [5]", 2, "a string is needed"),
        ("id: x\nid: y", None, ""),
    ],
)
def test_broken_front_matter_is_told_by_line_and_field(front: str, line: int | None, message: str) -> None:
    text = f"---\n{front}\n---\nSay.\n"
    if line is None:
        assert loads_markdown(text).id == "y"  # YAML's last one
        return
    with pytest.raises(ProblemFormatError) as caught:
        loads_markdown(text, path="p.md")
    assert message in str(caught.value)
    assert caught.value.line == line


def test_rules_at_the_top_are_no_front_matter() -> None:
    assert loads_markdown("---\nSay it.\n---\nAgain.\n").statement.startswith("---")


@pytest.mark.parametrize(("text", "line"), [("", 1), ("\n \n", 1), ("---\nid: x\n---\n\n", 4)])
def test_an_empty_statement_is_refused(text: str, line: int) -> None:
    with pytest.raises(ProblemFormatError, match="the statement is empty") as caught:
        loads_markdown(text, path="p.md")
    assert (caught.value.path, caught.value.line) == ("p.md", line)


def test_a_stub_in_the_text_makes_a_function_problem() -> None:
    text = '# Double\n\nSay.\n\n```python\ndef double(x):\n    """Twice x.\n\n    >>> double(2)\n    4\n    """\n```\n'
    problem = loads_markdown(text, problem_id="double-it")
    assert isinstance(problem.interface, Call)
    assert problem.id == "double-it"
    assert problem.interface.entry_point == "double"
    assert problem.public_tests == (TestCase.call((2,), 4, name="example 1"),)
    assert problem.checker.name == "value"
    assert problem.statement == text


def test_a_stub_with_examples_in_the_text() -> None:
    text = "Write\n\n```python\ndef double(x):\n    ...\n```\n\nso that `double(2)` returns `4`.\n"
    assert loads_markdown(text).public_tests == (TestCase.call((2,), 4, name="example 1"),)


@pytest.mark.parametrize(
    "code", ["def double(x):\n    return 2 * x", "def a(x): ...\n```\n\n```python\ndef b(x): ...", "x = 1"]
)
def test_other_code_makes_no_function_problem(code: str) -> None:
    assert loads_markdown(f"Say.\n\n```python\n{code}\n```\n").interface == Stdio()


fragments = st.sampled_from(
    [
        "Input",
        "Output:",
        "## ",
        "**",
        "```\n",
        "\n",
        "    1 2\n",
        "Examples\n",
        "---\n",
        "id: ",
        "<pre>",
        "</pre>",
        "- ",
        "checker: ",
        "Sample Input 1\n",
        "def f(x):\n    ...\n",
        "```python\n",
        "time limit: ",
        "9" * 400,
        " s",
        "Output\n",
    ]
)


@given(st.lists(fragments | st.text(max_size=4), max_size=30).map("".join))
def test_any_text_is_a_problem_or_a_format_error(text: str) -> None:
    try:
        problem = loads_markdown(text)
    except ProblemFormatError:
        return
    assert problem.statement.strip()
    assert all(case.output is not None for case in problem.public_tests)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 50_000,
        "> " * 5_000,
        "*" * 50_000,
        "Input:\n" * 20_000,
        "Input\n```\n" * 10_000,
        "<pre>" * 20_000,
        "---\n" + "[" * 50_000 + "\n---\nx",
        "---\na: " + "{a: " * 20_000 + "\n---\nx",
        "Input 1 2" * 20_000,
        "_" * 50_000,
    ],
)
def test_long_hostile_text_takes_bounded_time(text: str) -> None:
    with contextlib.suppress(ProblemFormatError):
        loads_markdown(text)
