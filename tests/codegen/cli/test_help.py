"""What the command line says of itself, word for word, and what it costs to say it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.cli import cli
from codegen.version import __version__

GOLDEN = Path(__file__).parent / "golden"
COMMANDS = (
    "", "solve", "answer", "sample", "judge", "rank", "report", "export", "merge", "run", "lsp", "models",
    "models list", "models pull", "models rm", "sandbox", "sandbox build", "sandbox check", "sandbox doctor",
    "sandbox rm", "doctor", "bench", "cheats", "check", "compare",
    "serve",
)  # fmt: skip


def _help(command: str) -> str:
    done = CliRunner().invoke(cli, [*command.split(), "--help"], prog_name="codesieve", terminal_width=100)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_the_golden_one(command: str) -> None:
    """After a change that is meant: `python -m tests.codegen.cli.test_help` writes the files anew."""
    assert _help(command) == (GOLDEN / f"{command.replace(' ', '_') or 'codesieve'}.txt").read_text()


def test_every_command_has_one_line_in_the_overview() -> None:
    overview = _help("")
    for name in cli.list_commands(None):  # type: ignore[arg-type]  # a lazy group does not look at the context
        assert any(line.strip().startswith(name + " ") for line in overview.splitlines())


def test_version() -> None:
    done = CliRunner().invoke(cli, ["--version"], prog_name="codesieve")
    assert done.output.strip() == f"codesieve, version {__version__}"


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['codesieve', '--help']\n"
        "from benchmarks.cli import main\n"
        "try:\n    main()\nexcept SystemExit: pass\n"
        "heavy = ('torch', 'transformers', 'docker', 'hypothesis', 'rich', 'numpy', 'sqlite3')\n"
        "print([name for name in heavy if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_shell_completion_names_the_commands() -> None:
    done = CliRunner().invoke(
        cli, [], prog_name="codesieve",
        env={"_CODESIEVE_COMPLETE": "bash_complete", "COMP_WORDS": "codesieve s", "COMP_CWORD": "1"},
    )  # fmt: skip
    assert {"plain,solve", "plain,sample", "plain,sandbox"} <= set(done.output.split())


if __name__ == "__main__":
    for each in COMMANDS:
        (GOLDEN / f"{each.replace(' ', '_') or 'codesieve'}.txt").write_text(_help(each))
