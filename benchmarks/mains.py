"""Test code of a benchmark + code behind its end that reports to the host: one function for each language.

A test's own `main` becomes a function that a new `main` calls, so that whatever way it returns, the report comes last.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Protocol

from sandbox.java import java_names, without_public_types


class Tested(Protocol):
    """Makes one program's text. Raises ValueError when the tests hold nothing that could be run."""

    def __call__(self, solution: str, tests: str, token: str, /) -> str: ...


_CODE = re.compile(
    r"""
    //[^\n]* | /\*.*?\*/                          # comments,
  | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])'      # strings and characters
  | (?P<open>\{) | (?P<close>\})
    """,
    re.DOTALL | re.VERBOSE,
)
_C_MAIN = re.compile(r"\b(?:int|auto|void)\s+main\s*\((?P<parameters>[^)]*)\)")
_RUST_MAIN = re.compile(r"\bfn\s+main\s*\(\s*\)")
_RUST_TEST = re.compile(r"#\[test\]\s*(?:pub\s+)?fn\s+(?P<name>\w+)")
_GO_TEST = re.compile(r"^func\s+(?P<name>Test\w*)\s*\(\s*\w+\s+\*testing\.T\s*\)", re.MULTILINE)
_GO_PACKAGE = re.compile(r"^package\s+\w+\s*?$", re.MULTILINE)


def python(solution: str, tests: str, token: str) -> str:
    return f"{solution}\n{tests}\n\nimport os as _os\n_os.write(3, b{token!r})\n"


def javascript(solution: str, tests: str, token: str) -> str:
    # `console.assert` says that an assertion failed, and goes on.
    throwing = 'console.assert = (holds) => { if (!holds) throw new Error("AssertionError"); };'
    return f'{solution}\n;{throwing}\n{tests}\n;require("fs").writeSync(3, "{token}");\n'


def cpp(solution: str, tests: str, token: str) -> str:
    return _c_like(solution, tests, token, 'extern "C" ')


def c(solution: str, tests: str, token: str) -> str:
    return _c_like(solution, tests, token, "")


def _c_like(solution: str, tests: str, token: str, linkage: str) -> str:
    main = _found(_C_MAIN, tests, "main")
    end = _closing(tests, main.end())
    with_arguments = main["parameters"].strip() not in ("", "void")
    # Falling off the end is the right of `main` alone.
    renamed = (
        f"{tests[: main.start()]}int codesieve_tests({main['parameters']}){tests[main.end() : end]}"
        f"\nreturn 0;\n{tests[end:]}"
    )
    return f"""{solution}
{renamed}
{linkage}long write(int, const void*, unsigned long);
int main(int argc, char** argv) {{
  (void)argc;
  (void)argv;
  int code = codesieve_tests({"argc, argv" if with_arguments else ""});
  if (code != 0) return code;
  return write(3, "{token}", {len(token)}) == {len(token)} ? 0 : 1;
}}
"""


def java(solution: str, tests: str, token: str) -> str:
    source = without_public_types(f"{solution}\n{tests}")
    _, started = java_names(source)
    if not re.search(r"\bvoid\s+main\s*\(", tests):
        raise ValueError("the tests hold no main")
    # Assertions are switched on before the class that holds them is loaded.
    return f"""{source}
public class CodesieveMain {{
    public static void main(String[] args) throws Throwable {{
        CodesieveMain.class.getClassLoader().setDefaultAssertionStatus(true);
        {started}.main(args);
        try (java.io.FileOutputStream host = new java.io.FileOutputStream("/dev/fd/3")) {{
            host.write("{token}".getBytes());
        }}
    }}
}}
"""


def go(solution: str, tests: str, token: str) -> str:
    names = [match["name"] for match in _GO_TEST.finditer(tests)]
    package = _GO_PACKAGE.search(solution)
    if not names or not package:
        raise ValueError("the tests hold no TestX(t *testing.T), or the solution no package")
    imports = 'package main\n\nimport codesieveOS "os"\nimport codesieveTesting "testing"\n'
    source = solution[: package.start()] + imports + solution[package.end() :]
    return f"""{source}
{tests}

func main() {{
	passed := 0
	tests := []codesieveTesting.InternalTest{{}}
	for _, test := range []func(*codesieveTesting.T){{{", ".join(names)}}} {{
		test := test
		tests = append(tests, codesieveTesting.InternalTest{{Name: "test", F: func(t *codesieveTesting.T) {{
			test(t)
			if !t.Failed() {{
				passed++
			}}
		}}}})
	}}
	tests = append(tests, codesieveTesting.InternalTest{{Name: "report", F: func(t *codesieveTesting.T) {{
		if passed == {len(names)} {{
			codesieveOS.NewFile(3, "host").WriteString("{token}")
		}}
	}}}})
	codesieveTesting.Main(func(_, _ string) (bool, error) {{ return true, nil }}, tests, nil, nil)
}}
"""


def rust(solution: str, tests: str, token: str) -> str:
    names = [match["name"] for match in _RUST_TEST.finditer(tests)]
    if names:
        module = re.search(r"\bmod\s+(\w+)\s*\{", tests)
        place = f"{module[1]}::" if module else ""
        calls = "\n    ".join(f"{place}{name}();" for name in names)
        tests = _RUST_TEST.sub(r"pub fn \g<name>", tests.replace("#[cfg(test)]", ""))
        solution = re.sub(_RUST_MAIN.pattern + r"\s*\{\s*\}", "", solution)
    else:
        main = _found(_RUST_MAIN, tests, "main")
        tests = f"{tests[: main.start()]}fn codesieve_tests(){tests[main.end() :]}"
        calls = "codesieve_tests();"
    return f"""{solution}
{tests}

fn main() {{
    {calls}
    let mut host = unsafe {{ <std::fs::File as std::os::unix::io::FromRawFd>::from_raw_fd(3) }};
    std::io::Write::write_all(&mut host, b"{token}").unwrap();
}}
"""


TESTED: MappingProxyType[str, Tested] = MappingProxyType(
    {"python": python, "cpp": cpp, "c": c, "java": java, "javascript": javascript, "go": go, "rust": rust}
)


def _found(pattern: re.Pattern[str], text: str, what: str) -> re.Match[str]:
    match = pattern.search(text)
    if match is None:
        raise ValueError(f"the tests hold no {what}")
    return match


def _closing(text: str, position: int) -> int:
    """Where the block closes that opens first behind `position`. Raises ValueError when it does not."""
    depth = 0
    for match in _CODE.finditer(text, position):
        if match["open"]:
            depth += 1
        elif match["close"]:
            depth -= 1
            if depth == 0:
                return match.start()
    raise ValueError("the tests' main does not end")
