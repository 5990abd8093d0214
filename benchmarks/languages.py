"""`python -m benchmarks.languages`: every language in the sandbox, and whether its programs end as they must.

For each language a program for each way to end: well, not built, crashed, too slow, too much memory, too much output.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from types import MappingProxyType

import click

from codegen.cli.entry import invoke
from codegen.cli.options import json_option, profile_option, sandbox_option
from sandbox.backends import open_sandbox
from sandbox.execution import Execution, Limits, Program, Sandbox, Status
from sandbox.languages import LANGUAGES
from sandbox.selftest import try_out

LIMITS = Limits(cpu_s=5.0, wall_s=60.0, memory_bytes=128 << 20, output_bytes=1 << 20)
SHORT = replace(LIMITS, cpu_s=1.0)

NOT_BUILT = "NOT_BUILT"
_C = "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\nint main(void) {{ {} return 0; }}\n"
_JAVA = "public class Case {{ public static void main(String[] args) {{ {} }} }}\n"
_GO = 'package main\n\nimport "fmt"\n\nfunc main() {{\n\tfmt.Print()\n\t{}\n}}\n'
_RUST = "fn main() {{ {} }}\n"

FRAMES = MappingProxyType(
    {"python": "{}\n", "cpp": _C, "c": _C, "java": _JAVA, "javascript": "{}\n", "go": _GO, "rust": _RUST}
)

CASES: MappingProxyType[str, dict[str, str]] = MappingProxyType(
    {
        "NOT_BUILT": {
            "python": "def f(:",
            "cpp": "int x = ;",
            "c": "int x = ;",
            "java": "int x = ;",
            "javascript": "const = 3;",
            "go": "x := 3",
            "rust": "let x: u8 = true;",
        },
        "NONZERO_EXIT": {
            "python": "raise SystemExit(7)",
            "cpp": "exit(7);",
            "c": "exit(7);",
            "java": "System.exit(7);",
            "javascript": "process.exit(7);",
            "go": 'panic("lost")',
            "rust": "std::process::exit(7);",
        },
        "TIME_LIMIT": {
            "python": "while True: pass",
            "cpp": "volatile unsigned n = 0; for (;;) n = n + 1;",
            "c": "volatile unsigned n = 0; for (;;) n = n + 1;",
            "java": "long n = 0; while (n >= 0) n = (n + 1) & 7; System.out.println(n);",
            "javascript": "while (true);",
            "go": "for n := 0; ; n++ {\n\t}",
            "rust": "let mut n = 0u64; loop { n = unsafe { std::ptr::read_volatile(&n) } + 1; }",
        },
        "MEMORY_LIMIT": {
            "python": "kept = []\nwhile True: kept.append(bytearray(1 << 20))",
            "cpp": "for (;;) memset(malloc(1 << 20), 1, 1 << 20);",
            "c": "for (;;) { volatile char *m = malloc(1 << 20); for (int i = 0; i < 1 << 20; i += 512) m[i] = 1; }",
            "java": "var kept = new java.util.ArrayList<byte[]>(); while (true) kept.add(new byte[1 << 20]);",
            "javascript": "const kept = []; while (true) kept.push(new Array(1 << 17).fill(kept.length + 0.5));",
            "go": "kept := [][]byte{}\n\tfor {\n\t\tm := make([]byte, 1<<20)\n"
            "\t\tfor i := range m {\n\t\t\tm[i] = 1\n\t\t}\n\t\tkept = append(kept, m)\n\t}",
            "rust": 'let mut kept = Vec::new(); loop { kept.push(vec![1u8; 1 << 20]); print!("{}", kept[0][7]); }',
        },
        "OUTPUT_LIMIT": {
            "python": "while True: print('x' * 1000)",
            "cpp": 'for (;;) puts("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");',
            "c": 'for (;;) puts("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");',
            "java": 'while (true) System.out.println("x".repeat(1000));',
            "javascript": 'while (true) require("fs").writeSync(1, "x".repeat(1000));',
            "go": 'for {\n\t\tfmt.Println("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")\n\t}',
            "rust": 'loop { println!("{}", "x".repeat(1000)); }',
        },
    }
)
"""How a program must end -> language -> what stands in the frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """One case: how a program had to end, and how it did."""

    language: str
    expected: str
    found: str
    execution: Execution

    @property
    def right(self) -> bool:
        # A compiler that says nothing would help nobody.
        return self.found == self.expected and (self.expected != NOT_BUILT or bool(self.execution.stderr.strip()))


def run_cases(language: str, sandbox: Sandbox) -> Iterator[Ended]:
    """Raises SandboxError."""
    for expected, programs in CASES.items():
        source = FRAMES[language].format(programs[language])
        limits = SHORT if expected == Status.TIME_LIMIT.value else LIMITS
        run = sandbox.run(Program(language=language, source=source), (b"",), limits)
        ended = run.executions[0] if run.executions else run.build
        assert ended is not None, "there is a build where nothing was executed"
        found = ended.status.value if run.executions else NOT_BUILT
        yield Ended(language=language, expected=expected, found=found, execution=ended)


@click.command()
@click.option("--language", "names", type=click.Choice(sorted(LANGUAGES)), multiple=True, help="Default: all.")
@sandbox_option
@profile_option
@json_option
def main(names: tuple[str, ...], sandbox: str, profile: str | None, as_json: bool) -> int:
    """Try every language: is it offered, and do its programs end as they must?"""
    names = names or tuple(LANGUAGES)
    reports: list[dict[str, object]] = []
    right = True
    with closing(open_sandbox(sandbox, profile=profile, languages=names)) as box:
        for name in names:
            version, reason = try_out(box, name)
            cases = list(run_cases(name, box)) if version else []
            right &= all(each.right for each in cases)
            ends = [{"expected": each.expected, "found": each.found} for each in cases]
            reports.append({"language": name, "version": version, "reason": reason or None, "cases": ends})
            if not as_json:
                wrong = [f"{each.found} for {each.expected}" for each in cases if not each.right]
                how = ", ".join(wrong) or f"{len(cases)} of {len(CASES)} as they must"
                click.echo(f"{name:<11} {version or 'not offered: ' + reason:<14} {how if version else ''}".rstrip())
    if as_json:
        click.echo(json.dumps({"sandbox": box.name, "languages": reports}))
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(invoke(main))
