"""The command line: a skin over `codegen.engine`. Results go to stdout, progress and notes to stderr."""

from __future__ import annotations

import click

from codegen.cli.group import LazyGroup
from codegen.version import __version__

COMMANDS = {
    "solve": ("codegen.cli.solve:solve", "Sample, run, cluster and rank programs for a problem."),
    "answer": ("codegen.cli.answer:answer", "Answer a question with a value: programs print it, and vote."),
    "sample": ("codegen.cli.stages:sample", "Stage 1: draw samples (a model, no sandbox)."),
    "judge": ("codegen.cli.stages:judge", "Stage 2: run the samples (a sandbox, no model)."),
    "rank": ("codegen.cli.stages:rank", "Stage 3: cluster, rank, choose submissions (neither)."),
    "report": ("codegen.cli.report:report", "Show a run: funnel, clusters, submissions."),
    "export": ("codegen.cli.export:export", "Write a run's samples for other tools."),
    "merge": ("codegen.cli.merge:merge", "Put the run files of several shards together."),
    "run": ("codegen.cli.run:run", "Run one program in the sandbox."),
    "serve": ("codegen.cli.serve:serve", "Serve the engine over HTTP, with a page, on this machine."),
    "lsp": ("codegen.cli.lsp:lsp", "Serve an editor: verified bodies for functions that wait for one."),
    "models": ("codegen.cli.models:models", "List, fetch and remove embedded models."),
    "sandbox": ("codegen.cli.sandbox:sandbox", "Build, inspect and remove the sandbox."),
    "doctor": ("codegen.cli.doctor:doctor", "Say what works on this machine, and how to get the rest."),
}


def build_cli(extra: dict[str, tuple[str, str]] | None = None) -> click.Group:
    """The command group, with further commands from a package above this one."""

    @click.group(
        cls=LazyGroup, table=COMMANDS | (extra or {}), context_settings={"help_option_names": ["-h", "--help"]}
    )
    @click.version_option(__version__, prog_name="codesieve")
    def codesieve() -> None:
        """Sample many programs, run them, keep the ones that prove themselves."""

    return codesieve
