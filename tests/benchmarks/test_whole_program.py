"""Candidates that are compiled into their tests, on the languages that this machine has."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.whole_program import run_whole_program, whole_program
from codegen.judging import Verdict
from sandbox.backends import obstacle, open_sandbox
from sandbox.execution import Limits, Sandbox
from sandbox.languages import LANGUAGES
from sandbox.namespaces import missing_tool

LIMITS = Limits(cpu_s=10, wall_s=60)

# Language -> (what stands before the tests with {} for the body, tests, right body, wrong body, body that ends it all).
CASES = {
    "python": (
        "def twice(x):\n    {}\n",
        "def check(candidate):\n    assert candidate(2) == 4\n\ncheck(twice)",
        "return 2 * x",
        "return x",
        "import os; os._exit(0)",
    ),
    "cpp": (
        "#include <cstdlib>\nusing namespace std;\nint twice(int x) {{\n{}\n",
        "}\n#undef NDEBUG\n#include <assert.h>\nint main(){\n  // }\n  assert(twice(2) == 4);\n}\n",
        "return 2 * x;",
        "return x;",
        "exit(0);",
    ),
    "c": (
        "#include <stdlib.h>\nint twice(int x) {{ {} }}\n",
        "#include <assert.h>\nint main(int argc, char **argv) { assert(twice(argc + 1) == 4); return 0; }\n",
        "return 2 * x;",
        "return x;",
        "exit(0);",
    ),
    "java": (
        "import java.util.*;\n\nclass Problem {{\n    public static long twice(long x) {{\n        {}\n    }}\n",
        "    public static void main(String[] args) {\n        assert(twice(2L) == (4L));\n    }\n}\n",
        "return 2 * x;",
        "return x;",
        "System.exit(0); return 0;",
    ),
    "javascript": (
        "const twice = (x) => {{ {} }}\n",
        "const testTwice = () => {\n  console.assert(twice(2) === 4)\n}\n\ntestTwice()\n",
        "return 2 * x;",
        "return x;",
        "process.exit(0);",
    ),
    "go": (
        'package twice_test\n\nimport (\n\t"fmt"\n\t"os"\n\t"testing"\n)\n\n'
        "func twice(x int) int {{\n\tif x < 0 {{\n\t\tos.Exit(0)\n\t}}\n\t{}\n}}\n",
        "func TestTwice(t *testing.T) {\n\tif twice(2) != 4 {\n\t\tt.Errorf(fmt.Sprint(\"wrong\"))\n\t}\n}\n",
        "return 2 * x",
        "return x",
        "os.Exit(0); return 0",
    ),
    "rust": (
        "fn twice(x: isize) -> isize {{\n    {}\n",
        "}\n\nfn main() {\n    let candidate = twice;\n    assert_eq!(candidate(2), 4);\n}\n",
        "return 2 * x;",
        "return x;",
        "std::process::exit(0);",
    ),
}  # fmt: skip

HERE = [name for name in CASES if missing_tool(LANGUAGES[name]) is None]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    if problem := obstacle("bubblewrap"):
        pytest.skip(problem)
    box = open_sandbox("bubblewrap", slots=2)
    yield box
    box.close()


@pytest.mark.bubblewrap
@pytest.mark.parametrize("language", HERE)
def test_only_a_program_that_comes_to_the_end_of_its_tests_passes(language: str, sandbox: Sandbox) -> None:
    frame, tests, right, wrong, leaving = CASES[language]
    verdicts = []
    for body in (right, wrong, leaving):
        score = run_whole_program(language, frame.format(body), tests, sandbox, LIMITS)
        assert score.self_judged
        verdicts.append(score.verdict)
    assert verdicts == [Verdict.AC, Verdict.WA, Verdict.WA]


@pytest.mark.bubblewrap
def test_other_ends_have_their_verdicts(sandbox: Sandbox) -> None:
    tests = "assert f() == 1"
    short = Limits(cpu_s=0.5, wall_s=20)
    ends = {
        "def f(: pass": Verdict.CE,
        "def f(): return 1 / 0": Verdict.RTE,
        "def f():\n    while True: pass": Verdict.TLE,
        "import os\ndef f():\n    os.write(3, b'token')\n    os._exit(0)": Verdict.WA,
    }
    found = {source: run_whole_program("python", source, tests, sandbox, short).verdict for source in ends}
    assert found == ends


def test_rust_tests_in_a_module_are_called() -> None:
    tests = "#[cfg(test)]\nmod tests {\n    use super::*;\n\n    #[test]\n    fn test_twice() {\n    }\n}\n"
    source = whole_program("rust", "fn main(){}\nfn twice() {}", tests, "token").source
    assert source.count("fn main()") == 1
    assert "pub fn test_twice()" in source
    assert "tests::test_twice();" in source


@pytest.mark.parametrize(
    ("language", "tests", "said"),
    [
        ("cpp", "void check() {}", "the tests hold no main"),
        ("cpp", "int main() { {", "the tests' main does not end"),
        ("java", "class Tests {}", "the tests hold no main"),
        ("go", "func main() {}", "the tests hold no TestX"),
        ("rust", "fn check() {}", "the tests hold no main"),
        ("cobol", "", "no whole-program tests for 'cobol'; there are: python, cpp"),
    ],
)
def test_tests_that_cannot_be_run_are_refused(language: str, tests: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        whole_program(language, "package p\n", tests, "token")
