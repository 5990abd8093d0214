"""The console script: codegen's commands, and those that read hidden tests."""

from __future__ import annotations

import sys

from codegen.cli import build_cli
from codegen.cli.entry import invoke

COMMANDS = {
    "report": ("benchmarks.closing:report", "Show a run, or with --score check its submissions."),
    "bench": ("benchmarks.bench:bench", "Solve a suite and score it: pass@k, n@k, failures."),
    "cheats": ("benchmarks.cheats.command:cheats", "Wrong programs that try to be accepted, through every entry."),
    "check": ("benchmarks.check:check", "Judge the submissions of Kattis problem packages."),
    "compare": ("benchmarks.compare:compare", "Two scored runs, paired by problem."),
}

cli = build_cli(COMMANDS)


def main() -> None:
    """Run `codesieve`; exits with the code of ARCHITECTURE.md."""
    sys.exit(invoke(cli))


if __name__ == "__main__":
    main()
